/** Which function's results stand under a name in which cache, so that no two share keys unawares. */
import { CacheConfigError } from '@mtaio/exceptions'

const claims = new WeakMap<object, Map<string, unknown>>()

/**
 * @throws CacheConfigError when the name is another function's in this cache: closures of the same name, made in a loop
 *   or by a factory, would answer each other's results
 */
export function claimNamespace(cache: object, name: string, fn: unknown): void {
  const names = claims.get(cache) ?? new Map<string, unknown>()
  claims.set(cache, names)
  const holder = names.get(name)
  if (holder !== undefined && holder !== fn) {
    throw new CacheConfigError(
      `another function keeps its results in this cache as '${name}', and would share them: ` +
        'pass `namespace`, a different one to each, or the same to share on purpose',
    )
  }
  names.set(name, fn)
}
