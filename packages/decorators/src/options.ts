/** What the three decorators can be told, and its check. Knows no cache. */
import type { Cache, GetOrSetOptions } from '@mtaio/core'
import { checkEarlyRefresh, checkInteger, checkJitter, checkKnownOptions, parseDuration } from '@mtaio/core/engine'
import { CacheConfigError } from '@mtaio/exceptions'

/** How a loaded value is stored: the options of `getOrSet`, without those that a wrapped function decides on itself. */
export type LoadingOptions = Omit<GetOrSetOptions, 'signal' | 'tags'>

/**
 * How `withCache` keeps results. `K`, `G`, `W`: the parameters of `key`, `tags` and `when`, each of which must take the
 * wrapped function's arguments; `S`: what `keyThis` takes; `T`: the cache's values.
 */
export interface WithCacheOptions<
  T,
  K extends readonly unknown[] = readonly unknown[],
  G extends readonly unknown[] = readonly unknown[],
  W extends readonly unknown[] = readonly unknown[],
  S = unknown,
> extends LoadingOptions {
  /** The key of a call within the namespace: any non-empty string. @defaultValue an injective encoding of all arguments */
  key?: ((...args: K) => string) | undefined
  /** Tags of a stored result, by which `cache.deleteByTag` removes it. Asked on a miss, before the function runs. */
  tags?: ((...args: G) => readonly string[]) | undefined
  /**
   * What stands before the `:` of every key; free of `:` itself. Two functions that are given the same one share their
   * results. @defaultValue the function's name, or `Class.method`
   */
  namespace?: string | undefined
  /** Whether a call goes through the cache at all; `false` runs the function. @defaultValue always */
  when?: ((...args: W) => boolean) | undefined
  /**
   * Whether a result is returned without being stored; `undefined` never is. @defaultValue never
   */
  unless?: ((result: T) => boolean) | undefined
  /**
   * What of `this` is part of the key, such as a tenant's id, for methods whose result depends on the instance.
   * @defaultValue nothing: all instances share results
   */
  keyThis?: ((self: S) => unknown) | undefined
  /** The most items that are kept of an async generator; one that yields more fails. Integer ≥ 1. @defaultValue 10,000 */
  maxItems?: number | undefined
}

const OWN = ['key', 'tags', 'namespace', 'when', 'unless', 'keyThis', 'maxItems'] as const
// A record of all of them, so that what `getOrSet` learns does not compile before it is decided on here.
const LOADING: Readonly<Record<keyof LoadingOptions, true>> = {
  ttl: true,
  timeout: true,
  negativeTtl: true,
  jitter: true,
  staleWhileRevalidate: true,
  staleIfError: true,
  softTimeout: true,
  refreshAhead: true,
  earlyRefresh: true,
  singleFlight: true,
  lease: true,
}

/** @throws CacheConfigError naming what is unknown, of another type than it must be, or no duration */
export function checkWithCacheOptions(options: object): void {
  checkKnownOptions(options, [...OWN, ...Object.keys(LOADING)], 'withCache')
  checkFunctions(options, ['key', 'tags', 'when', 'unless', 'keyThis'])
  const { maxItems }: { maxItems?: unknown } = options
  if (maxItems !== undefined) checkInteger(maxItems as number, 'maxItems', 1)
  const { jitter, earlyRefresh, ...durations }: LoadingOptions = loadingOptionsOf(options)
  for (const [name, duration] of Object.entries(durations)) {
    if (duration !== undefined) parseDuration(duration, name)
  }
  checkJitter(jitter)
  checkEarlyRefresh(earlyRefresh)
}

/** Those options that the cache is handed on a load. */
export function loadingOptionsOf(options: object): LoadingOptions {
  return Object.fromEntries(Object.entries(options).filter(([name]) => Object.hasOwn(LOADING, name)))
}

/** @throws CacheConfigError unless it can be asked what a cache is asked */
export function checkCache(cache: unknown, what: string): void {
  if (typeof (cache as Partial<Cache<unknown>> | null | undefined)?.getOrSet === 'function') return
  throw new CacheConfigError(`${what} needs a cache, such as new TTLCache(), as its first argument`)
}

/** @throws CacheConfigError unless each of the named options is a function or absent */
export function checkFunctions(options: object, names: readonly string[]): void {
  for (const name of names) {
    const given: unknown = Reflect.get(options, name)
    if (given === undefined || typeof given === 'function') continue
    throw new CacheConfigError(`${name} must be a function, not ${typeof given}`)
  }
}

/** @throws CacheConfigError unless a non-empty string free of `:`, which ends the namespace in a key */
export function checkNamespace(namespace: unknown): asserts namespace is string {
  if (typeof namespace === 'string' && namespace !== '' && !namespace.includes(':')) return
  const given = typeof namespace === 'string' ? `'${namespace}'` : typeof namespace
  throw new CacheConfigError(`namespace must be a non-empty string without ':', which ends it in a key, not ${given}`)
}

/** The answer of `when` or `unless`. @throws CacheConfigError for a promise, which would always count as true */
export function decided(answer: unknown, name: string): boolean {
  if (typeof (answer as { then?: unknown } | null | undefined)?.then !== 'function') return Boolean(answer)
  // Nobody will await it, and its failure must not become an unhandled rejection.
  Promise.resolve(answer).catch(() => undefined)
  throw new CacheConfigError(`${name} returned a promise: it must answer true or false at once`)
}
