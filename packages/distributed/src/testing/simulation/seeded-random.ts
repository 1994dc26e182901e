/** Randomness from a seed: the same seed draws the same numbers, on every machine. Not for secrets. */

export class SeededRandom {
  private state: number

  constructor(seed: number) {
    // Seeds that follow each other must not draw alike.
    this.state = (Math.imul(seed ^ (seed >>> 16), 0x45d9f3b) + Math.imul(Math.floor(seed / 2 ** 32), 0x9e3779b1)) | 0
  }

  /** Uniform in [0, 1). Mulberry32 (T. Ettinger). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  /** An integer from 0 to `below` − 1. */
  integer(below: number): number {
    return Math.floor(this.next() * below)
  }

  between(low: number, high: number): number {
    return low + this.next() * (high - low)
  }

  chance(share: number): boolean {
    return this.next() < share
  }

  pick<V>(values: readonly V[]): V {
    return values[this.integer(values.length)]!
  }

  /** One of the names, each as likely as its weight says. */
  weighted<N extends string>(weights: Readonly<Record<N, number>>): N {
    let total = 0
    for (const name in weights) total += weights[name]
    let left = this.next() * total
    let last: N | undefined
    for (const name in weights) {
      left -= weights[name]
      if (left < 0) return name
      last = name
    }
    return last!
  }
}
