/**
 * Rendezvous hashing, highest random weight: which nodes hold a key.
 *
 * Intuition. Every node draws a lottery number for the key, a hash of both; the highest number wins, the second highest
 * holds the second copy, and so on. Whoever knows the nodes' names can hold the lottery: there is no ring, no table of
 * ranges, nothing to keep or to agree upon.
 *
 * Invariant. A node's score for a key depends on that node and that key alone. Hence the order of the others is not
 * touched when a node comes or goes: a new node takes keys from all and gives none, a lost one's keys fall to their next
 * in line, and no key moves between two nodes that stay. That is the least movement possible.
 *
 * Score. The key is hashed once (MurmurHash3). Per node, `finalise((hash ^ a) · b)` with `a` and odd `b` hashed from the
 * node's id: two seeds, so that two nodes that agree in one (odds 2^-32 a pair) still draw independently. With weights,
 * the number u in (0, 1) becomes −w / ln u: the winner is node i with probability w_i / Σw (the logarithmic method), and
 * changing one node's weight moves keys only from or to that node. −1 / ln u grows with u, so a cluster of equal
 * weights, which compares the integers themselves, places as one whose weights are all 1.
 *
 * Ties (2^-32 per pair of nodes) go to the node that was given first; Placement gives them sorted by id.
 *
 * Cost. O(nodes · count) per key, a few nanoseconds a node unweighted; no memory but 8 bytes per node and scratch.
 *
 * D. Thaler, C. Ravishankar: Using name-based mappings to increase hit rates. IEEE/ACM Transactions on Networking 6(1),
 * 1998. Weights: C. Schindelhauer, G. Schomaker: Weighted distributed hash tables. SPAA 2005.
 */
import { finalise, murmur3 } from './hash.js'

// Any two constants do; they may never change, since every client must place alike.
const XOR_SEED = 0x6d746131
const FACTOR_SEED = 0x6e6f6465

/** Ranks nodes, known by their index, for the hash of a key. */
export class Rendezvous {
  readonly #xors: Int32Array
  readonly #factors: Int32Array
  /** `undefined` when all weights are equal: then integers are compared and no logarithm is taken. */
  readonly #weights: Float64Array | undefined
  readonly #scores: Float64Array
  readonly #winners: Int32Array

  /** `weights[i]` belongs to `ids[i]` and is positive and finite. */
  constructor(ids: readonly string[], weights: readonly number[]) {
    this.#xors = Int32Array.from(ids, (id) => murmur3(id, XOR_SEED))
    this.#factors = Int32Array.from(ids, (id) => murmur3(id, FACTOR_SEED) | 1)
    this.#weights = weights.every((weight) => weight === weights[0]) ? undefined : Float64Array.from(weights)
    this.#scores = new Float64Array(ids.length)
    this.#winners = new Int32Array(ids.length)
  }

  /** The indexes of the `count` nodes that score highest for `hash`, best first; all of them if there are fewer. */
  best(hash: number, count: number): number[] {
    return Array.from(this.#winners.subarray(0, this.#rank(hash, count)))
  }

  /** The same as one number: the indexes are its digits in base `nodes`, the best the highest. It must be small enough to be one. */
  choice(hash: number, count: number): number {
    const winners = this.#rank(hash, count)
    let choice = 0
    for (let rank = 0; rank < winners; rank++) choice = choice * this.#scores.length + this.#winners[rank]!
    return choice
  }

  /** Leaves the best nodes in the scratch of winners. How many they are. */
  #rank(hash: number, count: number): number {
    const scores = this.#scores
    const winners = this.#winners
    const nodes = scores.length
    const wanted = Math.min(count, nodes)
    let found = 0
    for (let node = 0; node < nodes; node++) {
      const score = this.#score(hash, node)
      scores[node] = score
      let rank = found
      // Strictly less: of equal scores the one that came first stays ahead.
      while (rank > 0 && scores[winners[rank - 1]!]! < score) rank--
      if (rank >= wanted) continue
      if (found < wanted) found++
      for (let i = found - 1; i > rank; i--) winners[i] = winners[i - 1]!
      winners[rank] = node
    }
    return found
  }

  #score(hash: number, node: number): number {
    const drawn = finalise(Math.imul(hash ^ this.#xors[node]!, this.#factors[node]!))
    if (this.#weights === undefined) return drawn
    // Half a step keeps u off both 0 and 1, where the logarithm has no use for it.
    return -this.#weights[node]! / Math.log((drawn + 0.5) / 0x1_0000_0000)
  }
}
