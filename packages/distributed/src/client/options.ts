/** Raw options → checked ones. Every default of a distributed cache, with its unit, stands here and nowhere else. */
import type { ConnectionOptions } from 'node:tls'
import type { Clock, Duration } from '@mtaio/core'
import { checkInteger, checkKnownOptions, keyTemplate, parseDuration, quoted } from '@mtaio/core/engine'
import { CacheConfigError } from '@mtaio/exceptions'
import type { CompressionOptions } from '../codec/compression.js'
import type { EncryptionOptions } from '../codec/encryption.js'
import type { CodecChoice, CodecOptions } from '../codec/value-codec.js'
import type { HintLimits } from '../coordinator/hinted-handoff.js'
import { type CheckedNearOptions, checkNearOptions, type NearCacheOptions } from '../near/near-options.js'
import { type Consistency, type QuorumMode, type Quorums, resolveQuorums } from '../quorum/quorum-rule.js'
import { type NodeAddress, type NodeInput, parseNodes } from '../transport/node-address.js'
import { checkName } from './keyspace.js'

/** Options of `DistributedCache`. Only `nodes` is needed. */
export interface DistributedCacheOptions {
  /**
   * The nodes: `['localhost', 5000]`, `'localhost:5000'`, `redis://` / `rediss://` URLs with credentials, or clients of yours
   * (node-redis, ioredis, iovalkey). A Cluster or Sentinel object is one node, whose placement and replication are its own. With a
   * share of the keys of its own: `{ host, port, weight }`, or `?weight=2` in the URL.
   */
  nodes: readonly NodeInput[]
  /** Copies of each entry. @defaultValue 2, or 1 with a single node */
  replicationFactor?: number | undefined
  /** Replicas that must answer a read. More is fresher while nodes come and go, and slower. @defaultValue 1 */
  readQuorum?: number | undefined
  /** Replicas that must hold a write. @defaultValue `replicationFactor - readQuorum + 1`: reads then meet the latest acknowledged write */
  writeQuorum?: number | undefined
  /** `'sloppy'`: with replicas down, others stand in, and one is enough. `'strict'`: fewer than the quorum is a `CacheQuorumError`. @defaultValue 'sloppy' */
  quorum?: QuorumMode | undefined
  /**
   * `'linearizable'`: majorities that are kept strictly, and a read that saw replicas disagree waits until a majority holds what
   * it answers: every key is an atomic register. @defaultValue what the quorums give
   */
  consistency?: Consistency | undefined
  /** Stands before every key on the nodes. Non-empty, without `/` and `:`. @defaultValue 'mtaio' */
  namespace?: string | undefined
  /** How long an entry lives unless `set` says otherwise. Seconds, or with a unit; `Infinity` = for ever. @defaultValue 300 */
  defaultTtl?: Duration | undefined
  /** Budget of one call, everything included. Seconds, or with a unit. @defaultValue 2 */
  operationTimeout?: Duration | undefined
  /**
   * How long a deletion is remembered on the nodes. Longer: a replica that was away longer cannot bring the value back,
   * and slower loads can still be cached. Shorter: less memory. Seconds, or with a unit. @defaultValue 300
   */
  tombstoneTtl?: Duration | undefined
  /** How values become bytes. Of several the first writes, and all read: for rolling a change. @defaultValue 'msgpack' */
  codec?: CodecChoice | readonly CodecChoice[] | undefined
  /** Makes large values smaller: `true`, or how. Readers need no setting. @defaultValue false */
  compression?: boolean | CompressionOptions | undefined
  /** AES-256-GCM for all values: the first key encrypts, all of them decrypt. Keys and tags stay in the clear. @defaultValue none */
  encryption?: EncryptionOptions | undefined
  /** Bytes of an encoded value at most. Integer ≥ 1. @defaultValue 33,554,432 (32 MiB) */
  maxValueBytes?: number | undefined
  /** Writes kept for nodes that missed them, at most. Integer ≥ 1. @defaultValue 10,000 */
  maxHints?: number | undefined
  /** Bytes of such writes at most. Integer ≥ 1. @defaultValue 67,108,864 (64 MiB) */
  maxHintBytes?: number | undefined
  /** How long such a write is kept. Seconds, or with a unit. @defaultValue 3600 */
  hintTtl?: Duration | undefined
  /**
   * Entries a second that work in the background touches: hints, repair, migration. Higher: copies are whole again sooner. Lower: callers
   * notice less of it. A number above 0. @defaultValue 5000
   */
  backgroundRate?: number | undefined
  /**
   * How long this client relies on what it knows of the nodes before it asks them again. Shorter: `addNode` and `removeNode` begin sooner.
   * Longer: fewer questions. The same in all clients of the cache. Seconds, or with a unit. @defaultValue 10
   */
  membershipLease?: Duration | undefined
  /** Whether a node that comes back is compared with the others and given what it lacks, without reads. @defaultValue true */
  repairOnReturn?: boolean | undefined
  /**
   * Keeps what was read in this process, too, and drops it when a node tells that it has changed: reads without a round trip, the same
   * value for all of them. Needs nodes that speak RESP3 (Redis 6, Valkey, `CacheNode`), given by address. `{}` is one with defaults.
   * Reads with a `consistency`, of a call or of the cache, go past it. @defaultValue none
   */
  nearCache?: NearCacheOptions | undefined
  /** What diagnostics call this cache. @defaultValue its `namespace` */
  name?: string | undefined
  /** What diagnostics show of a key. @defaultValue `keyTemplate` of `@mtaio/core`: `'user:123'` → `'user:*'` */
  keyTemplate?: ((key: string) => string) | undefined
  /** TLS settings (`ca`, `cert`, `key`, …) for `rediss://` nodes. */
  tls?: ConnectionOptions | undefined
  /** Where monotonic time comes from; tests pass a manual one. */
  clock?: Clock | undefined
  /** Milliseconds since the epoch; tests pass their own. @defaultValue `Date.now` */
  wallClock?: (() => number) | undefined
}

