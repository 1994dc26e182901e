/** `cacheEvict`: the function runs, and what it made obsolete leaves the cache. */
import type { Cache } from '@mtaio/core'
import { checkKnownOptions } from '@mtaio/core/engine'
import { CacheConfigError } from '@mtaio/exceptions'
import type { Asynchronous, ResultAndArguments, Takes, Unless } from './function-types.js'
import { type Decorated, decorate } from './method-decorator.js'
import { checkCache, checkFunctions } from './options.js'

/** What `cacheEvict` removes; at least one of the three. `K`, `G`: the parameters of `keys` and `tags`. */
export interface CacheEvictOptions<
  K extends readonly unknown[] = readonly unknown[],
  G extends readonly unknown[] = readonly unknown[],
> {
  /** Whole keys in the cache, of the result and the arguments; usually the `keyOf` of the functions that read them. */
  keys?: ((...resultAndArguments: K) => string | readonly string[]) | undefined
  /** Tags whose entries leave, of the result and the arguments. */
  tags?: ((...resultAndArguments: G) => readonly string[]) | undefined
  /** Whether everything leaves. @defaultValue false */
  all?: boolean | undefined
}

type AnyFunction = (...args: never[]) => unknown
type Fits<F extends AnyFunction, K extends readonly unknown[], G extends readonly unknown[]> = Takes<
  K,
  ResultAndArguments<F>,
  'keys'
> &
  Takes<G, ResultAndArguments<F>, 'tags'>

/** What `cacheEvict(cache, options)` is: it wraps a function, or decorates a method in either convention. */
export interface CacheEvict<K extends readonly unknown[], G extends readonly unknown[]> {
  <F extends AnyFunction>(method: F & Fits<F, K, G>, context: ClassMethodDecoratorContext): F
  <F extends AnyFunction>(
    target: object,
    property: string | symbol,
    descriptor: TypedPropertyDescriptor<F> & Fits<F, K, G>,
  ): void
  <F extends AnyFunction>(fn: F, ...mismatch: Unless<Fits<F, K, G>>): Asynchronous<F>
}

/**
 * Removes from a cache what a function or a method made obsolete, once it has returned: the companion of `withCache`
 * for functions that write. A load that began before the removal is not stored after it.
 *
 * What the function throws is thrown, and nothing removed. Where removing fails, that failure is the caller's, though
 * the function took effect: what readers see next may be old.
 *
 * @throws CacheConfigError for options out of contract, and when they name nothing to remove
 * @example
 * const deleteUser = cacheEvict(cache, { keys: (_: void, id: string) => findUser.keyOf(id) })(async function deleteUser(…) { … })
 */
export function cacheEvict<
  K extends readonly unknown[] = readonly unknown[],
  G extends readonly unknown[] = readonly unknown[],
>(cache: Cache<unknown>, options: CacheEvictOptions<K, G>): CacheEvict<K, G> {
  checkCache(cache, 'cacheEvict')
  checkKnownOptions(options, ['keys', 'tags', 'all'], 'cacheEvict')
  checkFunctions(options, ['keys', 'tags'])
  const { keys, tags, all = false } = options as unknown as CacheEvictOptions<unknown[], unknown[]>
  if (typeof all !== 'boolean') throw new CacheConfigError(`all must be true or false, not ${typeof all}`)
  if (keys === undefined && tags === undefined && !all) {
    throw new CacheConfigError('cacheEvict needs `keys`, `tags` or `all: true`: it would remove nothing')
  }

  return ((...decorated: Decorated) =>
    decorate(
      decorated,
      'cacheEvict',
      (fn) =>
        async function (this: unknown, ...args: unknown[]) {
          const result = await fn.apply(this, args)
          if (all) await cache.clear()
          if (keys !== undefined) await cache.deleteMany([keys(result, ...args)].flat())
          for (const tag of tags?.(result, ...args) ?? []) await cache.deleteByTag(tag)
          return result
        },
    )) as CacheEvict<K, G>
}
