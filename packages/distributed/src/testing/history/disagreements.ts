/** After healing, everybody sees the same. */
import type { Call } from './call.js'
import type { Violation } from './violation.js'

/** Keys under which the last reads of all clients do not agree, or could not be made. */
export function disagreements(calls: readonly Call[]): Violation[] {
  const seen = new Map<string, Map<string, string>>()
  const violations: Violation[] = []
  for (const { kind, isFinal, key, value, client, error } of calls) {
    if (kind !== 'read' || !isFinal || key === undefined) continue
    if (error !== undefined) {
      violations.push({
        rule: 'convergence',
        says: `all nodes are well, and ${client} cannot read ${key}: ${String(error)}`,
      })
      continue
    }
    const answers = seen.get(key) ?? new Map<string, string>()
    answers.set(value ?? 'nothing', client)
    seen.set(key, answers)
  }
  for (const [key, answers] of seen) {
    if (answers.size <= 1) continue
    const told = [...answers].map(([value, client]) => `${client} sees ${value}`).join(', ')
    violations.push({ rule: 'convergence', says: `all nodes are well, and under ${key} ${told}` })
  }
  return violations
}