export interface CheckedDistributedOptions {
  readonly nodes: readonly NodeAddress[]
  readonly quorums: Quorums
  readonly namespace: string
  readonly defaultTtl: number
  readonly operationTimeout: number
  readonly tombstoneTtl: number
  readonly codec: CodecOptions
  readonly encryption: EncryptionOptions | undefined
  readonly hintLimits: HintLimits
  readonly backgroundRate: number
  readonly repairOnReturn: boolean
  readonly membershipLease: number
  readonly nearCache: CheckedNearOptions | undefined
  readonly name: string
  readonly keyTemplate: (key: string) => string
  readonly tls: ConnectionOptions | undefined
  readonly clock: Clock | undefined
  readonly wallClock: (() => number) | undefined
}

const KNOWN: readonly (keyof DistributedCacheOptions)[] = [
  'nodes',
  'replicationFactor',
  'readQuorum',
  'writeQuorum',
  'quorum',
  'consistency',
  'namespace',
  'defaultTtl',
  'operationTimeout',
  'tombstoneTtl',
  'codec',
  'compression',
  'encryption',
  'maxValueBytes',
  'maxHints',
  'maxHintBytes',
  'hintTtl',
  'backgroundRate',
  'repairOnReturn',
  'nearCache',
  'membershipLease',
  'name',
  'keyTemplate',
  'tls',
  'clock',
  'wallClock',
]

