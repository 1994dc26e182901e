/** What `getOrSet` can be told, checked; and how a TTL is spread. Pure. */
import { CacheConfigError } from '@mtaio/exceptions'
import type { Duration, GetOrSetOptions, SetOptions } from '../cache.js'
import { checkKnownOptions, checkTags } from '../checks.js'
import { parseDuration } from '../expiry/duration.js'
import { quoted } from '../quoted.js'

/** How a loaded value is to be stored; what its load's context says replaces what is here. */
export interface StoreOptions extends SetOptions {
  /** Whether it is stored at all. */
  store: boolean
}

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
}

const KNOWN: readonly (keyof GetOrSetOptions)[] = ['ttl', 'tags', 'signal', 'timeout', 'negativeTtl', 'jitter']

/** @throws CacheConfigError naming what is out of contract */
export function checkLoadOptions(load: unknown, options: GetOrSetOptions): CheckedLoadOptions {
  if (typeof load !== 'function') {
    throw new CacheConfigError(`getOrSet needs a function that loads the value, not ${quoted(load)}`)
  }
  checkKnownOptions(options, KNOWN, 'getOrSet')
  const { signal, timeout, negativeTtl } = options
  if (signal !== undefined && !isSignal(signal)) {
    throw new CacheConfigError(`signal must be an AbortSignal, not ${quoted(signal)}`)
  }
  return {
    stored: checkStoreOptions(options),
    signal,
    timeoutMs: timeout === undefined ? Number.POSITIVE_INFINITY : parseDuration(timeout, 'timeout'),
    negativeMs: negativeTtl === undefined ? 0 : parseDuration(negativeTtl, 'negativeTtl'),
    jitter: checkJitter(options.jitter),
  }
}

/** @throws CacheConfigError naming what is out of contract */
export function checkStoreOptions({ ttl, tags }: GetOrSetOptions): StoreOptions {
  if (ttl !== undefined) parseDuration(ttl, 'ttl')
  return { ttl, tags: tags === undefined ? undefined : checkTags(tags), store: true }
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
