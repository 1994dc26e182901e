/** What the nodes themselves hold, asked past all proxies and past the cache: reading through it would repair what is looked at. */
import { Redis } from 'ioredis'
import type { Member } from './member.js'

/** Where an envelope says what: docs/envelope.md. */
const FLAGS_AT = 1
const TAGGED = 8
const VERSION_AT = 2
const VERSION_END = 16
const BODY_AT = 24
const CHECKSUM_BYTES = 4

/** A record on a node, as far as it matters here. */
interface Copy {
  /** Hexadecimal: the later in the alphabet, the newer. */
  readonly version: string
  readonly isTagged: boolean
  /** The number with which the value begins; `undefined` where it was deleted. */
  readonly number: number | undefined
}

/** A key whose newest version is on too few nodes. */
export interface KeyBehind {
  readonly key: string
  readonly version: string
  /** Of the value of that version. */
  readonly number: number | undefined
  /** How many nodes hold it. */
  readonly copies: number
  /** What each of the others holds, in words. */
  readonly others: readonly string[]
}

/** A node's answer: a copy for each key that it holds. */
type Held = ReadonlyMap<string, Copy>

export interface CopiesWanted {
  readonly namespace: string
  readonly keys: readonly string[]
  /** How many nodes are to hold the newest version of each. */
  readonly copies: number
}

/** Keys whose newest version is on too few nodes. What was cleared or invalidated is dead, however many hold it. */
export async function keysBehind(members: readonly Member[], wanted: CopiesWanted): Promise<KeyBehind[]> {
  const { namespace, keys, copies } = wanted
  const cleared = `!cleared:${namespace}`
  const names = [...keys.map((key) => `${namespace}:${key}`), cleared]
  // There is one tag only, so whatever register of a tag there is belongs to it.
  const tags = `!tag:${namespace}:*`
  const held = await Promise.all(members.map(({ port }) => copiesOn(port, names, tags)))
  const clearedAt = newestOf(held, cleared)?.version ?? ''
  const invalidatedAt = newestOf(held, tags)?.version ?? ''
  return keys.flatMap((key) => {
    const name = `${namespace}:${key}`
    const newest = newestOf(held, name)
    if (newest === undefined || newest.version < clearedAt) return []
    if (newest.isTagged && newest.version < invalidatedAt) return []
    const there = held.filter((node) => node.get(name)?.version === newest.version).length
    if (there >= copies) return []
    const others = held.flatMap((node, i) => {
      const copy = node.get(name)
      if (copy?.version === newest.version) return []
      return [`node ${i} has ${copy === undefined ? 'nothing' : `${copy.number ?? 'a deletion'} of ${copy.version}`}`]
    })
    return [{ key, version: newest.version, number: newest.number, copies: there, others }]
  })
}

function newestOf(held: readonly Held[], name: string): Copy | undefined {
  return held
    .flatMap((node) => node.get(name) ?? [])
    .reduce<Copy | undefined>((newest, copy) => (copy.version > (newest?.version ?? '') ? copy : newest), undefined)
}

/** @param pattern - of one more name, under which it is answered */
async function copiesOn(port: number, names: readonly string[], pattern: string): Promise<Held> {
  const node = new Redis({ port, host: '127.0.0.1', retryStrategy: () => null, enableReadyCheck: false })
  node.on('error', () => undefined)
  try {
    const [other = ''] = await node.keys(pattern)
    const records = await node.mgetBuffer(...names, other)
    return new Map(records.flatMap((record, i) => (record === null ? [] : [[names[i] ?? pattern, copyOf(record)]])))
  } catch {
    // Not up yet: it holds nothing.
    return new Map()
  } finally {
    node.disconnect()
  }
}

function copyOf(envelope: Buffer): Copy {
  const isTagged = ((envelope[FLAGS_AT] ?? 0) & TAGGED) !== 0
  const version = shownVersion(envelope.subarray(VERSION_AT, VERSION_END))
  const digits = /(\d+)\.*$/.exec(envelope.subarray(BODY_AT, -CHECKSUM_BYTES).toString('latin1'))?.[1]
  return { version, isTagged, number: digits === undefined ? undefined : Number(digits) }
}

/** A version as it is shown here: its last byte counts changes to its life, which leave the value as it was. */
export function shownVersion(version: Uint8Array): string {
  return Buffer.from(version.subarray(0, -1)).toString('hex')
}