/** @throws CacheConfigError naming the option that is out of contract, and its value */
export function checkDistributedOptions(raw: DistributedCacheOptions): CheckedDistributedOptions {
  checkKnownOptions(raw, KNOWN, 'DistributedCache')
  for (const name of KNOWN) {
    if (raw[name] === null) throw new CacheConfigError(`${name} must not be null: leave it out for its default`)
  }
  const nodes = parseNodes(raw.nodes)
  const { replicationFactor, readQuorum, writeQuorum, quorum, consistency } = raw
  return {
    nodes,
    quorums: resolveQuorums({ nodes: nodes.length, replicationFactor, readQuorum, writeQuorum, quorum, consistency }),
    namespace: raw.namespace === undefined ? 'mtaio' : checkName(raw.namespace),
    defaultTtl: durationOr(300_000, raw.defaultTtl, 'defaultTtl'),
    operationTimeout: finite(durationOr(2000, raw.operationTimeout, 'operationTimeout'), 'operationTimeout'),
    tombstoneTtl: finite(durationOr(300_000, raw.tombstoneTtl, 'tombstoneTtl'), 'tombstoneTtl'),
    codec: {
      codecs: Array.isArray(raw.codec) ? raw.codec : [(raw.codec as CodecChoice | undefined) ?? 'msgpack'],
      maxBytes:
        raw.maxValueBytes === undefined ? 32 * 1024 * 1024 : checkInteger(raw.maxValueBytes, 'maxValueBytes', 1),
      compression: raw.compression === true ? {} : raw.compression || undefined,
    },
    encryption: raw.encryption,
    hintLimits: {
      maxHints: raw.maxHints === undefined ? 10_000 : checkInteger(raw.maxHints, 'maxHints', 1),
      maxBytes: raw.maxHintBytes === undefined ? 64 * 1024 * 1024 : checkInteger(raw.maxHintBytes, 'maxHintBytes', 1),
      maxAge: durationOr(3_600_000, raw.hintTtl, 'hintTtl'),
    },
    backgroundRate: checkRate(raw.backgroundRate),
    membershipLease: finite(durationOr(10_000, raw.membershipLease, 'membershipLease'), 'membershipLease'),
    repairOnReturn: checkFlag(raw.repairOnReturn, 'repairOnReturn'),
    nearCache: checkNear(raw.nearCache, nodes),
    name: checkTracedName(raw.name ?? raw.namespace ?? 'mtaio'),
    keyTemplate: checkFunction(raw.keyTemplate, 'keyTemplate') ?? keyTemplate,
    tls: raw.tls,
    clock: checkNow(raw.clock, 'clock'),
    wallClock: checkFunction(raw.wallClock, 'wallClock'),
  }
}

function checkTracedName(name: unknown): string {
  if (typeof name === 'string' && name !== '') return name
  throw new CacheConfigError(`name must be a non-empty string, not ${quoted(name)}`)
}

function checkNear(raw: NearCacheOptions | undefined, nodes: readonly NodeAddress[]): CheckedNearOptions | undefined {
  if (raw === undefined) return undefined
  const brought = nodes.find(({ client }) => client !== undefined)
  if (brought === undefined) return checkNearOptions(raw)
  throw new CacheConfigError(
    `nearCache listens to nodes on connections of its own, and ${brought.id} is a client of yours: give the node's address instead (a Redis Cluster's machines or a Sentinel's master cannot be listened to), or leave nearCache out`,
    { node: brought.id },
  )
}

function durationOr(fallback: number, duration: Duration | undefined, name: string): number {
  return duration === undefined ? fallback : parseDuration(duration, name)
}

function finite(duration: number, name: string): number {
  if (duration < Number.POSITIVE_INFINITY) return duration
  throw new CacheConfigError(`${name} must end: every wait is bounded; give seconds`)
}

function checkFlag(value = true, name: string): boolean {
  if (typeof value === 'boolean') return value
  throw new CacheConfigError(`${name} must be true or false, not ${quoted(value)}`)
}

function checkRate(rate = 5000): number {
  if (typeof rate === 'number' && rate > 0) return rate
  throw new CacheConfigError(`backgroundRate must be entries a second, a number above 0, not ${quoted(rate)}`)
}

function checkNow(clock: Clock | undefined, name: string): Clock | undefined {
  if (clock === undefined || typeof clock?.now === 'function') return clock
  throw new CacheConfigError(`${name} must have a now() that answers milliseconds, not ${quoted(clock)}`)
}

function checkFunction<F>(value: F, name: string): F {
  if (value === undefined || typeof value === 'function') return value
  throw new CacheConfigError(`${name} must be a function, not ${quoted(value)}`)
}
