/** "Every call ends by its deadline", and with an error that callers are told of, if with any. */
import { CacheConnectionError, CacheError, CacheTimeoutError, CacheTransactionError } from '@mtaio/exceptions'
import { type Call, describeCall } from './call.js'
import type { Violation } from './violation.js'

/** A timer may be late by so much in the machine's own terms, ms. */
const GRACE = 1

/** Calls that took longer than their budgets. @param operationTimeout - the budget of one operation, ms */
export function overdue(calls: readonly Call[], operationTimeout: number): Violation[] {
  return calls.flatMap((call) => {
    if (call.kind === 'fill') return []
    const took = call.endedAt - call.startedAt
    if (took <= call.budgets * operationTimeout + call.spare + GRACE) return []
    const says = took < Number.POSITIVE_INFINITY ? `took ${took} ms` : 'never ended'
    return [{ rule: 'deadline', says: `${describeCall(call)} ${says}` }]
  })
}

/** Calls that failed with what nobody is told to expect of nodes that fail. */
export function unexpectedErrors(calls: readonly Call[]): Violation[] {
  return calls.flatMap((call) => {
    if (call.error === undefined || isExpected(call.error)) return []
    return [{ rule: 'error', says: `${describeCall(call)}: ${String((call.error as Error)?.stack ?? call.error)}` }]
  })
}

function isExpected(error: unknown): boolean {
  if (error instanceof CacheTransactionError) return true
  return (
    error instanceof CacheConnectionError ||
    error instanceof CacheTimeoutError ||
    (error instanceof CacheError && error.code === 'CONTENDED')
  )
}
