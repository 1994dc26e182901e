/**
 * Why a key is there, or why not: what every node holds of it, and which register rules over that, as a reader of all nodes
 * would see it. Asks each node once or twice, writes nothing, repairs nothing and is counted nowhere.
 */
import type { Invalidation, LastRemoval } from '@mtaio/core'
import { heldRules } from '../coordinator/prefix-lists.js'
import { prefixListOf } from '../coordinator/register.js'
import { CLOCKS_AGREE_WITHIN } from '../coordinator/register-version.js'
import type { ReplicaVerbs } from '../coordinator/replica-verbs.js'
import { decodeEnvelope, versionOf } from '../record/envelope.js'
import { newest } from '../record/reconcile.js'
import { compareVersions, formatVersion, isAboutPrefixes, NO_VERSION, timeOf, type Version } from '../record/version.js'
import { isExpired, type WireRecord } from '../record/wire-record.js'
import type { SendOptions } from '../transport/replica-transport.js'
import type { Keyspace } from './keyspace.js'

/** What one node holds of a key. */
export interface ReplicaInspection {
  /** `host:port`. */
  readonly node: string
  /** `'stand-in'`: not one of the key's own replicas, but next in line. */
  readonly place: 'replica' | 'stand-in'
  /**
   * `'live'`, or why no reader finds what it holds: `'expired'` (by its own time, or by a tag), `'removed'` (by a clear, a tag or a prefix),
   * `'deleted'` (a tombstone), `'absent'` (nothing), `'unreachable'` (see `error`).
   */
  readonly verdict: 'live' | 'expired' | 'removed' | 'deleted' | 'absent' | 'unreachable'
  /** Which write it holds, as of `getEntry`. */
  readonly version: string | undefined
  /** Whether another node holds a newer one. */
  readonly isBehind: boolean
  /** When its life ends, ms since the epoch; `Infinity` = never. */
  readonly expiresAt: number | undefined
  /** Bytes of its envelope. */
  readonly size: number | undefined
  /** Why it did not answer, or what is wrong with what it holds. */
  readonly error: unknown
}

/** What rules over a key, or over one tag of it: what is older is dead. */
interface Rule {
  readonly version: Version
  readonly by: Invalidation | undefined
  /** Of a tag that was expired, not invalidated. */
  readonly expires: boolean
}

interface Held {
  readonly node: string
  readonly record: WireRecord | undefined
  readonly size: number | undefined
  readonly rules: readonly Rule[]
  /** Registers by their place, outermost first, whose lists it knows, or should. */
  readonly lists: readonly { readonly level: number; readonly version: Version; readonly isLost: boolean }[]
  readonly error: unknown
}

/** What all nodes together say of a key. */
export interface KeyFacts {
  /** The newest that any node holds. */
  readonly record: WireRecord | undefined
  readonly verdict: ReplicaInspection['verdict']
  readonly removal: LastRemoval | undefined
  /** In placement order. */
  readonly replicas: readonly ReplicaInspection[]
}

/** Who is asked, and how a key is placed. */
interface KeyQuestion {
  readonly verbs: Pick<ReplicaVerbs, 'read'>
  /** All nodes, in the key's placement order. */
  readonly order: readonly string[]
  readonly replicationFactor: number
  readonly keyspace: Keyspace
  /** Ms since the epoch. */
  readonly now: number
}

/** @throws CacheKeyError for a key that cannot be one */
export async function factsOf(question: KeyQuestion, key: string, options: SendOptions): Promise<KeyFacts> {
  const { order, now, replicationFactor } = question
  question.keyspace.physical(key)
  const held = await Promise.all(
    order.map((node) =>
      look(question, node, key, options).catch((error: unknown): Held => ({ ...NOTHING_HELD, node, error })),
    ),
  )
  const rules = [...held.flatMap((each) => each.rules), ...rulesOfTheLost(held)]
  const record = held.reduce<WireRecord | undefined>((best, each) => newest(best, each.record), undefined)
  const replicas = held.map((each, i): ReplicaInspection => {
    const { node, size, error } = each
    const known = each.record
    return {
      node,
      place: i < replicationFactor ? 'replica' : 'stand-in',
      verdict: error === undefined ? verdictOn(known, rules, now).verdict : 'unreachable',
      version: known && formatVersion(known.version),
      isBehind: record !== undefined && error === undefined && (known === undefined || isOlder(known, record)),
      expiresAt: known && endOf(known),
      size,
      error,
    }
  })
  return { ...verdictOn(record, rules, now), record, replicas }
}

export function endOf({ expiresAt }: WireRecord): number {
  return expiresAt === 0 ? Number.POSITIVE_INFINITY : expiresAt
}

