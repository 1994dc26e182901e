/**
 * Who left lately, how often it was asked for, and how long ago: 4 bytes each, for the latest three per entry of the cache. It
 * knows keys by their hashes, and no queue.
 *
 * Structure. Buckets of eight records; a record is 15 bits of the hash and one that is set, a count of 4, the age of the count of
 * 3 and the time of departure of 9, which goes in 128ths of what is remembered. A newcomer takes the place of the oldest in
 * its bucket.
 *
 * Two hashes in one bucket with the same 15 bits are one: of four thousand strangers, one is taken for somebody.
 */
const WAYS = 8
/** How many are remembered for each entry. */
export const PER_ENTRY = 3
/** What is remembered is so many units of time long. */
export const UNITS = 128
const TIMES = 512
const EPOCHS = 8
const MOST = 15

export class Departed {
  /** Counts are halved whenever it goes up. */
  epoch = 0
  /** Of the latest that was recalled: how often it had been asked for when it left, less what faded since. */
  count = 0

  private records = new Int32Array(0)
  private buckets = 0
  private entries = 0
  /** Departures until the time goes up. */
  private left = 0
  private time = 0

  /** Makes room for what a cache of so many entries needs; forgets all where it was made for less than half as many. */
  fit(entries: number): void {
    if (entries <= 2 * this.entries) return
    this.entries = entries
    this.buckets = Math.ceil((entries * PER_ENTRY) / WAYS)
    this.records = new Int32Array(this.buckets * WAYS)
    this.left = this.unit()
  }

  /** Forgets all if a cache of so many entries needs no more than half of the memory. */
  shrink(entries: number): void {
    if (this.entries < 2 * entries) return
    this.records = new Int32Array(0)
    this.entries = this.buckets = 0
  }

  remember(hash: number, count: number): void {
    if (--this.left <= 0) {
      this.left = this.unit()
      this.time = (this.time + 1) % TIMES
    }
    const { records, time } = this
    const spread = spreadOf(hash)
    const first = this.bucketOf(spread)
    let at = first
    let oldest = -1
    for (let way = first; way < first + WAYS; way++) {
      const record = records[way]!
      const age = record === 0 ? TIMES : (time - record) & (TIMES - 1)
      if (age > oldest) {
        oldest = age
        at = way
      }
    }
    records[at] = (tagOf(spread) << 16) | (count << 12) | ((this.epoch % EPOCHS) << 9) | time
  }

  /** How long ago one left that is remembered, in {@link UNITS}; -1 if it is not. It no longer is. See `count`. */
  recall(hash: number): number {
    this.count = 0
    if (this.buckets === 0) return -1
    const { records } = this
    const spread = spreadOf(hash)
    const tag = tagOf(spread)
    const first = this.bucketOf(spread)
    for (let way = first; way < first + WAYS; way++) {
      const record = records[way]!
      if (record >>> 16 !== tag) continue
      records[way] = 0
      const age = (this.time - record) & (TIMES - 1)
      if (age > UNITS) return -1
      this.count = ((record >>> 12) & MOST) >> ((this.epoch - (record >>> 9)) & (EPOCHS - 1))
      return age
    }
    return -1
  }

  private unit(): number {
    return Math.max(1, Math.round((this.entries * PER_ENTRY) / UNITS))
  }

  private bucketOf(spread: number): number {
    return Math.floor(((spread >>> 0) / 2 ** 32) * this.buckets) * WAYS
  }
}

/** Hashes come from tables that care for other bits than these. */
function spreadOf(hash: number): number {
  const spread = Math.imul(hash ^ (hash >>> 16), 0x21f0aaad)
  return spread ^ (spread >>> 15)
}

/** Never 0, which is an empty record. */
function tagOf(spread: number): number {
  return (Math.imul(spread, 0x9e3779b1) >>> 16) | 1
}
