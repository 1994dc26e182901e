/** Hit ratios and their errors from what a sample of keys missed, by group of keys. Knows no cache. */

/** Into how many groups the sampled keys fall, by their hash; a power of two. */
export const GROUP_BITS = 5
export const GROUPS = 1 << GROUP_BITS

/** What was counted in one turn. */
export interface Turn {
  /** Of all keys. */
  requests: number
  /** For sampled keys: requests by group, then what each ghost missed by group. */
  readonly counts: Float64Array
}

/** The part of the requests that turns were, and the part of the keys that were sampled. */
export interface Shares {
  readonly duty: number
  readonly rate: number
}

export interface Estimate {
  readonly hitRatio: number
  /** Standard deviation, from the choice of keys and of times. */
  readonly deviation: number
}

/** Half of 95 % intervals by degrees of freedom (Student), per that of the normal distribution. */
const STUDENT = [0, 6.48, 2.2, 1.62, 1.42, 1.31]

/** For the ghost in a row, over turns in which something was asked for. */
export function estimate(turns: readonly Turn[], row: number, { duty, rate }: Shares): Estimate {
  const asked = new Float64Array(GROUPS)
  const missed = new Float64Array(GROUPS)
  const first = (row + 1) * GROUPS
  let requests = 0
  for (const turn of turns) {
    requests += turn.requests
    for (let group = 0; group < GROUPS; group++) {
      asked[group]! += turn.counts[group]!
      missed[group]! += turn.counts[first + group]!
    }
  }
  const expected = requests * rate
  const allAsked = sum(asked)
  const allMissed = sum(missed)
  const slope = slopeOf(asked, allAsked / GROUPS, missed, allMissed / GROUPS)

  let scatter = 0
  for (let group = 0; group < GROUPS; group++) {
    const off = missed[group]! - allMissed / GROUPS - slope * (asked[group]! - allAsked / GROUPS)
    scatter += off * off
  }
  // Two degrees of freedom went into the line. Never less than if every miss were a key of its own.
  const variance = Math.max((scatter * GROUPS) / (GROUPS - 2), allMissed, 1)
  const missRatio = (allMissed - slope * (allAsked - expected)) / expected
  const ofKeys = ((1 - rate) * variance) / expected ** 2

  let ofTimes = 0
  if (duty < 1) {
    for (const turn of turns) {
      const share = turn.requests / requests
      const alike = turn.requests * rate
      const inTurn = sum(turn.counts, first) - slope * (sum(turn.counts) - alike)
      ofTimes += share * (inTurn / alike - missRatio) ** 2
    }
    const degrees = turns.length - 1
    if (degrees > 0) ofTimes *= STUDENT[degrees]! ** 2 / degrees
    ofTimes = (1 - duty) * Math.max(ofTimes, Math.max(allMissed, 1) / expected ** 2)
  }
  return { hitRatio: Math.min(1, Math.max(0, 1 - missRatio)), deviation: Math.sqrt(ofKeys + ofTimes) }
}

/** How many misses go with one request more, from 0 to 1, by least squares. */
function slopeOf(asked: Float64Array, meanAsked: number, missed: Float64Array, meanMissed: number): number {
  let together = 0
  let alone = 0
  for (let group = 0; group < GROUPS; group++) {
    const off = asked[group]! - meanAsked
    together += off * (missed[group]! - meanMissed)
    alone += off * off
  }
  return alone === 0 ? 0 : Math.min(1, Math.max(0, together / alone))
}

/** Of one count over all groups. */
export function sum(counts: Float64Array, first = 0): number {
  let total = 0
  for (let at = first; at < first + GROUPS; at++) total += counts[at]!
  return total
}
