/** Many keys at once: so many under way, pipelined by the transport; a failure of some does not hide what the others did. */
import { CacheBatchError } from '@mtaio/exceptions'
import type { Budget } from '../coordinator/budget.js'

/** Keys under way at once in one batch. */
const AT_ONCE = 512

/** Where budgets come from, and for how long somebody waits. */
export interface Calls {
  withinBudgets<R>(run: (budgetOf: () => Budget) => Promise<R>): Promise<R>
}

/**
 * Runs `each` for every key, so many at once, each lot with a budget of its own unless the caller set a time for all: where nodes
 * hang, their circuits open within the first few.
 *
 * @throws CacheBatchError naming the keys that failed and those that succeeded; the error itself where there was but one key
 */
export function inBatches<K, R>(
  calls: Calls,
  verb: string,
  items: readonly K[],
  keyOf: (item: K) => string,
  each: (item: K, budget: Budget) => Promise<R>,
): Promise<R[]> {
  return calls.withinBudgets((budgetOf) => run(verb, items, keyOf, budgetOf, each))
}

async function run<K, R>(
  verb: string,
  items: readonly K[],
  keyOf: (item: K) => string,
  budgetOf: () => Budget,
  each: (item: K, budget: Budget) => Promise<R>,
): Promise<R[]> {
  const results: R[] = []
  const succeeded: string[] = []
  const failed = new Map<string, unknown>()
  for (let from = 0; from < items.length; from += AT_ONCE) {
    const slice = items.slice(from, from + AT_ONCE)
    const budget = budgetOf()
    const outcomes = await Promise.allSettled(slice.map((item) => each(item, budget)))
    for (const [i, outcome] of outcomes.entries()) {
      if (outcome.status === 'fulfilled') {
        results.push(outcome.value)
        succeeded.push(keyOf(slice[i]!))
      } else failed.set(keyOf(slice[i]!), outcome.reason)
    }
  }
  if (failed.size === 0) return results
  const [key, cause] = failed.entries().next().value!
  if (items.length === 1) throw cause
  throw new CacheBatchError(
    `${verb}: ${failed.size} of ${items.length} keys failed, first '${key}' (${cause instanceof Error ? cause.message : String(cause)}); the others took effect`,
    { succeeded, failed, cause },
  )
}
