/** `inspect` of a distributed cache: what the nodes say of a key, and what this client does about it. */
import type { Inspection } from '@mtaio/core'
import { CacheConnectionError } from '@mtaio/exceptions'
import type { Budget } from '../coordinator/budget.js'
import { timeOf } from '../record/version.js'
import { endOf, factsOf, type ReplicaInspection } from './inspect-key.js'
import type { NearReads } from './near-reads.js'
import type { RecordVerbs } from './record-verbs.js'
import type { ViewState } from './view-state.js'

/** What a near cache holds of a key, and every read of this client is answered for now. */
export interface NearInspection {
  /** That there is a value, or that there is none. */
  readonly holds: 'value' | 'absence'
  /** Seconds until it is read anew at the latest; news from a node may end it before. */
  readonly ttl: number
}

/**
 * What a distributed cache knows of a key: {@link Inspection}, and what each node holds. `weight` is `undefined`. `tier` is `'near'`
 * where a near cache holds the value, else `'nodes'`; `state` is then what reads are answered.
 */
export interface DistributedInspection extends Inspection {
  /** `undefined` without a near cache, and where it holds nothing that is certain. */
  readonly near: NearInspection | undefined
  /** In placement order: the key's replicas first, then who would stand in. */
  readonly replicas: readonly ReplicaInspection[]
}

/**
 * @param near - what stands before the nodes for this face's reads
 * @throws CacheConnectionError when no node answers
 */
export async function inspectView<T>(
  { cluster, keyspace }: RecordVerbs<T>,
  { loader }: ViewState<T>,
  near: NearReads<T> | undefined,
  key: string,
  budget: Budget,
): Promise<DistributedInspection> {
  const { verbs, parts } = cluster
  const now = parts.wallNow()
  const order = parts.placement.order(key)
  const { replicationFactor } = parts.quorums
  const facts = await factsOf({ verbs, order, replicationFactor, keyspace, now }, key, budget)
  const { record, verdict, removal, replicas } = facts
  if (replicas.every((replica) => replica.verdict === 'unreachable')) {
    throw new CacheConnectionError(`no node tells of '${key}'`, { key, cause: replicas[0]!.error })
  }
  const failure = loader.failureOf(key, now)
  // Looked at last: it may have changed while the nodes were asked.
  const held = near?.glance(key)
  const isNear = held?.value !== undefined
  const isExpired = verdict === 'expired' && !isNear
  const kept = isNear ? held.result.record : verdict === 'live' || isExpired ? record : undefined
  const state = isNear ? 'live' : verdict === 'live' && held === undefined ? 'live' : isExpired ? 'stale' : 'absent'
  return {
    key,
    state,
    tier: state === 'absent' ? undefined : isNear ? 'near' : 'nodes',
    age: kept && Math.max(0, now - timeOf(kept.version)) / 1000,
    ttl: kept && (isExpired && removal?.by !== undefined ? -removal.ago : (endOf(kept) - now) / 1000),
    tags: kept?.tags ?? [],
    weight: undefined,
    removal,
    isLoading: loader.isLoading(key),
    failure: failure && { error: failure.error, ttl: (failure.until - now) / 1000 },
    near: held && { holds: isNear ? 'value' : 'absence', ttl: near!.lifeLeft(key) },
    replicas,
  }
}
