/** What the checkers say of a history that is over. */
import type { CheckedDistributedOptions } from '../../client/options.js'
import type { Call } from '../history/call.js'
import { overdue, unexpectedErrors } from '../history/deadlines.js'
import { disagreements } from '../history/disagreements.js'
import { nonLinearizable } from '../history/linearizability.js'
import { overlappingLoads } from '../history/loads-apart.js'
import { staleReads } from '../history/stale-reads.js'
import type { Violation } from '../history/violation.js'
import type { Scenario } from './scenario.js'

/** @param nodeSkew - how far nodes' clocks are off at most, either way, ms */
export function verdictOn(
  calls: readonly Call[],
  { promise, life, skew, loadsApart }: Scenario,
  { operationTimeout, tombstoneTtl }: CheckedDistributedOptions,
  nodeSkew: number,
): Violation[] {
  const violations = [...overdue(calls, operationTimeout), ...unexpectedErrors(calls)]
  const stale = staleReads(calls, { skew: 2 * Math.max(skew, nodeSkew), tombstoneLife: tombstoneTtl })
  if (promise === 'converging') violations.push(...stale.filter(({ rule }) => rule === 'invention'))
  else violations.push(...stale)
  if (promise === 'linearizable') violations.push(...nonLinearizable(calls))
  if (loadsApart === true) violations.push(...overlappingLoads(calls))
  if (life === Number.POSITIVE_INFINITY) violations.push(...disagreements(calls))
  return violations
}
