/** Raw options → checked ones. Every default of a local cache, with its unit, stands here and nowhere else. */
import { CacheConfigError } from '@mtaio/exceptions'
import { EvictionPolicy, type PolicyFactory } from '@mtaio/policies'
import { type Bytes, parseBytes } from './bytes.js'
import type { Duration, Load, LoadingDefaults, LoadMany } from './cache.js'
import { checkInteger, checkKnownOptions, checkWeight } from './checks.js'
import { keyTemplate } from './diagnostics/key-template.js'
import { parseDuration } from './expiry/duration.js'
import { quoted } from './quoted.js'
import type { RemovalCause } from './store/removal-cause.js'
import { sizeOf } from './store/size-of.js'
import { type Clock, setSystemTimer, systemClock } from './time/clock.js'

/** How much a cache holds at most. */
export interface Limits {
  /** Entries at most; one more evicts one. Integer ≥ 1. @defaultValue unlimited; 67,108,862 is as much as can be */
  maxSize?: number | undefined
  /** Total weight at most, in the weigher's unit. A number > 0. @defaultValue unlimited */
  maxWeight?: number | undefined
  /**
   * Memory at most, in bytes or as `'64mb'`: entries are weighed by an estimate of what they take, keys and the cache's
   * own columns included. Instead of `maxWeight` and `weigher`. @defaultValue unlimited
   */
  maxMemory?: Bytes | undefined
}

/** Options of `TTLCache`. All are optional. */
export interface TTLCacheOptions<T> extends Limits {
  /** How long an entry lives unless `set` says otherwise. Seconds, or with a unit; `Infinity` = for ever. @defaultValue 300 */
  defaultTtl?: Duration | undefined
  /** What an entry counts against `maxWeight`, a number > 0. Needs `maxWeight`. @defaultValue 1 each */
  weigher?: ((value: T, key: string) => number) | undefined
  /**
   * How often expired entries are swept away in the background. Seconds, or with a unit; `Infinity` = never. Shorter
   * frees memory sooner, longer costs less; reads never see an expired entry either way. @defaultValue 60
   */
  cleanupInterval?: Duration | undefined
  /** Who leaves when the cache is full: a name, or a factory of a policy of one's own. @defaultValue `EvictionPolicy.LRU` */
  evictionPolicy?: EvictionPolicy | PolicyFactory | undefined
  /**
   * Told of entries that left, after they are gone, in order and never re-entrantly. A promise that it returns is not
   * awaited by the operation, but `flush()`, `stop()` and disposal wait for it. Its failures become `'error'` events.
   */
  onEvicted?: ((key: string, value: T, reason: RemovalCause) => unknown) | undefined
  /** Which removals `onEvicted` is told of. @defaultValue `['capacity', 'expired']` */
  evictionReasons?: readonly RemovalCause[] | undefined
  /**
   * Samples one request in a thousand, so that `advice()` can tell what the cache would hit at other sizes and under
   * other policies. Needs `maxSize`. @defaultValue false
   */
  advise?: boolean | undefined
  /**
   * Keeps when each entry was stored, and why the latest 1,024 left, so that `inspect()` can tell. Costs 8 bytes an entry
   * and an eighth of the speed of evictions. @defaultValue false
   */
  inspectable?: boolean | undefined
  /**
   * Loads what `fetch` finds absent; of many keys each by itself, unless there is `loadMany`. For the cache's own keys, not for
   * those of its namespaces.
   */
  load?: Load<T> | undefined
  /**
   * Loads what `fetchMany` finds absent in one call; and, where there is no `load`, what `fetch` does: keys that are asked for within
   * one turn of microtasks are loaded together. More than `maxBatchSize` of them are loaded in several calls at once.
   */
  loadMany?: LoadMany<T> | undefined
  /**
   * Keys in one call of `loadMany` at most: what the source takes in one request. An integer of at least 1, or `Infinity`.
   * @defaultValue 1,000, which every database takes in one list of parameters
   */
  maxBatchSize?: number | undefined
  /** How `fetch`, `getOrSet` and their likes load and store unless the call says otherwise, those of namespaces included. */
  loading?: LoadingDefaults | undefined
  /** What diagnostics call this cache. @defaultValue 'cache' */
  name?: string | undefined
  /**
   * What diagnostics show of a key. A key itself may hold what is personal, and there are too many.
   *
   * @defaultValue `keyTemplate`: `'user:123'` → `'user:*'`
   */
  keyTemplate?: ((key: string) => string) | undefined
  /** Where time comes from; tests pass a manual one. @defaultValue the machine's monotonic clock */
  clock?: Clock | undefined
}

/** Checked options: every field present, durations in milliseconds. */
export interface CheckedOptions<T> {
  readonly defaultTtl: number
  readonly maxSize: number
  readonly maxWeight: number
  readonly weigher: ((value: T, key: string) => number) | undefined
  readonly cleanupInterval: number
  readonly evictionPolicy: EvictionPolicy | PolicyFactory
  readonly onEvicted: ((key: string, value: T, reason: RemovalCause) => unknown) | undefined
  readonly evictionReasons: ReadonlySet<RemovalCause>
  readonly advise: boolean
  readonly inspectable: boolean
  readonly name: string
  readonly keyTemplate: (key: string) => string
  readonly clock: Required<Clock>
}

const REMOVAL_CAUSES: readonly RemovalCause[] = ['capacity', 'expired', 'deleted', 'replaced', 'cleared']

const KNOWN: readonly (keyof TTLCacheOptions<unknown>)[] = [
  'defaultTtl',
  'maxSize',
  'maxWeight',
  'maxMemory',
  'weigher',
  'cleanupInterval',
  'evictionPolicy',
  'onEvicted',
  'evictionReasons',
  'advise',
  'inspectable',
  'name',
  'keyTemplate',
  'load',
  'loadMany',
  'maxBatchSize',
  'loading',
  'clock',
]

