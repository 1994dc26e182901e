/** `inspect` of a distributed cache: what the nodes say of a key, and what this client does about it. */
import type { Inspection } from '@mtaio/core'
import { CacheConnectionError } from '@mtaio/exceptions'
import type { Budget } from '../coordinator/budget.js'
import { timeOf } from '../record/version.js'
import { endOf, factsOf, type ReplicaInspection } from './inspect-key.js'
import type { RecordVerbs } from './record-verbs.js'
import type { ViewState } from './view-state.js'

/** What a distributed cache knows of a key: {@link Inspection}, and what each node holds. `weight` is `undefined`. */
export interface DistributedInspection extends Inspection {
  /** In placement order: the key's replicas first, then who would stand in. */
  readonly replicas: readonly ReplicaInspection[]
}

/** @throws CacheConnectionError when no node answers */
export async function inspectView<T>(
  { cluster, keyspace }: RecordVerbs<T>,
  { loader }: ViewState<T>,
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
  const isKept = verdict === 'live' || verdict === 'expired'
  const kept = isKept ? record : undefined
  return {
    key,
    state: verdict === 'live' ? 'live' : verdict === 'expired' ? 'stale' : 'absent',
    tier: kept && 'nodes',
    age: kept && Math.max(0, now - timeOf(kept.version)) / 1000,
    ttl: kept && (removal?.by === undefined ? (endOf(kept) - now) / 1000 : -removal.ago),
    tags: kept?.tags ?? [],
    weight: undefined,
    removal,
    isLoading: loader.isLoading(key),
    failure: failure && { error: failure.error, ttl: (failure.until - now) / 1000 },
    replicas,
  }
}
