/** Many keys at once: so many under way, pipelined by the transport; a failure of some does not hide what the others did. */
import { CacheBatchError } from '@mtaio/exceptions'

/** Keys under way at once in one batch. */
const AT_ONCE = 512

/**
 * Runs `each` for every key.
 *
 * @throws CacheBatchError naming the keys that failed and those that succeeded; the error itself where there was but one key
 */
export async function inBatches<K, R>(
  verb: string,
  items: readonly K[],
  keyOf: (item: K) => string,
  each: (item: K) => Promise<R>,
): Promise<R[]> {
  const results: R[] = []
  const succeeded: string[] = []
  const failed = new Map<string, unknown>()
  for (let from = 0; from < items.length; from += AT_ONCE) {
    const slice = items.slice(from, from + AT_ONCE)
    const outcomes = await Promise.allSettled(slice.map(each))
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
