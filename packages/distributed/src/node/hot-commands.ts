/**
 * The commands that caches send most, run on the bytes of the chunk that they came in, without a copy or a string: GET,
 * MGET, SET with and without a deadline, and the guarded writes. What is unusual about one (an option, an error, a refusal)
 * changes nothing here and is left to the command table, which knows it all.
 */
import { ENVELOPE_FORMAT, versionOf } from '../record/envelope.js'
import { STORE_EACH as STORE_EACH_SCRIPT, STORE as STORE_SCRIPT } from '../record/guarded-write.js'
import { compareVersionAt, compareVersions, VERSION_BYTES } from '../record/version.js'
import type { Reply } from '../resp/reply.js'
import type { RequestFrame } from '../resp/request-frame.js'
import type { ByteStore } from './byte-store.js'
import type { ReplyWriter } from './reply-writer.js'

/** What a command may touch. */
export interface HotContext {
  readonly store: ByteStore
  readonly reads: { hits: number; misses: number }
  /** Epoch ms. */
  now: number
}

/** A command's name in lower case, and what runs it: false when that is left to the command table. */
export interface HotCommand {
  readonly name: string
  run(frame: RequestFrame, context: HotContext, writer: ReplyWriter, protocol: 2 | 3): boolean
}

const NEVER = Number.POSITIVE_INFINITY
const VERSION_AT = 2
const STORE_SHA = new TextEncoder().encode(STORE_SCRIPT.sha1)
const STORE_EACH_SHA = new TextEncoder().encode(STORE_EACH_SCRIPT.sha1)

const GET: HotCommand = {
  name: 'get',
  run(frame, { store, reads, now }, writer, protocol) {
    const slot = store.find(frame.bytes, frame.starts[1]!, frame.lengths[1]!, now)
    if (slot < 0) {
      reads.misses++
      writer.write(null, protocol)
    } else {
      reads.hits++
      store.use(slot, now)
      writer.writeBulk(store.bytesOf(slot), store.valueStart(slot), store.valueLength(slot))
    }
    return true
  },
}

const SET: HotCommand = {
  name: 'set',
  run(frame, { store, now }, writer, protocol) {
    const { bytes, starts, lengths } = frame
    const expiresAt = frame.count === 3 ? NEVER : deadlineOf(frame, now)
    if (expiresAt <= now) return false
    if (store.write(bytes, starts[1]!, lengths[1]!, starts[2]!, lengths[2]!, expiresAt, now) !== 'stored') return false
    writer.write('OK', protocol)
    return true
  },
}

/** The guarded write of one record: see `commands/guarded-write.ts`, which it must agree with. */
const STORE: HotCommand = {
  name: 'evalsha',
  run(frame, { store, now }, writer, protocol) {
    const { bytes, starts, lengths, count } = frame
    const keys = integerAt(frame, 2)
    // The record's key, registers; the envelope, its expiry, and a limit for each key if any.
    const envelope = 3 + keys
    if (keys < 1 || envelope + 2 > count || lengths[envelope]! < VERSION_AT + VERSION_BYTES) return false
    const expiry = integerAt(frame, envelope + 1)
    if (expiry < 0) return false
    const own = starts[envelope]! + VERSION_AT
    for (let i = 0; i < keys; i++) {
      const slot = store.find(bytes, starts[3 + i]!, lengths[3 + i]!, now)
      if (slot < 0) continue
      const limit = envelope + 2 + i
      const hasLimit = limit < count && lengths[limit]! > 0
      if (hasLimit && lengths[limit]! < VERSION_BYTES) return false
      const order = compareHeld(store, slot, bytes, hasLimit ? starts[limit]! : own)
      if (order > 0) return false
      // The same write again changes nothing.
      if (i === 0 && (hasLimit ? compareHeld(store, slot, bytes, own) : order) === 0) return false
    }
    const expiresAt = expiry === 0 ? NEVER : expiry
    if (expiresAt <= now) return false
    const at = starts[envelope]!
    if (store.write(bytes, starts[3]!, lengths[3]!, at, lengths[envelope]!, expiresAt, now) !== 'stored') return false
    writer.write(1, protocol)
    return true
  },
}

/** Several guarded writes, each on its own. */
const STORE_EACH: HotCommand = {
  name: 'evalsha',
  run(frame, { store, now }, writer, protocol) {
    const { bytes, starts, lengths, count } = frame
    const keys = integerAt(frame, 2)
    const registers = integerAt(frame, 3 + keys)
    if (registers < 0 || registers >= keys || count !== 4 + keys + 2 * (keys - registers)) return false
    for (let envelope = 4 + keys; envelope < count; envelope += 2) {
      const expiry = integerAt(frame, envelope + 1)
      if (lengths[envelope]! < VERSION_AT + VERSION_BYTES || (expiry <= now && expiry !== 0)) return false
    }
    const newest = newestHeld(store, frame, registers, now)
    let outcomes: Reply[] | undefined
    for (let i = 0; i < keys - registers; i++) {
      const key = 3 + registers + i
      const envelope = 4 + keys + 2 * i
      const [at, length] = [starts[envelope]!, lengths[envelope]!]
      const slot = store.find(bytes, starts[key]!, lengths[key]!, now)
      const order = slot < 0 ? -1 : compareHeld(store, slot, bytes, at + VERSION_AT)
      let inTheWay: Uint8Array | undefined
      if (order > 0 || (order === 0 && !isHeld(store, slot, bytes, at, length))) inTheWay = heldVersion(store, slot)
      else if (order < 0 && newest !== undefined && compareVersionAt(bytes, at + VERSION_AT, newest) < 0)
        inTheWay = newest
      else if (order < 0) {
        const expiresAt = integerAt(frame, envelope + 1) || NEVER
        // What is stored so far is run once more by the command table, for which that changes nothing.
        if (store.write(bytes, starts[key]!, lengths[key]!, at, length, expiresAt, now) !== 'stored') return false
      }
      if (inTheWay !== undefined) outcomes ??= new Array<Reply>(i).fill(1)
      outcomes?.push(inTheWay ?? 1)
    }
    writer.write(outcomes ?? 1, protocol)
    return true
  },
}

