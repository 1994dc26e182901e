/**
 * A queue of those that left, known by 32 bits of hash: first in, first out, found and taken out in O(1), amortized. 12
 * bytes a ghost where the ring is full, 24 where it has just grown; no object. Knows no policy.
 *
 * Structure. A ring of hashes in order of arrival and a table from hash to place in the ring (open addressing, linear
 * probing, at most half full). One that is taken out leaves a hole: a place to which the table no longer leads.
 *
 * Two keys with the same hash are one ghost; the later is remembered.
 */
const FIRST_CAPACITY = 16

export class GhostQueue {
  /** How many are remembered. */
  size = 0

  /** A power of two; places count up and are taken modulo its length. */
  private ring = new Int32Array(FIRST_CAPACITY)
  private oldest = 0
  private end = 0
  /** Place in the ring + 1, or 0 where nothing is. */
  private table = new Int32Array(2 * FIRST_CAPACITY)
  private shift = shiftFor(2 * FIRST_CAPACITY)

  /** Remembers a hash as the latest. */
  push(hash: number): void {
    this.take(hash)
    if (this.end - this.oldest === this.ring.length) this.makeRoom()
    const place = this.end++ & (this.ring.length - 1)
    this.ring[place] = hash
    this.enter(place)
    this.size++
  }

  /** Whether a hash is remembered. It no longer is. */
  take(hash: number): boolean {
    const at = this.find(hash | 0)
    if (at < 0) return false
    this.vacate(at)
    this.size--
    return true
  }

  has(hash: number): boolean {
    return this.find(hash | 0) >= 0
  }

  /** Forgets the oldest until no more than `limit` are left. */
  trimTo(limit: number): void {
    while (this.size > limit) {
      const place = this.oldest++ & (this.ring.length - 1)
      const at = this.find(this.ring[place]!)
      // Otherwise a hole.
      if (at >= 0 && this.table[at] === place + 1) {
        this.vacate(at)
        this.size--
      }
    }
    if (this.size === 0) this.oldest = this.end = 0
  }

  /** From the oldest to the latest. */
  *hashes(): IterableIterator<number> {
    for (let at = this.oldest; at < this.end; at++) {
      const place = at & (this.ring.length - 1)
      const found = this.find(this.ring[place]!)
      if (found >= 0 && this.table[found] === place + 1) yield this.ring[place]! >>> 0
    }
  }

  /** Where in the table a hash stands, or -1. */
  private find(hash: number): number {
    const { table, ring } = this
    const mask = table.length - 1
    for (let at = this.home(hash); ; at = (at + 1) & mask) {
      const entry = table[at]!
      if (entry === 0) return -1
      if (ring[entry - 1] === hash) return at
    }
  }

  private home(hash: number): number {
    return Math.imul(hash, 0x9e3779b1) >>> this.shift
  }

  private enter(place: number): void {
    const { table } = this
    const mask = table.length - 1
    let at = this.home(this.ring[place]!)
    while (table[at] !== 0) at = (at + 1) & mask
    table[at] = place + 1
  }

  /** Empties a place of the table and moves up those behind it that were only there because it was taken. */
  private vacate(from: number): void {
    const { table, ring } = this
    const mask = table.length - 1
    let gap = from
    for (let at = (gap + 1) & mask; table[at] !== 0; at = (at + 1) & mask) {
      const home = this.home(ring[table[at]! - 1]!)
      if (((at - home) & mask) < ((at - gap) & mask)) continue
      table[gap] = table[at]!
      gap = at
    }
    table[gap] = 0
  }

  /** Closes the holes where they are half of the ring, or doubles it: O(1) for each that was pushed since. */
  private makeRoom(): void {
    const kept = [...this.hashes()]
    const capacity = this.size > this.ring.length / 2 ? this.ring.length * 2 : this.ring.length
    this.ring = new Int32Array(capacity)
    this.table = new Int32Array(2 * capacity)
    this.shift = shiftFor(2 * capacity)
    this.oldest = 0
    this.end = kept.length
    for (const [place, hash] of kept.entries()) {
      this.ring[place] = hash
      this.enter(place)
    }
  }
}

/** What leaves as many of 32 bits as index a table of that length. */
function shiftFor(length: number): number {
  return Math.clz32(length) + 1
}
