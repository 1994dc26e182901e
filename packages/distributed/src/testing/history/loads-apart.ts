/** One load for all clients: while one of them loads a key, no other one does. */
import { type Call, describeCall } from './call.js'
import type { Violation } from './violation.js'

/** Loads of one key by two clients at the same time. */
export function overlappingLoads(calls: readonly Call[]): Violation[] {
  const violations: Violation[] = []
  const last = new Map<string, Call>()
  for (const call of calls) {
    if (call.kind !== 'fill' || call.key === undefined) continue
    const before = last.get(call.key)
    if (before !== undefined && before.client !== call.client && call.startedAt < before.endedAt) {
      violations.push({
        rule: 'double-load',
        says: `${describeCall(call)} began while ${describeCall(before)} was loading`,
      })
    }
    if (before === undefined || before.endedAt < call.endedAt) last.set(call.key, call)
  }
  return violations
}
