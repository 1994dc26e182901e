/**
 * The decision of a transaction as bytes, as replicas hold it between taking and forgetting it: which transaction it is,
 * which ones went before it, and what it writes. Big endian:
 *
 *   14 bytes id | u8 count, then 14 bytes for each of the transactions before it, latest first |
 *   u16 count, then for each write: u32 length and UTF-8 of the key, u32 length and envelope, u48 when it may be forgotten
 *
 * Knows neither ballots nor replicas.
 */
import { CacheSerializationError } from '@mtaio/exceptions'
import { VERSION_BYTES, type Version } from './version.js'
import { putWord, wordAt } from './words.js'

/** One record that a decision writes. */
export interface DecidedWrite {
  /** The physical key. */
  readonly key: string
  readonly envelope: Uint8Array
  /** When the node may forget it, ms since the epoch; 0 = never. */
  readonly forgetAt: number
}

export interface Decision {
  /** The ballot under which the transaction was first tried. */
  readonly id: Version
  /** The transactions decided before it, latest first. */
  readonly before: readonly Version[]
  readonly writes: readonly DecidedWrite[]
}

/** How many transactions back a decision tells of. */
export const MOST_BEFORE = 32

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export function encodeDecision({ id, before, writes }: Decision): Uint8Array {
  const keys = writes.map(({ key }) => encoder.encode(key))
  let size = VERSION_BYTES + 1 + before.length * VERSION_BYTES + 2
  for (const [i, { envelope }] of writes.entries()) size += 4 + keys[i]!.length + 4 + envelope.length + 6
  const bytes = new Uint8Array(size)
  bytes.set(id, 0)
  let at = VERSION_BYTES
  bytes[at++] = before.length
  for (const version of before) {
    bytes.set(version, at)
    at += VERSION_BYTES
  }
  bytes[at] = writes.length >>> 8
  bytes[at + 1] = writes.length
  at += 2
  for (const [i, { envelope, forgetAt }] of writes.entries()) {
    for (const part of [keys[i]!, envelope]) {
      putWord(bytes, at, part.length)
      bytes.set(part, at + 4)
      at += 4 + part.length
    }
    const high = Math.floor(forgetAt / 0x1_0000_0000)
    bytes[at] = high >>> 8
    bytes[at + 1] = high
    putWord(bytes, at + 2, forgetAt)
    at += 6
  }
  return bytes
}

/** @throws CacheSerializationError when the bytes are no decision */
export function decodeDecision(bytes: Uint8Array, key: string, node: string): Decision {
  let at = 0
  const take = (length: number) => {
    const end = at + length
    if (end > bytes.length) throw malformed(key, node)
    const part = bytes.slice(at, end)
    at = end
    return part
  }
  const id = take(VERSION_BYTES)
  const before = Array.from({ length: take(1)[0]! }, () => take(VERSION_BYTES))
  const [high, low] = take(2)
  const writes: DecidedWrite[] = []
  for (let left = high! * 0x100 + low!; left > 0; left--) {
    const name = take(wordAt(take(4), 0))
    const envelope = take(wordAt(take(4), 0))
    const life = take(6)
    const forgetAt = (life[0]! * 0x100 + life[1]!) * 0x1_0000_0000 + wordAt(life, 2)
    try {
      writes.push({ key: decoder.decode(name), envelope, forgetAt })
    } catch {
      throw malformed(key, node)
    }
  }
  if (at !== bytes.length) throw malformed(key, node)
  return { id, before, writes }
}

function malformed(key: string, node: string): CacheSerializationError {
  const message = `what lies under ${JSON.stringify(key)} on ${node} is no decision of a transaction: another application may use this key; choose a namespace of your own`
  return new CacheSerializationError(message, { key, node })
}
