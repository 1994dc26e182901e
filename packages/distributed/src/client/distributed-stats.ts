/** What a distributed cache has done so far, and how its nodes look from here. */
import type { CacheStats } from '@mtaio/core'
import type { Counter } from '@mtaio/core/engine'
import type { RepairProgress } from '../coordinator/anti-entropy.js'
import type { Cluster } from '../coordinator/cluster.js'
import type { CallKind } from '../coordinator/cluster-parts.js'
import type { CircuitState } from '../health/failure-detector.js'
import type { Member } from '../membership/members.js'
import type { RebalanceProgress } from '../membership/rebalancing.js'

/** A node as this client sees it. */
export interface NodeView {
  /** `host:port`. */
  readonly node: string
  /** Whether questions are sent to it at present. */
  readonly up: boolean
  /** `'closed'`: it is asked. `'open'`: it is not. `'half-open'`: it is being probed. */
  readonly circuit: CircuitState
  /** Its copies are being compared with the others': it is not relied upon alone. */
  readonly recovering: boolean
  /** Questions under way. */
  readonly inFlight: number
  /** Questions that failed, error answers included, and those among them that were not answered in time. */
  readonly errors: number
  readonly timeouts: number
  /** Writes that it missed and is still to be told. */
  readonly hints: number
  /** What half, 95 and 99 of 100 of its last answers, a thousand or so, did not take longer than, ms, to within 15 %. */
  readonly latency: { readonly p50: number; readonly p95: number; readonly p99: number } | undefined
}

/** Who the nodes of a cache are. */
export interface MembersView {
  /** Counts changes; 0 = as the client was made. */
  readonly epoch: number
  readonly nodes: readonly Member[]
  /** Keys are still moving to these nodes, from those of before. */
  readonly moving: boolean
}

/** What a near cache has done for one namespace. Its hits count under `hits` (or, where absence was kept, `misses`), too. */
export interface NearStats {
  /** Reads that were answered without asking a node. */
  readonly hits: number
  /** Reads that went to the nodes. */
  readonly misses: number
  /** What reads brought and was kept. */
  readonly fills: number
  /** What was not kept because its key was changed while it was read. */
  readonly fenced: number
  /** Entries dropped because of a change, here or elsewhere. */
  readonly invalidations: number
  /** Reads answered while no node was in reach (`serveStaleOnOutage`). */
  readonly outageHits: number
  /** Entries held, those included that wait to be read anew since a node was not listened to. */
  readonly items: number
  /** Nodes that are listened to now. */
  readonly listening: number
}

/** An immutable snapshot. `items` and `weight` are `NaN`: only the nodes know, and each its own. */
export interface DistributedCacheStats extends CacheStats {
  readonly nodes: readonly NodeView[]
  /** Replicas that were sent what they lacked, after a read noticed. */
  readonly repairs: number
  /** Repairs left out because too many were under way. */
  readonly repairsDropped: number
  /** Calls that fewer nodes answered than the quorum asks for. */
  readonly degraded: number
  /** Writes waiting for nodes that are down. */
  readonly hints: number
  /** Such writes delivered after a node's return. */
  readonly hintsReplayed: number
  /** Such writes given up: for want of room, too old, or refused by the node. */
  readonly hintsDropped: number
  /** Reads for which another node was asked beside one that took longer than is usual for it. */
  readonly hedges: number
  /** `undefined` for a cache without `nearCache`. */
  readonly near: NearStats | undefined
}

/** What a distributed cache tells its listeners, by event: the arguments of each. */
export type DistributedCacheEvents<T> = {
  hit: [key: string, value: T]
  miss: [key: string]
  set: [key: string, value: T]
  delete: [key: string]
  clear: []
  /** A loader's value came in. */
  load: [key: string, value: T]
  /** Something failed behind the caller's back, or in a listener. Without a listener it becomes one process warning. */
  error: [error: unknown]
  /** A node does not answer; it is left out until it does. */
  'node-down': [node: string, cause: unknown]
  /** A call went on with fewer nodes than its quorum asks for. No key: a clear, or the invalidation of a tag. */
  degraded: [call: CallKind, key: string | undefined]
  /** Copies are being compared and sent, behind everybody's back or on request: how far that is. */
  repair: [progress: RepairProgress]
  /** Nodes were added or removed, here or by another client, or keys have settled after that. */
  members: [members: MembersView]
  /** Keys are moving after a change of nodes: how far they are. Told by the client that moves them. */
  rebalance: [progress: RebalanceProgress]
  /** A node is back and has been told what it missed. */
  'node-up': [node: string]
  /** The near cache hears of this node's changes from now on. */
  listening: [node: string]
  /** It does so no more, until told otherwise: what is kept of this node's keys answers no more. */
  'not-listening': [node: string, cause: unknown]
  /** A near entry answered since no node was in reach; it may be out of date by so many ms. */
  outage: [key: string, age: number]
}

/** A frozen snapshot of what was counted, and of the nodes as they look now. */
export function statsOf(counter: Counter, cluster: Cluster, near: NearStats | undefined): DistributedCacheStats {
  const { hintsReplayed, repairs, repairsDropped, degraded, hedges } = cluster.counts
  return Object.freeze({
    ...counter.snapshot(Number.NaN, Number.NaN),
    nodes: Object.freeze(cluster.nodes.map((node) => nodeView(node, cluster))),
    repairs,
    repairsDropped,
    degraded,
    hints: cluster.hints.size,
    hintsReplayed,
    hintsDropped: cluster.hints.dropped,
    hedges,
    near,
  })
}

function nodeView(node: string, cluster: Cluster): NodeView {
  const { isUp, detector, recovering, inFlight, errors, timeouts, latency } = cluster.state(node)
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((part) => latency.quantile(part) ?? 0) as [number, number, number]
  return Object.freeze({
    node,
    up: isUp,
    circuit: detector.state,
    recovering: recovering > 0,
    inFlight,
    errors,
    timeouts,
    hints: cluster.hints.sizeFor(node),
    latency: latency.held === 0 ? undefined : Object.freeze({ p50, p95, p99 }),
  })
}
