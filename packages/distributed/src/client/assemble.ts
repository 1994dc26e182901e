/**
 * A cache's client put together from what it is given: the same for sockets and for a simulated network, which is what
 * makes a simulation a proof of the real thing.
 */
import type { Clock } from '@mtaio/core'
import { Tracer } from '@mtaio/core/engine'
import { Sealing } from '../codec/sealing.js'
import { ValueCodec } from '../codec/value-codec.js'
import { AntiEntropy, type RepairProgress } from '../coordinator/anti-entropy.js'
import { Cluster } from '../coordinator/cluster.js'
import type { ClusterEvents } from '../coordinator/cluster-parts.js'
import type { Members } from '../membership/members.js'
import { Membership } from '../membership/membership.js'
import { type RebalanceProgress, Rebalancing } from '../membership/rebalancing.js'
import { NearCache } from '../near/near-cache.js'
import { Placement } from '../placement/placement.js'
import { VersionClock } from '../record/version-clock.js'
import type { ReplicaTransport } from '../transport/replica-transport.js'
import type { DistributedView } from './distributed-view.js'
import { Keyspace } from './keyspace.js'
import { NearReads } from './near-reads.js'
import type { CheckedDistributedOptions } from './options.js'
import { RecordVerbs } from './record-verbs.js'
import { TracedView } from './traced-view.js'
import { ViewState } from './view-state.js'

/** All that is not pure: what a client hears, sees and draws. */
export interface Surroundings {
  readonly transport: ReplicaTransport
  /** Monotonic, with timers that keep nothing alive. */
  readonly clock: Required<Clock>
  /** Milliseconds since the epoch. */
  readonly wallNow: () => number
  /** Uniform in [0, 1). */
  readonly random: () => number
  /** 32 random bits that keep this client's versions apart from those of others. */
  readonly writer: number
}

/** What a client is told of behind its callers' backs. */
export interface ClientEvents extends ClusterEvents {
  repairing?(progress: RepairProgress): void
  rebalancing?(progress: RebalanceProgress): void
  membersChanged?(members: Members): void
  listening?(node: string): void
  notListening?(node: string, cause: unknown): void
  /** Something failed that nobody waits for. */
  failed?(error: unknown): void
}

/** What the face of a cache stands on. */
export interface AssembledClient<T> {
  readonly cluster: Cluster
  readonly antiEntropy: AntiEntropy
  /** Absent where the transport's nodes are settled elsewhere. */
  readonly membership: FollowedMembership | undefined
  /** Absent unless it was asked for. */
  readonly near: NearCache<T> | undefined
  readonly verbs: RecordVerbs<T>
  readonly viewOf: (name: string) => DistributedView<T>
  readonly state: ViewState<T>
  readonly tracer: Tracer
}

/** Opens no connection and sets no timer. */
export function assemble<T>(
  options: CheckedDistributedOptions,
  { writer, ...around }: Surroundings,
  events: ClientEvents,
): AssembledClient<T> {
  const parts = {
    ...around,
    placement: new Placement(options.nodes.map(({ id, weight }) => ({ id, weight }))),
    quorums: options.quorums,
    versions: new VersionClock({ wallNow: around.wallNow, writer }),
    operationTimeout: options.operationTimeout,
    hintLimits: options.hintLimits,
    backgroundRate: options.backgroundRate,
  }
  const codec = new ValueCodec(options.codec)
  const sealing = new Sealing(options.encryption)
  const cluster = new Cluster(parts, {
    ...events,
    nodeUp: (node) => {
      events.nodeUp(node)
      if (options.repairOnReturn) void antiEntropy.returned(node)
    },
  })
  const antiEntropy = new AntiEntropy(cluster, options.namespace, writer.toString(16), (progress) =>
    events.repairing?.(progress),
  )
  if (options.repairOnReturn) {
    around.transport.watch?.({
      opened: (node) => void antiEntropy.opened(node),
      lost: (node) => void antiEntropy.lost(node),
    })
  }
  const membership = membershipOf(cluster, options, writer.toString(16), events)
  const near = nearOf<T>(cluster, options, membership?.membership, events)
  const at = (keyspace: Keyspace) => {
    const verbs = new RecordVerbs<T>(cluster, keyspace, codec, sealing, options.tombstoneTtl)
    const { defaultTtl, name: cache, keyTemplate } = options
    const viewOf = (name: string): DistributedView<T> => {
      const { tracer, ...below } = at(keyspace.child(name))
      return new TracedView<T>(tracer, { ...below, defaultTtl })
    }
    const state = new ViewState<T>(verbs, options.defaultTtl, near && new NearReads<T>(near, verbs))
    const tracer = new Tracer({ cache, namespace: keyspace.path.slice(options.namespace.length + 1), keyTemplate })
    return { verbs, viewOf, state, tracer }
  }
  return { cluster, antiEntropy, membership, near, ...at(new Keyspace(options.namespace)) }
}

function nearOf<T>(
  cluster: Cluster,
  { nearCache, namespace: root, quorums }: CheckedDistributedOptions,
  membership: Membership | undefined,
  events: ClientEvents,
): NearCache<T> | undefined {
  // An atomic register cannot be read without asking for it.
  if (nearCache === undefined || quorums.linearizable) return undefined
  const placesHoldUntil = () => membership?.holdsUntil ?? Number.POSITIVE_INFINITY
  return new NearCache<T>(
    { cluster, root, options: nearCache, placesHoldUntil },
    {
      opened: ({ node }) => events.listening?.(node),
      lost: ({ node }, cause) => events.notListening?.(node, cause),
      refused: (_ear, error) => events.failed?.(error),
    },
  )
}

/** Who the nodes are, and what moves keys when that changes. */
export interface FollowedMembership {
  readonly membership: Membership
  readonly rebalancing: Rebalancing
}

function membershipOf(
  cluster: Cluster,
  { namespace: root, membershipLease: lease }: CheckedDistributedOptions,
  client: string,
  events: ClientEvents,
): FollowedMembership | undefined {
  const { transport } = cluster.parts
  if (transport.admit === undefined) return undefined
  const membership = new Membership(cluster, {
    root,
    lease,
    admit: (node) => transport.admit?.(node),
    dismiss: (node) => transport.dismiss?.(node),
    changed: (members) => events.membersChanged?.(members),
  })
  const rebalancing = new Rebalancing(cluster, membership, root, client, (progress) => events.rebalancing?.(progress))
  cluster.beforeCall = (budget) => {
    const ready = membership.beforeCall(budget)
    // Somebody else's move may have been left to its fate.
    if (membership.current.from !== undefined) rebalancing.look()
    return ready
  }
  return { membership, rebalancing }
}
