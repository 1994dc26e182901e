export {
  CacheBatchError,
  CacheClosedError,
  CacheConfigError,
  CacheConnectionError,
  CacheError,
  CacheKeyError,
  CacheLoadError,
  CacheQuorumError,
  CacheSerializationError,
  CacheTimeoutError,
  CacheTransactionError,
  CacheValueError,
} from '@mtaio/exceptions'
export { CacheClient, type CacheClientOptions } from './client/cache-client.js'
export type { CacheEntry } from './client/cache-entry.js'
export type { CallSettings } from './client/call-options.js'
export { DistributedCache } from './client/distributed-cache.js'
export type {
  DistributedCacheEvents,
  DistributedCacheStats,
  MembersView,
  NearStats,
  NodeView,
} from './client/distributed-stats.js'
export type { ReplicaInspection } from './client/inspect-key.js'
export type { DistributedInspection, NearInspection } from './client/inspect-view.js'
export type { DistributedCacheOptions } from './client/options.js'
export type { CompressionOptions } from './codec/compression.js'
export type { EncryptionKey, EncryptionOptions } from './codec/encryption.js'
export type { Codec, CodecChoice } from './codec/value-codec.js'
export type { RepairOptions, RepairProgress, RepairReport } from './coordinator/anti-entropy.js'
export type { Member } from './membership/members.js'
export type { RebalanceProgress } from './membership/rebalancing.js'
export type { NearCacheOptions } from './near/near-options.js'
export { CacheNode, type CacheNodeOptions, type CacheNodeStats } from './node/index.js'
export type { CallConsistency, Consistency, QuorumMode } from './quorum/quorum-rule.js'
export type { CallingClient, RedisClient, SendingClient } from './transport/client-door.js'
export type { NamedClient, NodeInput, WeightedNode } from './transport/node-address.js'
