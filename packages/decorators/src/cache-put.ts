/** `cachePut`: the function always runs, and its result is put where readers will look for it. */
import type { Cache, Duration } from '@mtaio/core'
import { checkKnownOptions, parseDuration } from '@mtaio/core/engine'
import { CacheConfigError } from '@mtaio/exceptions'
import type { Asynchronous, Cacheable, ResultAndArguments, Takes, Unless } from './function-types.js'
import { type Decorated, decorate } from './method-decorator.js'
import { checkCache, checkFunctions, decided } from './options.js'

/** How `cachePut` stores results. `K`, `G`, `W`: the parameters of `key`, `tags` and `when`. */
export interface CachePutOptions<
  T,
  K extends readonly unknown[] = readonly unknown[],
  G extends readonly unknown[] = readonly unknown[],
  W extends readonly unknown[] = readonly unknown[],
> {
  /** The whole key in the cache, of the result and the arguments; usually the `keyOf` of the function that reads it. */
  key: (...resultAndArguments: K) => string
  /** Time to live, in seconds or with a unit. @defaultValue the cache's `defaultTtl` */
  ttl?: Duration | undefined
  /** Tags of the entry, of the result and the arguments. */
  tags?: ((...resultAndArguments: G) => readonly string[]) | undefined
  /** Whether a call's result is stored, by its arguments; asked before the function runs. @defaultValue always */
  when?: ((...args: W) => boolean) | undefined
  /** Whether a result is returned without being stored. `undefined` never is stored. @defaultValue never */
  unless?: ((result: T) => boolean) | undefined
}

/** What `cachePut(cache, options)` is: it wraps a function, or decorates a method in either convention. */
export interface CachePut<
  T,
  K extends readonly unknown[],
  G extends readonly unknown[],
  W extends readonly unknown[] = readonly unknown[],
> {
  <F extends Cacheable<T>>(method: F & Fits<F, K, G, W>, context: ClassMethodDecoratorContext): F
  <F extends Cacheable<T>>(
    target: object,
    property: string | symbol,
    descriptor: TypedPropertyDescriptor<F> & Fits<F, K, G, W>,
  ): void
  <F extends Cacheable<T>>(fn: F, ...mismatch: Unless<Fits<F, K, G, W>>): Asynchronous<F>
}

type Fits<
  F extends (...args: never[]) => unknown,
  K extends readonly unknown[],
  G extends readonly unknown[],
  W extends readonly unknown[],
> = Takes<K, ResultAndArguments<F, undefined>, 'key'> &
  Takes<G, ResultAndArguments<F, undefined>, 'tags'> &
  Takes<W, Parameters<F>, 'when'>

/**
 * Stores what a function or a method returns, on every call: the companion of `withCache` for functions that write.
 *
 * What the function throws is thrown, and nothing stored. Where storing fails, that failure is the caller's, though the
 * function took effect: what readers see next may be old.
 *
 * @throws CacheConfigError for options out of contract
 * @example
 * const saveUser = cachePut(cache, { key: (user: User) => findUser.keyOf(user.id) })(async function saveUser(…) { … })
 */
export function cachePut<
  T,
  K extends readonly unknown[] = readonly unknown[],
  G extends readonly unknown[] = readonly unknown[],
  W extends readonly unknown[] = readonly unknown[],
>(cache: Cache<T>, options: CachePutOptions<T, K, G, W>): CachePut<T, K, G, W> {
  checkCache(cache, 'cachePut')
  checkKnownOptions(options, ['key', 'ttl', 'tags', 'when', 'unless'], 'cachePut')
  checkFunctions(options, ['key', 'tags', 'when', 'unless'])
  if (options.key === undefined) {
    throw new CacheConfigError('cachePut needs `key`, a function of the result and the arguments')
  }
  if (options.ttl !== undefined) parseDuration(options.ttl, 'ttl')
  const { key, ttl, tags, when, unless } = options as unknown as CachePutOptions<T, unknown[], unknown[], unknown[]>

  return ((...decorated: Decorated) =>
    decorate(
      decorated,
      'cachePut',
      (fn) =>
        async function (this: unknown, ...args: unknown[]) {
          const stores = when === undefined || decided(when(...args), 'when')
          const result = (await fn.apply(this, args)) as T | undefined
          if (!stores || result === undefined || (unless !== undefined && decided(unless(result), 'unless')))
            return result
          await cache.set(key(result, ...args), result, { ttl, tags: tags?.(result, ...args) })
          return result
        },
    )) as CachePut<T, K, G, W>
}
