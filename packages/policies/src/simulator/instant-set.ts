/**
 * A set of integers from 0 up to a bound, whose largest member is found at once: bits, with a bit above each word of 32
 * that says whether any is set in it, and so on up to a single word. O(log₃₂ bound); bound / 8 bytes and a little.
 */
export class InstantSet {
  /** From the members' bits up to one word. */
  private readonly levels: Int32Array[] = []

  constructor(bound: number) {
    let words = bound
    do {
      words = Math.max(1, Math.ceil(words / 32))
      this.levels.push(new Int32Array(words))
    } while (words > 1)
  }

  has(member: number): boolean {
    return ((this.levels[0]![member >>> 5]! >>> (member & 31)) & 1) === 1
  }

  add(member: number): void {
    let at = member
    for (const level of this.levels) {
      const word = at >>> 5
      const before = level[word]!
      level[word] = before | (1 << (at & 31))
      if (before !== 0) return
      at = word
    }
  }

  delete(member: number): void {
    let at = member
    for (const level of this.levels) {
      const word = at >>> 5
      const after = level[word]! & ~(1 << (at & 31))
      level[word] = after
      if (after !== 0) return
      at = word
    }
  }

  /** The largest member, or -1 when there is none. */
  max(): number {
    const { levels } = this
    if (levels[levels.length - 1]![0] === 0) return -1
    let at = 0
    for (let level = levels.length - 1; level >= 0; level--) at = (at << 5) | (31 - Math.clz32(levels[level]![at]!))
    return at
  }
}
