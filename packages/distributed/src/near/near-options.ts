/** What a user says of the near cache → checked. Every default, with its unit, stands here and nowhere else. */
import type { Bytes, Duration, EvictionPolicy, PolicyFactory } from '@mtaio/core'
import { checkKnownOptions, parseDuration, quoted } from '@mtaio/core/engine'
import { CacheConfigError } from '@mtaio/exceptions'

/** Options of `nearCache`. All are optional: `{}` is a near cache with defaults. */
export interface NearCacheOptions {
  /** Entries at most, over all namespaces. Integer ≥ 1. @defaultValue 10,000, or unlimited where `maxMemory` is given */
  maxSize?: number | undefined
  /** Memory at most, in bytes or as `'64mb'`, by an estimate. @defaultValue unlimited */
  maxMemory?: Bytes | undefined
  /** Who leaves when it is full. @defaultValue `EvictionPolicy.LRU` */
  evictionPolicy?: EvictionPolicy | PolicyFactory | undefined
  /** How long an entry is kept at most; never beyond its own life. Seconds, or with a unit; `Infinity` = as long as it lives. @defaultValue 60 */
  ttl?: Duration | undefined
  /** How long it is kept that a key is absent. Seconds, or with a unit. @defaultValue absence is not kept */
  negativeTtl?: Duration | undefined
  /**
   * How old an answer may be where news of changes are lost and nobody is told, as on a line that is half open. Nodes are asked four
   * times within it whether the line is whole. Shorter: fresher then, and more pings. Seconds, or with a unit. @defaultValue 2
   */
  maxStaleness?: Duration | undefined
  /**
   * For how long entries still answer while no node at all is in reach, counted from when it was last known that they held.
   * Seconds, or with a unit. @defaultValue false: such reads fail
   */
  serveStaleOnOutage?: Duration | false | undefined
}

/** Checked; ms. What the store checks itself is left to it. */
export interface CheckedNearOptions extends Pick<NearCacheOptions, 'maxSize' | 'maxMemory' | 'evictionPolicy'> {
  readonly ttl: number
  /** 0: absence is not kept. */
  readonly negativeTtl: number
  readonly maxStaleness: number
  /** 0: nothing is served. */
  readonly outage: number
}

const KNOWN: readonly (keyof NearCacheOptions)[] = [
  'maxSize',
  'maxMemory',
  'evictionPolicy',
  'ttl',
  'negativeTtl',
  'maxStaleness',
  'serveStaleOnOutage',
]
/** Pings would be more than what they watch over, ms. */
const LEAST_STALENESS = 20

/** @throws CacheConfigError naming the option that is out of contract, and its value */
export function checkNearOptions(raw: NearCacheOptions): CheckedNearOptions {
  if (typeof raw !== 'object' || raw === null) {
    throw new CacheConfigError(`nearCache is ${quoted(raw)}: pass its options, such as { maxSize: 10_000, ttl: '1m' }`)
  }
  checkKnownOptions(raw, KNOWN, 'nearCache')
  const { maxSize, maxMemory, evictionPolicy } = raw
  return {
    maxSize: maxSize ?? (maxMemory === undefined ? 10_000 : undefined),
    maxMemory,
    evictionPolicy,
    ttl: durationOr(60_000, raw.ttl, 'nearCache.ttl'),
    negativeTtl: durationOr(0, raw.negativeTtl, 'nearCache.negativeTtl'),
    maxStaleness: checkStaleness(durationOr(2000, raw.maxStaleness, 'nearCache.maxStaleness')),
    outage:
      raw.serveStaleOnOutage === false ? 0 : durationOr(0, raw.serveStaleOnOutage, 'nearCache.serveStaleOnOutage'),
  }
}

function durationOr(fallback: number, duration: Duration | undefined, name: string): number {
  return duration === undefined ? fallback : parseDuration(duration, name)
}

function checkStaleness(ms: number): number {
  if (ms >= LEAST_STALENESS && ms < Number.POSITIVE_INFINITY) return ms
  throw new CacheConfigError(`nearCache.maxStaleness is ${ms} ms: it must end, and be ${LEAST_STALENESS} ms or more`)
}
