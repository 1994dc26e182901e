/**
 * `withCache`: results of a function kept in any `Cache<T>`. Wraps; what a method is in either convention of decorators
 * is known to `method-decorator.ts`, what a key is to `argument-key.ts`.
 */
import type { Cache, Load } from '@mtaio/core'
import { CacheKeyError, CacheTransactionError } from '@mtaio/exceptions'
import { encodeArguments } from './argument-key.js'
import type { Cacheable, Cached, Takes, Unless } from './function-types.js'
import { type Decorated, decorate, type Naming } from './method-decorator.js'
import { claimNamespace } from './namespaces.js'
import {
  checkCache,
  checkNamespace,
  checkWithCacheOptions,
  decided,
  type LoadingOptions,
  loadingOptionsOf,
  type WithCacheOptions,
} from './options.js'

/** Whether the options' functions take the arguments of `F`. */
type Fits<
  F extends (...args: never[]) => unknown,
  K extends readonly unknown[],
  G extends readonly unknown[],
  W extends readonly unknown[],
> = Takes<K, Parameters<F>, 'key'> & Takes<G, Parameters<F>, 'tags'> & Takes<W, Parameters<F>, 'when'>

/** What `withCache(cache, options)` is: it wraps a function, or decorates a method in either convention. */
export interface WithCache<
  T,
  K extends readonly unknown[],
  G extends readonly unknown[],
  W extends readonly unknown[],
  S,
> {
  /** Standard decorator of a method. */
  <F extends Cacheable<T>>(method: F & Fits<F, K, G, W>, context: ClassMethodDecoratorContext<S>): F
  /** Decorator of a method under `experimentalDecorators`. */
  <F extends Cacheable<T>>(
    target: object,
    property: string | symbol,
    descriptor: TypedPropertyDescriptor<F> & Fits<F, K, G, W>,
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
 * and not stored; nor is one that `unless` names.
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
    decorate(decorated, 'withCache', (fn, naming) => wrap(cache, chosen, fn as Run<T>, naming))) as WithCache<
    T,
    K,
    G,
    W,
    S
  >
}

type Run<T> = (this: unknown, ...args: unknown[]) => T | undefined | Promise<T | undefined>
type Chosen<T> = WithCacheOptions<T, unknown[], unknown[], unknown[], unknown>

function wrap<T>(cache: Cache<T>, options: Chosen<T>, original: Run<T>, naming: Naming) {
  const { when, unless, tags } = options
  const loading: LoadingOptions = loadingOptionsOf(options)
  const refreshes = new Map<string, Promise<T | undefined>>()
  const keyOf = keyMaker(cache, options, original, naming)

  const passes = (args: unknown[]) => when === undefined || decided(when(...args), 'when')
  const isKept = (value: T | undefined): value is T =>
    value !== undefined && !(unless !== undefined && decided(unless(value), 'unless'))

  const load = (key: string, self: unknown, args: unknown[]): Promise<T | undefined> => {
    const run: Load<T> = async (context) => {
      if (tags !== undefined) context.setTags(tags(...args))
      const value = await original.apply(self, args)
      if (!isKept(value)) context.noStore()
      return value as T
    }
    return cache.getOrSet(key, run, loading)
  }

  /** See `CacheControls.refresh`; the cache's transaction is the fence. */
  const renew = async (key: string, self: unknown, args: unknown[]): Promise<T | undefined> => {
    if (!(await cache.has(key))) {
      // Loads that began before must neither be joined nor stored over this one.
      await cache.delete(key)
      return load(key, self, args)
    }
    const txn = cache.transaction()
    try {
      if (!(await txn.has(key))) return await load(key, self, args)
      const value = await original.apply(self, args)
      if (isKept(value)) await txn.set(key, value, { ttl: loading.ttl, tags: tags?.(...args) })
      else await txn.delete(key)
      await committed(txn.commit())
      return value
    } finally {
      await txn.rollback()
    }
  }

  const wrapped = async function (this: unknown, ...args: unknown[]): Promise<T | undefined> {
    return passes(args) ? load(keyOf(this, args), this, args) : original.apply(this, args)
  }
  // `this` of the controls is the wrapped function where it is called plainly, and no instance.
  const selfOf = (self: unknown) => (self === wrapped ? undefined : self)
  const controls = {
    async invalidate(this: unknown, ...args: unknown[]): Promise<boolean> {
      return cache.delete(keyOf(selfOf(this), args))
    },
    async refresh(this: unknown, ...args: unknown[]): Promise<T | undefined> {
      const self = selfOf(this)
      if (!passes(args)) return original.apply(self, args)
      const key = keyOf(self, args)
      const present = refreshes.get(key)
      if (present !== undefined) return present
      const renewal = renew(key, self, args).finally(() => refreshes.delete(key))
      refreshes.set(key, renewal)
      return renewal
    },
    keyOf(this: unknown, ...args: unknown[]): string {
      return keyOf(selfOf(this), args)
    },
    original,
  }
  for (const [name, value] of Object.entries(controls)) {
    Object.defineProperty(wrapped, name, { value, configurable: true })
  }
  return wrapped
}

/** Arguments, and what of `this` counts, → key. */
function keyMaker<T>(cache: Cache<T>, options: Chosen<T>, original: Run<T>, naming: Naming) {
  const { key, keyThis, namespace: shared } = options
  if (shared === undefined) naming.onNamed((name) => claimNamespace(cache, name, original))
  return (self: unknown, args: unknown[]): string => {
    const namespace = shared ?? naming.nameFor(self)
    const own = key === undefined ? encodeArguments(args) : chosenKey(key(...args))
    return keyThis === undefined ? `${namespace}:${own}` : `${namespace}:${partOfThis(keyThis, self)}${own}`
  }
}

function partOfThis(keyThis: (self: unknown) => unknown, self: unknown): string {
  if (self !== undefined) return encodeArguments([keyThis(self)])
  throw new CacheKeyError(
    'keyThis needs the instance: ask cachedMethod(instance, name) for the controls, or call the method on its instance',
  )
}

function chosenKey(key: unknown): string {
  if (typeof key === 'string' && key !== '') return key
  throw new CacheKeyError(`key must return a non-empty string, not ${key === '' ? "''" : typeof key}`)
}

/** A conflict means that the key was changed meanwhile: what is there now is newer than what was about to be stored. */
async function committed(commit: Promise<void>): Promise<void> {
  try {
    await commit
  } catch (error) {
    if (!(error instanceof CacheTransactionError && error.code === 'CONFLICT')) throw error
  }
}
