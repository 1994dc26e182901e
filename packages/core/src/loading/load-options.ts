/** What `getOrSet` can be told, checked; and how a TTL is spread. Pure. */
import { CacheConfigError } from '@mtaio/exceptions'
import type { Duration, GetOrSetOptions, LoadingDefaults } from '../cache.js'
import { checkKnownOptions, checkTags } from '../checks.js'
import { parseDuration } from '../expiry/duration.js'
import { quoted } from '../quoted.js'
import type { StoreOptions } from '../store-options.js'

/** How one call waits and loads, checked. */
export interface CheckedLoadOptions {
  /** In an object of its own, that the load's context may change. */
  readonly stored: StoreOptions
  readonly signal: AbortSignal | undefined
  /** Milliseconds; `Infinity` = as long as it takes. */
  readonly timeoutMs: number
  /** Milliseconds; 0 = a failure is not remembered. */
  readonly negativeMs: number
  readonly jitter: number
  /** Milliseconds beyond its life for which a value may be answered: at once, … */
  readonly revalidateMs: number
  /** … or when its load fails; */
  readonly ifErrorMs: number
  /** and after so many milliseconds of waiting. */
  readonly softMs: number
  /** A value with less left than this, ms, is loaded anew. */
  readonly aheadMs: number
  /** How eagerly a value is loaded anew before its end; 0 = not. */
  readonly early: number
}

const NEED_STALE = ['staleWhileRevalidate', 'staleIfError', 'softTimeout', 'refreshAhead', 'earlyRefresh'] as const
/** What a cache can be told for all its loads. */
export const LOADING_OPTIONS: readonly (keyof LoadingDefaults)[] = [
  'ttl',
  'tags',
  'timeout',
  'negativeTtl',
  'jitter',
  'singleFlight',
  'lease',
  ...NEED_STALE,
]
const KNOWN: readonly (keyof GetOrSetOptions)[] = ['signal', ...LOADING_OPTIONS]

/**
 * @param keepsStale - whether this cache keeps values beyond their life
 * @throws CacheConfigError naming what is out of contract
 */
export function checkLoadOptions(load: unknown, options: GetOrSetOptions, keepsStale: boolean): CheckedLoadOptions {
  if (typeof load !== 'function') {
    throw new CacheConfigError(`getOrSet needs a function that loads the value, not ${quoted(load)}`)
  }
  checkKnownOptions(options, KNOWN, 'getOrSet')
  const { signal } = options
  if (signal !== undefined && !isSignal(signal)) {
    throw new CacheConfigError(`signal must be an AbortSignal, not ${quoted(signal)}`)
  }
  if (options.singleFlight !== undefined && !['process', 'cluster'].includes(options.singleFlight)) {
    throw new CacheConfigError(`singleFlight is 'process' or 'cluster', not ${quoted(options.singleFlight)}`)
  }
  if (options.lease !== undefined) parseDuration(options.lease, 'lease')
  const needless = keepsStale ? undefined : NEED_STALE.find((name) => options[name] !== undefined)
  if (needless !== undefined) {
    throw new CacheConfigError(`${needless} needs a cache that keeps values beyond their life, as TTLCache does`)
  }
  const revalidateMs = milliseconds(options, 'staleWhileRevalidate', 0)
  const ifErrorMs = milliseconds(options, 'staleIfError', 0)
  return {
    stored: { ...checkStoreOptions(options), graceMs: Math.max(revalidateMs, ifErrorMs) },
    signal,
    timeoutMs: milliseconds(options, 'timeout', Number.POSITIVE_INFINITY),
    negativeMs: milliseconds(options, 'negativeTtl', 0),
    jitter: checkJitter(options.jitter),
    revalidateMs,
    ifErrorMs,
    softMs: milliseconds(options, 'softTimeout', Number.POSITIVE_INFINITY),
    aheadMs: milliseconds(options, 'refreshAhead', 0),
    early: checkEarlyRefresh(options.earlyRefresh),
  }
}

function milliseconds(
  options: GetOrSetOptions,
  name: Exclude<(typeof NEED_STALE)[number], 'earlyRefresh'> | 'timeout' | 'negativeTtl',
  otherwise: number,
): number {
  const duration = options[name]
  return duration === undefined ? otherwise : parseDuration(duration, name)
}

/** @throws CacheConfigError naming what is out of contract */
export function checkStoreOptions({ ttl, tags }: GetOrSetOptions): StoreOptions {
  if (ttl !== undefined) parseDuration(ttl, 'ttl')
  return { ttl, tags: tags === undefined ? undefined : checkTags(tags), store: true, graceMs: 0 }
}

export function checkEarlyRefresh(early: number | undefined): number {
  if (early === undefined) return 0
  if (typeof early === 'number' && early > 0 && early < Number.POSITIVE_INFINITY) return early
  throw new CacheConfigError(`earlyRefresh must be a number above 0, such as 1, not ${quoted(early)}`)
}

export function checkJitter(jitter: number | undefined): number {
  if (jitter === undefined) return 0
  if (typeof jitter === 'number' && jitter >= 0 && jitter < 1) return jitter
  throw new CacheConfigError(`jitter must be a part of the TTL, from 0 to below 1, not ${quoted(jitter)}`)
}

/** A TTL, or the default one, made shorter or longer by up to `jitter` of itself. `random`: 0 to below 1. */
export function spread(ttl: Duration | undefined, defaultMs: number, jitter: number, random: number): Duration {
  const ms = ttl === undefined ? defaultMs : parseDuration(ttl, 'ttl')
  if (ms === Number.POSITIVE_INFINITY) return ms
  const spreadMs = ms * (1 + jitter * (2 * random - 1))
  return `${spreadMs.toFixed(3)}ms`
}

// By its shape: a signal may come from another realm or a polyfill.
function isSignal(value: unknown): value is AbortSignal {
  const signal = value as Partial<AbortSignal> | null
  return (
    typeof signal === 'object' &&
    signal !== null &&
    typeof signal.addEventListener === 'function' &&
    'aborted' in signal
  )
}
