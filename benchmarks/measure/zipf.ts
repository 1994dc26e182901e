/**
 * Zipf's law: the key of rank r is asked for in proportion to 1 / r^s. Requests to caches look so: few keys are asked
 * for often, many now and then (Breslau et al., "Web Caching and Zipf-like Distributions", INFOCOM 1999).
 *
 * Drawn by inversion: the cumulative shares are laid out once, and a draw is a binary search in them. Exact for every
 * exponent, unlike the usual approximations; 8 bytes a rank and log2(n) steps a draw, which is paid before measuring.
 */

/** The share of each rank: `shares[r]` is the probability of rank r, counted from 0. They add up to 1. */
export function zipfShares(ranks: number, exponent: number): Float64Array {
  const shares = new Float64Array(ranks)
  let sum = 0
  for (let rank = 0; rank < ranks; rank++) sum += shares[rank] = (rank + 1) ** -exponent
  for (let rank = 0; rank < ranks; rank++) shares[rank]! /= sum
  return shares
}

/**
 * `count` ranks below `ranks`, drawn by Zipf's law.
 *
 * @param exponent - s; 0 is uniform, 0.99 is the YCSB's default
 * @param random - 32-bit unsigned integers
 */
export function zipfSequence(ranks: number, exponent: number, count: number, random: () => number): Uint32Array {
  const cumulative = zipfShares(ranks, exponent)
  for (let rank = 1; rank < ranks; rank++) cumulative[rank]! += cumulative[rank - 1]!
  const sequence = new Uint32Array(count)
  for (let draw = 0; draw < count; draw++) {
    const point = random() / 2 ** 32
    let low = 0
    let high = ranks - 1
    while (low < high) {
      const middle = (low + high) >>> 1
      if (cumulative[middle]! > point) high = middle
      else low = middle + 1
    }
    sequence[draw] = low
  }
  return sequence
}
