/** What the checkers of `@mtaio/distributed/testing` say of a recorded round. */

import { CacheError, CacheSerializationError } from '@mtaio/distributed'
import {
  type Call,
  disagreements,
  nonLinearizable,
  overdue,
  staleReads,
  unexpectedErrors,
  type Violation,
} from '@mtaio/distributed/testing'
import { type Attack, OPERATION_TIMEOUT, type Profile } from './profile.js'

/**
 * How much later than its budget a call may end, ms. Wide, since the clients, the proxies and the nodes share the cores of one
 * machine with whatever else runs there; by how much calls were late is reported.
 */
const ALLOWANCE = 10_000

export interface Verdict {
  readonly violations: readonly Violation[]
  /** Keys of which the checker could not tell: too many calls of unknown outcome. No proof of anything. */
  readonly undecided: number
}

export function judge(calls: readonly Call[], profile: Profile, attack: Attack): Verdict {
  const violations = [...overdue(calls, OPERATION_TIMEOUT + ALLOWANCE), ...unexpectedErrors(calls.filter(isOdd))]
  const stale = staleReads(calls, { tombstoneLife: 3_600_000 })
  // A line that says what nobody sent is a node that lies: beyond any quorum. Values are sealed, so none is invented.
  const promise = attack === 'corruption' ? 'converging' : profile.promise
  violations.push(...(promise === 'converging' ? stale.filter(({ rule }) => rule === 'invention') : stale))
  violations.push(...disagreements(calls))
  if (promise !== 'linearizable') return { violations, undecided: 0 }
  let undecided = 0
  for (const key of new Set(calls.flatMap((call) => call.key ?? []))) {
    try {
      violations.push(...nonLinearizable(calls.filter((call) => call.key === key || call.key === undefined)))
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      undecided++
    }
  }
  return { violations, undecided }

  function isOdd(call: Call): boolean {
    return !(attack === 'corruption' && isRefusal(call))
  }
}

/** Whether damaged bytes were refused: a value by its checksum, or a version that is out of all reason. */
export function isRefusal({ error }: Call): boolean {
  return error instanceof CacheSerializationError || (error instanceof CacheError && error.code === 'CLOCK_DRIFT')
}

/** By how many ms the latest call missed its budget; negative when none did. */
export function latestBy(calls: readonly Call[]): number {
  return calls.reduce(
    (worst, { kind, endedAt, startedAt, budgets, spare }) =>
      kind === 'fill' ? worst : Math.max(worst, endedAt - startedAt - budgets * OPERATION_TIMEOUT - spare),
    Number.NEGATIVE_INFINITY,
  )
}
