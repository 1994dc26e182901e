export {
  CacheClosedError,
  CacheConfigError,
  CacheError,
  CacheKeyError,
  CacheLoadError,
  CacheSerializationError,
  CacheTransactionError,
  CacheValueError,
} from '@mtaio/exceptions'
export { EvictionPolicy, type Policy, type PolicyFactory } from '@mtaio/policies'
export type { Advice, AdviceRow } from '@mtaio/policies/advice'
export type { Bytes } from './bytes.js'
export type {
  Cache,
  Duration,
  Entries,
  GetOrSetOptions,
  Load,
  LoadContext,
  LoadingDefaults,
  LoadMany,
  LoadManyContext,
  SetOptions,
  SyncCache,
  SyncGetOrSetOptions,
  SyncLoadContext,
  SyncTransaction,
  Transaction,
  TransactionOptions,
} from './cache.js'
export { keyTemplate } from './diagnostics/key-template.js'
export type { CacheTrace } from './diagnostics/traces.js'
export type { CacheDump, DumpedEntry } from './dump.js'
export type { CacheEvents } from './events/cache-events.js'
export type { Inspection, LastRemoval } from './inspection.js'
export type { Limits, TTLCacheOptions } from './options.js'
export type { CacheStats } from './stats/cache-stats.js'
export type { Invalidation, RemovalCause } from './store/removal-cause.js'
export { type CancelTimer, type Clock, systemClock } from './time/clock.js'
export { type FixedPolicyOptions, TTLCache, TTLFIFOCache, TTLLFUCache, TTLLRUCache } from './ttl-cache.js'
