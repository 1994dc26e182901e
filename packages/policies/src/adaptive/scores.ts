/**
 * Which setting is best, from what the miniatures knew, requests long ago counting less. Knows no cache.
 *
 * Requests come in blocks; of each pair of settings it is kept by how much one was ahead, block by block. A setting takes
 * over if it is ahead of the present one by more than chance would have it, which is told from how much the blocks differ,
 * and by more than the change may cost: residents that have to leave as the queues' shares change.
 */
import type { Setting } from './setting.js'

const BLOCK = 64
/** How far ahead is no chance, in standard deviations. There are many looks, but a false alarm costs little. */
const WIDTH = 1.5
/** What counts half: requests so many entries of a miniature ago, and at least so many requests ago. */
const HALF_LIFE = 20
const LEAST_HALF_LIFE = 2000
/** The cost of a change in hits, per entry of a miniature: for the change of shares, and for any. */
const COST = 0.1
const COST_OF_ANY = 0.01

export class Scores {
  private readonly hits: Float64Array
  private readonly inBlock: Int32Array
  /** Of each pair, the squares of the differences of the blocks. */
  private readonly squares: Float64Array
  private readonly fading: number
  private left = BLOCK

  constructor(
    private readonly settings: readonly Setting[],
    private readonly capacity: number,
  ) {
    const { length } = settings
    this.hits = new Float64Array(length)
    this.inBlock = new Int32Array(length)
    this.squares = new Float64Array(length * length)
    this.fading = 0.5 ** (BLOCK / Math.max(LEAST_HALF_LIFE, HALF_LIFE * capacity))
  }

  /** Takes down who knew a key, as bits. True when a block is complete, after which it is time to look who is {@link best}. */
  note(known: number): boolean {
    const { inBlock } = this
    for (let at = 0; at < inBlock.length; at++) inBlock[at]! += (known >> at) & 1
    if (--this.left > 0) return false
    this.left = BLOCK
    const { hits, squares, fading } = this
    for (let at = 0; at < hits.length; at++) {
      hits[at] = hits[at]! * fading + inBlock[at]!
      for (let other = 0; other < hits.length; other++) {
        const ahead = inBlock[at]! - inBlock[other]!
        const pair = at * hits.length + other
        squares[pair] = squares[pair]! * fading + ahead * ahead
      }
    }
    inBlock.fill(0)
    return true
  }

  /** The setting to go by: the present one unless another is well ahead. */
  best(present: number): number {
    const { hits, squares, settings, capacity } = this
    let best = present
    let most = 0
    for (let at = 0; at < hits.length; at++) {
      const ahead = hits[at]! - hits[present]!
      const chance = WIDTH * Math.sqrt(squares[at * hits.length + present]!)
      const moved = Math.abs(settings[at]!.share - settings[present]!.share)
      if (ahead <= most || ahead <= chance + capacity * (COST * moved + COST_OF_ANY)) continue
      most = ahead
      best = at
    }
    return best
  }
}
