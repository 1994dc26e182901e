/** What each node holds under a key, and what a reader makes of it, as plain data for the page. Writes nothing. */

import { factsOf, type KeyFacts, type ReplicaInspection } from '../client/inspect-key.js'
import { Keyspace } from '../client/keyspace.js'
import { verbsOver } from '../coordinator/slotted-verbs.js'
import type { ObserverParts } from '../observe/cluster-observer.js'
import { type PlacedNode, Placement } from '../placement/placement.js'
import { counterOf, editionOf, timeOf, writerOf } from '../record/version.js'
import { placedNodes } from './placed-nodes.js'

export interface KeyReport {
  /** The key as it lies on the nodes. */
  readonly physical: string
  /** What a reader is told, and why, in words. */
  readonly summary: string
  /** In placement order: replicas first, then who would stand in. */
  readonly nodes: readonly NodeReport[]
}

export interface NodeReport {
  readonly node: string
  /** Such as `'replica 1'`, or `'stand-in'`. */
  readonly place: string
  /** Such as `'a value'`, `'a tombstone'`, `'nothing'`. */
  readonly holds: string
  /** Time, counter, writer and edition, readable. */
  readonly version?: string | undefined
  /** Seconds left; `null` for ever. */
  readonly ttl?: number | null | undefined
  /** Bytes of the envelope. */
  readonly size?: number | undefined
  /** What is wrong with it, in words. */
  readonly error?: string | undefined
}

export interface KeyReportOptions {
  /** The namespace of the caches that are looked at. */
  readonly namespace: string
  /** How many nodes hold a key. */
  readonly replicationFactor: number
  /** The nodes with their shares, unless they themselves say otherwise. @defaultValue all that are looked at, in equal shares */
  readonly placed?: readonly PlacedNode[] | undefined
  /** Whether they are asked who the nodes are; others are connected to, then. @defaultValue true */
  readonly followsMembers?: boolean | undefined
}

const PATIENCE = 2000

/** What a node holds, by what becomes of it. */
const HOLDS: Readonly<Record<ReplicaInspection['verdict'], string>> = {
  live: 'a value',
  expired: 'an expired value',
  removed: 'a removed value',
  deleted: 'a tombstone',
  absent: 'nothing',
  unreachable: 'unknown',
}

/** @throws CacheKeyError, CacheConfigError for a key or a namespace that cannot be one */
export async function reportOfKey(
  { nodes, transport, clock, wallNow }: Pick<ObserverParts, 'nodes' | 'transport' | 'clock' | 'wallNow'>,
  { namespace, replicationFactor, placed = nodes.map((id) => ({ id })), followsMembers = true }: KeyReportOptions,
  within: readonly string[],
  key: string,
): Promise<KeyReport> {
  let keyspace = new Keyspace(namespace)
  for (const name of within) keyspace = keyspace.child(name)
  const now = wallNow()
  const verbs = verbsOver(transport)
  const options = { deadline: clock.now() + PATIENCE }
  const members = followsMembers ? await placedNodes(transport, verbs, placed, namespace, options) : placed
  const order = new Placement(members).order(key)
  const question = { verbs, order, replicationFactor, keyspace, now }
  const facts = await factsOf(question, key, options)
  return {
    physical: keyspace.physical(key),
    summary: summaryOf(facts),
    nodes: facts.replicas.map((replica, at) => nodeReportOf(replica, at, now)),
  }
}

function nodeReportOf(replica: ReplicaInspection, at: number, now: number): NodeReport {
  const { node, place, verdict, version, expiresAt, size, error } = replica
  const report = { node, place: place === 'replica' ? `replica ${at + 1}` : place, holds: HOLDS[verdict] }
  if (error !== undefined) return { ...report, error: error instanceof Error ? error.message : String(error) }
  if (version === undefined || expiresAt === undefined) return report
  const ttl = expiresAt === Number.POSITIVE_INFINITY ? null : Math.max(0, (expiresAt - now) / 1000)
  return { ...report, version: textOf(version), size, ttl }
}

/** What a reader of all nodes is told. */
function summaryOf({ record, verdict, removal, replicas }: KeyFacts): string {
  if (record === undefined) return 'No node holds it.'
  const agree = replicas.filter(({ version, isBehind }) => version !== undefined && !isBehind).length
  const where = `The newest version lies on ${agree === 1 ? '1 node' : `${agree} nodes`}`
  const { by } = removal ?? {}
  if (verdict === 'deleted') return `${where}: it was deleted.`
  if (verdict === 'removed') {
    if (by === undefined) return `${where}, and is older than a clear: readers find nothing.`
    const what = 'tag' in by ? `its tag '${by.tag}' was invalidated` : `what begins with '${by.prefix}' was removed`
    return `${where}, and ${what}: readers find nothing.`
  }
  if (verdict === 'live') return `${where}: readers find it.`
  return by === undefined
    ? `${where}: its life is over.`
    : `${where}, and a tag of it has been expired: only who allows stale values finds it.`
}

/** Of a version as `getEntry` tells it: time, counter, writer and edition. */
function textOf(hex: string): string {
  const version = Buffer.from(hex, 'hex')
  const time = new Date(timeOf(version)).toISOString()
  return `${time} +${counterOf(version)} by ${writerOf(version).toString(16).padStart(8, '0')}, edition ${editionOf(version)}`
}
