/**
 * How often each of many hashes was counted lately, about: 4-bit counters that several may share. 8 to 16 bytes an entry of
 * the cache, however many keys there are. Knows no policy.
 *
 * Structure. Blocks of 64 bytes, a cache line: 16 integers of 8 counters. A hash has one block and there one counter in
 * each of four rows of 32. What was counted is the least of the four, for the others may have been shared. A count goes
 * up to 15. Whenever as much was counted as `period` says, all counters are halved, so that old fame fades.
 *
 * Invariant. Without halving, an estimate is never below the true count or 15, whichever is less.
 *
 * Reference: G. Cormode, S. Muthukrishnan, "An improved data stream summary: the count-min sketch and its applications",
 * 2005; halving: G. Einziger, R. Friedman, B. Manes, "TinyLFU", ACM ToS 2017; blocks: the Caffeine library.
 */
const BLOCK_BITS = 4
const ENTRIES_PER_BLOCK = 8
const MOST = 15

export class FrequencySketch {
  /** After how many counts all are halved. */
  period = Number.POSITIVE_INFINITY

  private table = new Int32Array(1 << BLOCK_BITS)
  private blockMask = 0
  private counted = 0

  /** Makes it wide enough for a cache of so many entries; no count is lost. */
  ensure(entries: number): void {
    while ((this.blockMask + 1) * ENTRIES_PER_BLOCK < entries) {
      // A hash's new block is its old one or the copy of it.
      const { table } = this
      this.table = new Int32Array(table.length * 2)
      this.table.set(table)
      this.table.set(table, table.length)
      this.blockMask = 2 * this.blockMask + 1
    }
  }

  /** Gives back what a cache of so many entries does not need. Counts may rise by it, none falls. */
  shrink(entries: number): void {
    while (this.blockMask > 0 && ((this.blockMask + 1) >>> 1) * ENTRIES_PER_BLOCK >= entries) {
      const half = this.table.length / 2
      const upper = this.table.subarray(half)
      this.table = this.table.slice(0, half)
      for (let at = 0; at < half; at++) this.table[at] = greaterOfEach(this.table[at]!, upper[at]!)
      this.blockMask >>>= 1
    }
  }

  /** About how often a hash was counted, from 0 to 15. */
  estimate(hash: number): number {
    const { table } = this
    const spread = spreadOf(hash)
    const block = (spread & this.blockMask) << BLOCK_BITS
    const places = placesOf(spread)
    let least = MOST
    for (let row = 0; row < 4; row++) {
      const place = places >>> (row << 3)
      const count = (table[block + (row << 2) + (place & 3)]! >>> (place & 28)) & MOST
      if (count < least) least = count
    }
    return least
  }

  /** Counts a hash once. */
  count(hash: number): void {
    const { table } = this
    const spread = spreadOf(hash)
    const block = (spread & this.blockMask) << BLOCK_BITS
    const places = placesOf(spread)
    let isCounted = false
    for (let row = 0; row < 4; row++) {
      const place = places >>> (row << 3)
      const at = block + (row << 2) + (place & 3)
      const shift = place & 28
      if (((table[at]! >>> shift) & MOST) === MOST) continue
      table[at]! += 1 << shift
      isCounted = true
    }
    if (isCounted && ++this.counted >= this.period) this.halve()
  }

  private halve(): void {
    const { table } = this
    let odd = 0
    for (let at = 0; at < table.length; at++) {
      odd += bitsIn(table[at]! & 0x11111111)
      table[at] = (table[at]! >>> 1) & 0x77777777
    }
    // What the halves lost on odd counters was counted in up to four rows.
    this.counted = Math.max(0, Math.floor((this.counted - odd / 4) / 2))
  }
}

/** Hashes come from tables that care for other bits than these. */
function spreadOf(hash: number): number {
  let spread = Math.imul(hash ^ (hash >>> 16), 0x21f0aaad)
  spread = Math.imul(spread ^ (spread >>> 15), 0x735a2d97)
  return spread ^ (spread >>> 15)
}

/** Five bits of every eight say where in its row a counter is. */
function placesOf(spread: number): number {
  const places = Math.imul(spread, 0x9e3779b1)
  return places ^ (places >>> 15)
}

function bitsIn(nibbles: number): number {
  // Two to a byte; the top byte of the product is the sum of all.
  const pairs = (nibbles + (nibbles >>> 4)) & 0x03030303
  return Math.imul(pairs, 0x01010101) >>> 24
}

/** The greater of each pair of counters. */
function greaterOfEach(one: number, other: number): number {
  let greater = 0
  for (let shift = 0; shift < 32; shift += 4) {
    greater |= Math.max((one >>> shift) & MOST, (other >>> shift) & MOST) << shift
  }
  return greater
}
