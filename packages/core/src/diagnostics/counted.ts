/** How many items a call is given, told while they are walked. */
import type { CacheTrace } from './traces.js'

/**
 * What the call is given, which counts for its trace as it is walked; what cannot be walked is the call's to refuse.
 *
 * @param onItem - told of each pair, key, or name of a record
 */
export function counted<I>(items: I, trace: CacheTrace | undefined, onItem?: (item: unknown) => void): I {
  if (trace === undefined || typeof items !== 'object' || items === null) return items
  if (!(Symbol.iterator in items)) {
    const names = Object.keys(items)
    trace.keys = names.length
    if (onItem !== undefined) names.forEach(onItem)
    return items
  }
  const walked = items as unknown as Iterable<unknown>
  return {
    *[Symbol.iterator]() {
      trace.keys = 0
      for (const item of walked) {
        trace.keys++
        onItem?.(item)
        yield item
      }
    },
  } as unknown as I
}
