/** Results that belong to whoever asked for them: they cannot be handed out twice. Knows no cache. */

/**
 * Whether a result is used up by its reader: an iterator, or a resource that its owner disposes of. `await using` in one
 * caller would close it under the hands of the next.
 */
export function isOneUse(result: unknown): boolean {
  if (typeof result !== 'object' || result === null) return false
  return Symbol.asyncDispose in result || Symbol.dispose in result || isIterator(result)
}

// An iterator is its own iterable; a list, a Map or a Set makes a new one for each reader.
function isIterator(result: object): boolean {
  if (!('next' in result) || typeof result.next !== 'function') return false
  return Symbol.iterator in result || Symbol.asyncIterator in result
}
