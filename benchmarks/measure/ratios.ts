/**
 * What many rounds say: the median of the per-round ratios, with its spread. A round's contenders run close in time, so
 * that a neighbour's load on the machine falls on both sides of a ratio; times of different rounds are never compared.
 */

/** The middle of some numbers, and how far they lie apart. */
export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
  /** First and third quartile: half of the rounds lie between. */
  readonly q1: number
  readonly q3: number
  /** How many numbers it was drawn from. */
  readonly rounds: number
}

/**
 * The value below which a share of the numbers lies, interpolated between neighbours.
 *
 * @param sorted - ascending, at least one
 * @param share - 0 to 1; 0.5 is the median
 */
export function quantile(sorted: readonly number[], share: number): number {
  const place = (sorted.length - 1) * share
  const below = sorted[Math.floor(place)]!
  const above = sorted[Math.ceil(place)]!
  return below + (above - below) * (place - Math.floor(place))
}

/** Median and spread of the numbers; `undefined` of none. */
export function spreadOf(numbers: readonly number[]): Spread | undefined {
  if (numbers.length === 0) return undefined
  const sorted = [...numbers].sort((a, b) => a - b)
  return {
    median: quantile(sorted, 0.5),
    min: sorted[0]!,
    max: sorted.at(-1)!,
    q1: quantile(sorted, 0.25),
    q3: quantile(sorted, 0.75),
    rounds: sorted.length,
  }
}

/**
 * The spread of `reference / contender`, round by round: 2 means that the contender takes half of the reference's time.
 * A round in which either is missing does not count.
 *
 * @param reference - times by round
 * @param contender - times by round
 */
export function speedRatios(
  reference: ReadonlyMap<number, number>,
  contender: ReadonlyMap<number, number>,
): Spread | undefined {
  const ratios: number[] = []
  for (const [round, time] of contender) {
    const standard = reference.get(round)
    if (standard !== undefined) ratios.push(standard / time)
  }
  return spreadOf(ratios)
}
