/**
 * `withCache`: results of a function kept in any `Cache<T>`. What the wrapped function does is in `cached-function.ts`,
 * what a method is in either convention of decorators in `method-decorator.ts`, what a key is in `argument-key.ts`.
 */
import type { Cache } from '@mtaio/core'
import { type Chosen, cachedFunction, type Run } from './cached-function.js'
import type { Cacheable, Cached, Takes, Unless } from './function-types.js'
import { type Decorated, decorate } from './method-decorator.js'
import { checkCache, checkNamespace, checkWithCacheOptions, type WithCacheOptions } from './options.js'

/** Whether the options' functions take the arguments of `F`. */
type Fits<
  F extends (...args: never[]) => unknown,
  K extends readonly unknown[],
  G extends readonly unknown[],
  W extends readonly unknown[],
> = Takes<K, Parameters<F>, 'key'> & Takes<G, Parameters<F>, 'tags'> & Takes<W, Parameters<F>, 'when'>

/** What `withCache(cache, options)` is: it wraps a function, or decorates a method or a getter in either convention. */
export interface WithCache<
  T,
  K extends readonly unknown[],
  G extends readonly unknown[],
  W extends readonly unknown[],
  S,
> {
  /** Standard decorator of a method. */
  <F extends Cacheable<T>>(method: F & Fits<F, K, G, W>, context: ClassMethodDecoratorContext<S>): F
  /** Standard decorator of a getter that answers a promise. */
  <F extends (this: never) => Promise<T | undefined>>(
    getter: F & Fits<() => unknown, K, G, W>,
    context: ClassGetterDecoratorContext<S>,
  ): F
  /** Decorator of a method under `experimentalDecorators`. */
  <F extends Cacheable<T>>(
    target: object,
    property: string | symbol,
    descriptor: TypedPropertyDescriptor<F> & Fits<F, K, G, W>,
  ): void
  /** Decorator of a getter that answers a promise, under `experimentalDecorators`. */
  <V extends T | undefined>(
    target: object,
    property: string | symbol,
    descriptor: TypedPropertyDescriptor<Promise<V>> & Fits<() => unknown, K, G, W>,
  ): void
  /** Wraps a function. */
  <F extends Cacheable<T>>(fn: F, ...mismatch: Unless<Fits<F, K, G, W>>): Cached<F>
}

/**
 * Keeps the results of a function, or of a method, in a cache. A call answers what the cache holds under the key of its
 * arguments, else runs the function and stores its result; concurrent calls for one key, in whatever place, run it once
 * and share its result or its failure, which is not stored. The wrapped function keeps name, length, `this` and types,
 * answers a promise, and gains `invalidate`, `refresh`, `keyOf` and `original`.
 *
 * Results are stored under `namespace:encodedArguments`; see {@link argumentKey}. A result of `undefined` is returned
 * and not stored; nor is one that `unless` names, nor one that its reader uses up: a disposable or an iterator, which is
 * handed to one caller and never shared. The items of an async generator are kept as a list, once all are there, and
 * handed on as they come to the caller whose call runs it.
 *
 * @throws CacheConfigError for options out of contract; for an anonymous function or class without `namespace`; and
 *   when another function already keeps its results in this cache under the same name, unless `namespace` says that
 *   they are shared
 * @example
 * const findUser = withCache(cache, { ttl: '5m' })(async function findUser(id: string) { … })
 * await findUser('7')
 * await findUser.invalidate('7')
 */
export function withCache<
  T,
  K extends readonly unknown[] = readonly unknown[],
  G extends readonly unknown[] = readonly unknown[],
  W extends readonly unknown[] = readonly unknown[],
  S = unknown,
>(cache: Cache<T>, options: WithCacheOptions<T, K, G, W, S> = {}): WithCache<T, K, G, W, S> {
  checkCache(cache, 'withCache')
  checkWithCacheOptions(options)
  if (options.namespace !== undefined) checkNamespace(options.namespace)
  const chosen = options as unknown as Chosen<T>
  return ((...decorated: Decorated) =>
    decorate(decorated, 'withCache', (fn, naming) => cachedFunction(cache, chosen, fn as Run<T>, naming))) as WithCache<
    T,
    K,
    G,
    W,
    S
  >
}