const MGET: HotCommand = {
  name: 'mget',
  run(frame, { store, reads, now }, writer, protocol) {
    const { bytes, starts, lengths, count } = frame
    writer.writeArray(count - 1)
    for (let part = 1; part < count; part++) {
      const slot = store.find(bytes, starts[part]!, lengths[part]!, now)
      if (slot < 0) {
        reads.misses++
        writer.write(null, protocol)
        continue
      }
      reads.hits++
      store.use(slot, now)
      writer.writeBulk(store.bytesOf(slot), store.valueStart(slot), store.valueLength(slot))
    }
    return true
  },
}

/** The hot command that a client means, of which the number of parts is right; `undefined` for any other. */
export function findHotCommand(frame: RequestFrame): HotCommand | undefined {
  const { bytes, count, lengths } = frame
  const at = frame.starts[0]!
  if (lengths[0] === 3) {
    // Letters differ by this bit from their upper case.
    const word = ((bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!) & 0xdfdfdf
    if (word === 0x474554 && count === 2) return GET
    if (word === 0x534554 && (count === 3 || count === 5)) return SET
  } else if (lengths[0] === 4) {
    if (count > 1 && isWord(bytes, at, 'MGET')) return MGET
  } else if (lengths[0] === 7 && count >= 6 && lengths[1] === STORE_SHA.length && isWord(bytes, at, 'EVALSHA')) {
    if (isAt(bytes, frame.starts[1]!, STORE_SHA)) return STORE
    if (isAt(bytes, frame.starts[1]!, STORE_EACH_SHA)) return STORE_EACH
  }
  return undefined
}

/** Whether the version that stands in a slot is older (negative), the same or newer than the one given; older if none. */
function compareHeld(store: ByteStore, slot: number, version: Uint8Array, at: number): number {
  const held = store.bytesOf(slot)
  const start = store.valueStart(slot)
  if (store.valueLength(slot) < VERSION_AT + VERSION_BYTES || held[start] !== ENVELOPE_FORMAT) return -1
  for (let i = 0; i < VERSION_BYTES; i++) {
    const difference = held[start + VERSION_AT + i]! - version[at + i]!
    if (difference !== 0) return difference
  }
  return 0
}

/** The newest version that stands under the first so many keys of a guarded write, if there is one. */
function newestHeld(store: ByteStore, frame: RequestFrame, registers: number, now: number): Uint8Array | undefined {
  let newest: Uint8Array | undefined
  for (let i = 0; i < registers; i++) {
    const slot = store.find(frame.bytes, frame.starts[3 + i]!, frame.lengths[3 + i]!, now)
    const version = slot < 0 ? undefined : heldVersion(store, slot)
    if (version !== undefined && (newest === undefined || compareVersions(version, newest) > 0)) newest = version
  }
  return newest
}

function heldVersion(store: ByteStore, slot: number): Uint8Array | undefined {
  const start = store.valueStart(slot)
  return versionOf(store.bytesOf(slot).subarray(start, start + store.valueLength(slot)))
}

/** Whether what lies in a slot is what stands there, byte by byte. */
function isHeld(store: ByteStore, slot: number, bytes: Uint8Array, at: number, length: number): boolean {
  const held = store.bytesOf(slot)
  const start = store.valueStart(slot)
  if (store.valueLength(slot) !== length) return false
  for (let i = 0; i < length; i++) if (held[start + i] !== bytes[at + i]) return false
  return true
}

/** When a SET with two words more lets the entry expire, epoch ms; -1 when that is not for here. */
function deadlineOf(frame: RequestFrame, now: number): number {
  const { bytes, starts, lengths } = frame
  const at = starts[3]!
  const amount = integerAt(frame, 4)
  if (amount <= 0) return -1
  if (lengths[3] === 2 && isWord(bytes, at, 'PX')) return now + amount
  if (lengths[3] === 2 && isWord(bytes, at, 'EX')) return now + amount * 1000
  if (lengths[3] === 4 && isWord(bytes, at, 'PXAT')) return amount
  return -1
}

/** A part as an integer that is not negative; -1 when it is none, or so long that it may not be exact. */
function integerAt({ bytes, starts, lengths }: RequestFrame, part: number): number {
  const start = starts[part]!
  const length = lengths[part]!
  if (length === 0 || length > 15 || (length > 1 && bytes[start] === 0x30)) return -1
  let value = 0
  for (let at = start; at < start + length; at++) {
    const digit = bytes[at]! - 0x30
    if (digit < 0 || digit > 9) return -1
    value = value * 10 + digit
  }
  return value
}

/** Whether letters stand there, in any case. */
function isWord(bytes: Uint8Array, at: number, word: string): boolean {
  for (let i = 0; i < word.length; i++) if ((bytes[at + i]! & 0xdf) !== word.charCodeAt(i)) return false
  return true
}

function isAt(bytes: Uint8Array, at: number, wanted: Uint8Array): boolean {
  for (let i = 0; i < wanted.length; i++) if (bytes[at + i] !== wanted[i]) return false
  return true
}