const NOTHING_HELD = { record: undefined, size: undefined, rules: [], lists: [], error: undefined }

async function look({ verbs, keyspace }: KeyQuestion, node: string, key: string, options: SendOptions): Promise<Held> {
  const { registers } = keyspace
  const asked = [keyspace.physical(key), ...registers, ...registers.map(prefixListOf)]
  const [bytes, ...above] = await verbs.read(node, asked, options)
  const shownBy = registers.map((register, i) => heldRules(register, above[i]!, above[registers.length + i]!))
  const rules = shownBy.flatMap(({ version, rules }, i): Rule[] => {
    const name = i === registers.length - 1 ? key : ''
    const everything = { version, by: undefined, expires: false }
    if (!isAboutPrefixes(version)) return compareVersions(version, NO_VERSION) === 0 ? [] : [everything]
    const ruling = rules?.filter(({ prefix }) => name.startsWith(prefix)) ?? []
    return ruling.map(({ prefix, version }) => ({
      ...{ version, expires: false },
      by: prefix === '' ? undefined : { prefix },
    }))
  })
  const lists = shownBy.flatMap(({ version, rules }, level) =>
    isAboutPrefixes(version) ? [{ level, version, isLost: rules === undefined }] : [],
  )
  if (bytes == null) return { ...NOTHING_HELD, node, rules, lists }
  const record = decodeEnvelope(bytes, asked[0]!, node, key)
  const { tags } = record
  if (tags.length === 0) return { ...NOTHING_HELD, node, record, size: bytes.length, rules, lists }
  // Its own key first: on a node that is a cluster, that chooses which copies of the registers are read.
  const ofTags = [...tags.map((tag) => keyspace.tagRegister(tag)), ...tags.map((tag) => keyspace.staleRegister(tag))]
  const [, ...shown] = await verbs.read(node, [asked[0]!, ...ofTags], options)
  const tagged = shown.flatMap((found, i): Rule[] => {
    const version = found == null ? undefined : versionOf(found)
    const by = { tag: tags[i % tags.length]! }
    return version === undefined ? [] : [{ version, by, expires: i >= tags.length }]
  })
  return { ...NOTHING_HELD, node, record, size: bytes.length, rules: [...rules, ...tagged], lists }
}

/** Who lost a list goes by another one that is as new; where there is none, everything is taken for removed. As `PrefixRules` does. */
function rulesOfTheLost(held: readonly Held[]): Rule[] {
  const lists = held.flatMap((each) => each.lists)
  const isKnown = ({ level, version }: (typeof lists)[0]) =>
    lists.some((other) => !other.isLost && other.level === level && compareVersions(other.version, version) >= 0)
  return lists
    .filter((list) => list.isLost && !isKnown(list))
    .map(({ version }) => ({ version, by: undefined, expires: false }))
}

/** What a reader who sees these rules makes of a record. */
function verdictOn(
  record: WireRecord | undefined,
  rules: readonly Rule[],
  now: number,
): Pick<KeyFacts, 'verdict' | 'removal'> {
  if (record === undefined) return { verdict: 'absent', removal: undefined }
  const { version, tags } = record
  const ago = (at: number) => Math.max(0, now - at) / 1000
  if (record.tombstone)
    return { verdict: 'deleted', removal: { cause: 'deleted', ago: ago(timeOf(version)), by: undefined } }
  const ruling = rules
    .filter(({ by }) => by === undefined || !('tag' in by) || tags.includes(by.tag))
    .filter((rule) => compareVersions(rule.version, version) > 0)
    .sort((a, b) => compareVersions(b.version, a.version))
  const removed = ruling.find(({ expires }) => !expires)
  if (removed !== undefined) {
    const { by } = removed
    const cause = by === undefined ? 'cleared' : 'deleted'
    // Registers go ahead of the clocks.
    return { verdict: 'removed', removal: { cause, ago: ago(timeOf(removed.version) - CLOCKS_AGREE_WITHIN), by } }
  }
  if (isExpired(record, now)) {
    return { verdict: 'expired', removal: { cause: 'expired', ago: ago(record.expiresAt), by: undefined } }
  }
  const expired = ruling[0]
  if (expired === undefined) return { verdict: 'live', removal: undefined }
  const { by } = expired
  return {
    verdict: 'expired',
    removal: { cause: 'expired', ago: ago(timeOf(expired.version) - CLOCKS_AGREE_WITHIN), by },
  }
}

function isOlder(one: WireRecord, other: WireRecord): boolean {
  return compareVersions(one.version, other.version) < 0
}