/** @throws CacheConfigError naming the option that is out of contract, and its value */
export function checkOptions<T>(raw: TTLCacheOptions<T>): CheckedOptions<T> {
  checkKnownOptions(raw, KNOWN, 'TTLCache')
  return {
    defaultTtl: raw.defaultTtl === undefined ? 300_000 : parseDuration(raw.defaultTtl, 'defaultTtl'),
    ...limitsOf(raw, UNLIMITED),
    weigher: checkWeigher(raw),
    cleanupInterval: raw.cleanupInterval === undefined ? 60_000 : parseDuration(raw.cleanupInterval, 'cleanupInterval'),
    evictionPolicy: checkPolicy(raw.evictionPolicy),
    onEvicted: checkFunction(raw.onEvicted, 'onEvicted'),
    evictionReasons: checkReasons(raw.evictionReasons),
    advise: checkAdvise(raw),
    inspectable: checkBoolean(raw.inspectable, 'inspectable'),
    name: checkName(raw.name),
    keyTemplate: checkFunction(raw.keyTemplate, 'keyTemplate') ?? keyTemplate,
    clock: checkClock(raw.clock),
  }
}

const UNLIMITED = { maxSize: Number.POSITIVE_INFINITY, maxWeight: Number.POSITIVE_INFINITY }
const LIMITS: readonly (keyof Limits)[] = ['maxSize', 'maxWeight', 'maxMemory']

/** @throws CacheConfigError naming the limit that is out of contract, and its value */
export function checkLimits<T>(limits: Limits, now: CheckedOptions<T>): typeof UNLIMITED {
  checkKnownOptions(limits, LIMITS, 'resize')
  const weighsMemory = now.weigher === sizeWeigher
  if ((weighsMemory ? limits.maxWeight : limits.maxMemory) !== undefined) {
    const way = weighsMemory ? 'weighs memory: resize it by maxMemory' : 'does not weigh memory: resize it by maxWeight'
    throw new CacheConfigError(`this cache ${way}`)
  }
  return limitsOf(limits, now)
}

function limitsOf({ maxSize, maxWeight, maxMemory }: Limits, otherwise: typeof UNLIMITED): typeof UNLIMITED {
  const weight = maxMemory === undefined ? maxWeight : parseBytes(maxMemory, 'maxMemory')
  return {
    maxSize: maxSize === undefined ? otherwise.maxSize : checkInteger(maxSize, 'maxSize', 1),
    maxWeight: weight === undefined ? otherwise.maxWeight : checkWeight(weight, 'maxWeight'),
  }
}

const sizeWeigher = (value: unknown, key: string): number => sizeOf(key, value)

function checkWeigher<T>(raw: TTLCacheOptions<T>): CheckedOptions<T>['weigher'] {
  const weigher = checkFunction(raw.weigher, 'weigher')
  if (raw.maxMemory !== undefined) {
    if (weigher === undefined && raw.maxWeight === undefined) return sizeWeigher
    throw new CacheConfigError('maxMemory weighs entries itself: leave out maxWeight and weigher, or use these instead')
  }
  if (weigher !== undefined && raw.maxWeight === undefined) {
    throw new CacheConfigError('weigher has no effect without maxWeight: give both, or bound the cache by maxSize')
  }
  return weigher
}

// A name is looked up where the policies are known; here only what could be neither is refused.
function checkPolicy(policy: unknown): EvictionPolicy | PolicyFactory {
  if (policy === undefined) return EvictionPolicy.LRU
  if (typeof policy === 'string' || typeof policy === 'function') return policy as EvictionPolicy | PolicyFactory
  throw new CacheConfigError(`evictionPolicy must be a policy's name or a factory, not ${quoted(policy)}`)
}

function checkReasons(reasons: unknown): ReadonlySet<RemovalCause> {
  if (reasons === undefined) return new Set<RemovalCause>(['capacity', 'expired'])
  if (Array.isArray(reasons) && reasons.every((reason) => REMOVAL_CAUSES.includes(reason))) return new Set(reasons)
  throw new CacheConfigError(
    `evictionReasons must be an array of ${REMOVAL_CAUSES.map((cause) => `'${cause}'`).join(', ')}, not ${quoted(reasons)}`,
  )
}

function checkName(name: unknown = 'cache'): string {
  if (typeof name === 'string' && name !== '') return name
  throw new CacheConfigError(`name must be a non-empty string, not ${quoted(name)}`)
}

function checkBoolean(value: unknown = false, name: string): boolean {
  if (typeof value === 'boolean') return value
  throw new CacheConfigError(`${name} must be true or false, not ${quoted(value)}`)
}

function checkAdvise<T>(raw: TTLCacheOptions<T>): boolean {
  const advise = checkBoolean(raw.advise, 'advise')
  if (advise && raw.maxSize === undefined) {
    throw new CacheConfigError('advise needs maxSize: it tells what a cache of so many entries would hit')
  }
  return advise
}

function checkFunction<F>(value: F, name: string): F {
  if (value === undefined || typeof value === 'function') return value
  throw new CacheConfigError(`${name} must be a function, not ${quoted(value)}`)
}

function checkClock(clock: Clock | undefined): Required<Clock> {
  if (clock === undefined) return systemClock
  if (typeof clock !== 'object' || clock === null || typeof clock.now !== 'function') {
    throw new CacheConfigError(`clock must have a now() that answers milliseconds, not ${quoted(clock)}`)
  }
  return {
    now: () => clock.now(),
    setTimer: (fire, delay) => (clock.setTimer ? clock.setTimer(fire, delay) : setSystemTimer(fire, delay)),
  }
}
