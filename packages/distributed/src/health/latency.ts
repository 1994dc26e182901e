/**
 * How long one node takes to answer: a histogram of the last thousand answers or so. Knows no clock and no node.
 *
 * Buckets grow by 15 %, from a tenth of a millisecond to a minute, so a quantile is right to within 15 %. Whenever it holds 1,024
 * answers all counts are halved: what was long ago weighs less and less, and nothing has to be kept in order.
 *
 * Cost. O(1) an answer, a logarithm; O(buckets) a quantile; 400 bytes.
 */

const BUCKETS = 96
const FIRST = 0.1
const GROWTH = 1.15
const MOST = 1024
const LOG_GROWTH = Math.log(GROWTH)
/** The weight of one answer in the moving average. */
const NEWEST_WEIGHT = 1 / 8

export class Latency {
  #counts = new Uint32Array(BUCKETS)
  #held = 0
  #recorded = 0
  #average = 0

  /** One answer, after `ms`. */
  record(ms: number): void {
    this.#average += this.#held === 0 ? ms : (ms - this.#average) * NEWEST_WEIGHT
    this.#counts[bucketOf(ms)]!++
    this.#recorded++
    if (++this.#held < MOST) return
    this.#held = 0
    for (let i = 0; i < BUCKETS; i++) this.#held += this.#counts[i]! >>>= 1
  }

  /** How many answers it speaks of. */
  get held(): number {
    return this.#held
  }

  /** How many answers there ever were. */
  get recorded(): number {
    return this.#recorded
  }

  /** A moving average over the last few answers, ms; 0 without any. */
  get average(): number {
    return this.#average
  }

  /** What `part` (0 to 1) of the answers did not take longer than, ms; `undefined` without any. */
  quantile(part: number): number | undefined {
    if (this.#held === 0) return undefined
    let left = Math.max(1, Math.ceil(this.#held * part))
    for (let i = 0; i < BUCKETS; i++) {
      left -= this.#counts[i]!
      if (left <= 0) return FIRST * GROWTH ** i
    }
    return FIRST * GROWTH ** (BUCKETS - 1)
  }
}

/** The bucket whose upper bound is the first that is not below `ms`. */
function bucketOf(ms: number): number {
  if (!(ms > FIRST)) return 0
  return Math.min(BUCKETS - 1, Math.ceil(Math.log(ms / FIRST) / LOG_GROWTH - 1e-9))
}
