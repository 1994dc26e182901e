/** What each node holds under a key, and what a reader makes of it, as plain data for the page. Writes nothing. */

import { Keyspace } from '../client/keyspace.js'
import { isAboutPrefixes } from '../coordinator/register.js'
import { ReplicaVerbs } from '../coordinator/replica-verbs.js'
import type { ObserverParts } from '../observe/cluster-observer.js'
import { Placement } from '../placement/placement.js'
import { decodeEnvelope, versionOf } from '../record/envelope.js'
import { newest } from '../record/reconcile.js'
import { compareVersions, counterOf, editionOf, timeOf, type Version, writerOf } from '../record/version.js'
import { isExpired, type WireRecord } from '../record/wire-record.js'
import type { SendOptions } from '../transport/replica-transport.js'

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
}

const PATIENCE = 2000

interface Held {
  readonly report: NodeReport
  readonly record: WireRecord | undefined
  readonly registers: Registers
}

/** What rules over a record, by what it does to one that is older. */
interface Registers {
  /** Clears, and invalidated tags. */
  readonly removed: readonly Version[]
  /** Tags that were expired. */
  readonly expired: readonly Version[]
  /** Prefixes that were removed: which ones, they do not say. */
  readonly prefixed: readonly Version[]
}

const NO_REGISTERS: Registers = { removed: [], expired: [], prefixed: [] }

/** @throws CacheKeyError, CacheConfigError for a key or a namespace that cannot be one */
export async function reportOfKey(
  { nodes, transport, clock, wallNow }: Pick<ObserverParts, 'nodes' | 'transport' | 'clock' | 'wallNow'>,
  { namespace, replicationFactor }: KeyReportOptions,
  within: readonly string[],
  key: string,
): Promise<KeyReport> {
  let keyspace = new Keyspace(namespace)
  for (const name of within) keyspace = keyspace.child(name)
  const physical = keyspace.physical(key)
  const verbs = new ReplicaVerbs(transport)
  const budget: SendOptions = { deadline: clock.now() + PATIENCE }
  const order = new Placement(nodes.map((id) => ({ id }))).order(key)
  const now = wallNow()

  const look = async (node: string, at: number): Promise<Held> => {
    const place = at < replicationFactor ? `replica ${at + 1}` : 'stand-in'
    try {
      const [bytes, ...above] = await verbs.read(node, [physical, ...keyspace.registers], budget)
      const spaces = versionsIn(above)
      const [removed, prefixed] = [spaces.filter((each) => !isAboutPrefixes(each)), spaces.filter(isAboutPrefixes)]
      if (bytes === null) {
        const registers = { removed, expired: [], prefixed }
        return { report: { node, place, holds: 'nothing' }, record: undefined, registers }
      }
      const record = decodeEnvelope(bytes!, physical, node, key)
      const ofTags = async (registerOf: (tag: string) => string) =>
        record.tags.length === 0 ? [] : versionsIn(await verbs.read(node, record.tags.map(registerOf), budget))
      const registers = {
        removed: [...removed, ...(await ofTags((tag) => keyspace.tagRegister(tag)))],
        expired: await ofTags((tag) => keyspace.staleRegister(tag)),
        prefixed,
      }
      const report = { node, place, holds: whatOf(record, now), version: textOf(record.version), size: bytes!.length }
      const ttl = record.expiresAt === 0 ? null : Math.max(0, (record.expiresAt - now) / 1000)
      return { report: { ...report, ttl }, record, registers }
    } catch (error) {
      return {
        report: { node, place, holds: 'unknown', error: (error as Error).message },
        record: undefined,
        registers: NO_REGISTERS,
      }
    }
  }
  const held = await Promise.all(order.map(look))
  return { physical, summary: summaryOf(held, now), nodes: held.map(({ report }) => report) }
}

function versionsIn(registers: readonly (Uint8Array | null)[]): Version[] {
  return registers.flatMap((each) => (each === null ? [] : (versionOf(each) ?? [])))
}

function whatOf(record: WireRecord, now: number): string {
  if (record.tombstone) return 'a tombstone'
  return isExpired(record, now) ? 'an expired value' : 'a value'
}

/** What a reader of all nodes is told. */
function summaryOf(held: readonly Held[], now: number): string {
  const record = held.reduce<WireRecord | undefined>((best, each) => newest(best, each.record), undefined)
  if (record === undefined) return 'No node holds it.'
  const agree = held.filter(
    (each) => each.record !== undefined && compareVersions(each.record.version, record.version) === 0,
  )
  const where = `The newest version lies on ${agree.length === 1 ? '1 node' : `${agree.length} nodes`}`
  const isOverruled = (by: keyof Registers) =>
    held.some(({ registers }) => registers[by].some((version) => compareVersions(version, record.version) > 0))
  if (record.tombstone) return `${where}: it was deleted.`
  if (isOverruled('removed')) return `${where}, and is older than a clear or an invalidated tag: readers find nothing.`
  if (isExpired(record, now)) return `${where}: its life is over.`
  if (isOverruled('expired'))
    return `${where}, and a tag of it has been expired: only who allows stale values finds it.`
  if (isOverruled('prefixed')) {
    return `${where}. Keys with some beginning have been removed since; whether this is one of them is not looked at.`
  }
  return `${where}: readers find it.`
}

function textOf(version: Version): string {
  const time = new Date(timeOf(version)).toISOString()
  return `${time} +${counterOf(version)} by ${writerOf(version).toString(16).padStart(8, '0')}, edition ${editionOf(version)}`
}
