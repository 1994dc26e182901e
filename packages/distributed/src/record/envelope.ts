/**
 * Records as bytes: the one envelope that lies under every key of a node. Big endian.
 *
 *   0        format, 0x01
 *   1        flags: bit 0 tombstone, bit 1 compressed, bit 2 encrypted, bit 3 tagged, bits 4–7 codec
 *   2–15     version
 *   16       for how long beyond its expiry nodes keep it, s (a coarse duration)
 *   17       how long its load took, ms (a coarse duration)
 *   18–23    expiry, ms since the epoch; 0 = never
 *   24…      if tagged: u8 count (1–255), then for each tag u16 length and UTF-8
 *   …        payload
 *   last 4   CRC-32 of everything before, begun from a hash of the key
 *
 * There is exactly one envelope for a record under a key, and what is not exactly that never decodes under it. The checksum
 * notices every change that lies within 4 neighbouring bytes of the envelope, or of the key, there counted from the start (each
 * step of its hash is a bijection in its block and in what went before), and misses any other damage once in 2^32. Knows no
 * codec and no node.
 */
import { CacheSerializationError } from '@mtaio/exceptions'
import { murmur3 } from '../placement/hash.js'
import { coarse, coarseCode } from './coarse-duration.js'
import { crc32 } from './crc32.js'
import { VERSION_BYTES, type Version } from './version.js'
import type { WireRecord } from './wire-record.js'
import { putWord, wordAt } from './words.js'

/** The first byte of every envelope that this version writes and reads. */
export const ENVELOPE_FORMAT = 0x01
/** Bytes that an envelope has beside tags and payload. */
export const ENVELOPE_OVERHEAD = 28
/** The most tags that one record can carry. */
export const MAX_TAGS = 255
/** The latest expiry that there is room for, in the year 10889. */
export const MAX_EXPIRY = 2 ** 48 - 1
/** The longest tag, in bytes of UTF-8. */
export const MAX_TAG_BYTES = 65535

const TOMBSTONE = 1
const COMPRESSED = 2
const ENCRYPTED = 4
const TAGGED = 8
const VERSION_AT = 2
const GRACE_AT = 16
const LOAD_TIME_AT = 17
const EXPIRY_AT = 18
const BODY_AT = 24
const CHECKSUM_BYTES = 4
const CHECKSUM_SEED = 0x6d746131
/** Formats of our own stay below this, so that text and other applications' bytes are not taken for a newer format. */
const FIRST_FOREIGN_FORMAT = 0x10

const encoder = new TextEncoder()
// A byte order mark is a character of the tag like any other.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * The record as bytes, which are nobody else's. O(size).
 *
 * @param key - the physical key under which it is to lie: under another one it does not decode
 * @throws CacheSerializationError, naming the field, when the record cannot be written: a version that has not 14
 * bytes, a codec out of 0–15, an expiry that is not a whole number of milliseconds, more than 255 tags, a tag over
 * 65535 bytes, a tombstone that carries anything
 */
export function encodeEnvelope(record: WireRecord, key: string): Uint8Array {
  const tags = checkRecord(record)
  const { payload } = record
  const payloadAt = BODY_AT + tagsLength(tags)
  const bytes = roomFor(payloadAt + payload.length + CHECKSUM_BYTES)
  putHead(bytes, record, tags)
  bytes.set(payload, payloadAt)
  const end = payloadAt + payload.length
  putWord(bytes, end, checksum(bytes, end, key))
  return bytes
}

/** Small envelopes lie side by side in a page: memory of their own would cost several times what is written into it. */
const PAGE = 8192
let page = new Uint8Array(PAGE)
let used = 0

function roomFor(length: number): Uint8Array {
  if (length > PAGE / 8) return new Uint8Array(length)
  if (used + length > PAGE) {
    page = new Uint8Array(PAGE)
    used = 0
  }
  used += length
  return page.subarray(used - length, used)
}

function checksum(bytes: Uint8Array, end: number, key: string): number {
  return crc32(bytes, checksumSeed(key), 0, end)
}

/** What the checksum of what lies under a key begins from. */
export function checksumSeed(key: string): number {
  return murmur3(key, CHECKSUM_SEED)
}

/** A register as bytes, with what it says, where only the seed of its checksum is known. O(body). */
export function sealedRegister(version: Version, body: Uint8Array, seed: number): Uint8Array {
  const end = BODY_AT + body.length
  const bytes = new Uint8Array(end + CHECKSUM_BYTES)
  bytes[0] = ENVELOPE_FORMAT
  bytes[1] = TOMBSTONE
  bytes.set(version, VERSION_AT)
  bytes.set(body, BODY_AT)
  putWord(bytes, end, crc32(bytes, seed, 0, end))
  return bytes
}

/** What an envelope without tags carries, unchecked. */
export function bodyOf(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(BODY_AT, bytes.length - CHECKSUM_BYTES)
}

/** The envelope up to its payload: all that is said of a record beside its value. O(tags). @throws as `encodeEnvelope` */
export function envelopeHead(record: WireRecord): Uint8Array {
  const tags = checkRecord(record)
  const bytes = new Uint8Array(BODY_AT + tagsLength(tags))
  putHead(bytes, record, tags)
  return bytes
}

function tagsLength(tags: readonly Uint8Array[]): number {
  let length = tags.length > 0 ? 1 : 0
  for (const tag of tags) length += 2 + tag.length
  return length
}

function putHead(bytes: Uint8Array, record: WireRecord, tags: readonly Uint8Array[]): void {
  bytes[0] = ENVELOPE_FORMAT
  bytes[1] =
    (record.tombstone ? TOMBSTONE : 0) |
    (record.compressed ? COMPRESSED : 0) |
    (record.encrypted ? ENCRYPTED : 0) |
    (tags.length > 0 ? TAGGED : 0) |
    (record.codec << 4)
  bytes.set(record.version, VERSION_AT)
  putWord(bytes, GRACE_AT, Math.floor(record.expiresAt / 0x1_0000_0000))
  bytes[GRACE_AT] = coarseCode(record.grace)
  bytes[LOAD_TIME_AT] = coarseCode(record.loadTime)
  putWord(bytes, EXPIRY_AT + 2, record.expiresAt)

  if (tags.length === 0) return
  let at = BODY_AT
  bytes[at++] = tags.length
  for (const tag of tags) {
    bytes[at] = tag.length >>> 8
    bytes[at + 1] = tag.length
    bytes.set(tag, at + 2)
    at += 2 + tag.length
  }
}

/**
 * The record that `bytes` hold. Its payload is a view into `bytes`, not a copy; its version is a copy. O(size).
 *
 * @param physical - the key on the nodes under which the bytes lay
 * @param node - the node (`host:port`) that they came from, for the error
 * @param key - what its user calls the key, for the error
 * @throws CacheSerializationError naming key and node when the bytes are not exactly one envelope of this key: another
 * application's, another key's, cut short, damaged, or of a newer format
 */
export function decodeEnvelope(bytes: Uint8Array, physical: string, node?: string, key = physical): WireRecord {
  const format = bytes[0]
  if (format !== ENVELOPE_FORMAT) {
    if (format === undefined || format === 0 || format >= FIRST_FOREIGN_FORMAT) {
      throw undecodable(key, node, `is not an mtaio envelope; ${FOREIGN}`)
    }
    throw undecodable(
      key,
      node,
      `has envelope format ${format}, written by a newer mtaio (this one reads format ${ENVELOPE_FORMAT}); ` +
        'upgrade this client, or give the two versions different namespaces',
    )
  }
  const end = bytes.length - CHECKSUM_BYTES
  if (end < BODY_AT) throw undecodable(key, node, `is cut short (${bytes.length} bytes); ${DAMAGED}`)
  if (checksum(bytes, end, physical) !== wordAt(bytes, end)) {
    throw undecodable(
      key,
      node,
      `fails its checksum: damaged, cut short, written under another key or not an mtaio envelope; ${DAMAGED}`,
    )
  }

  const flags = bytes[1]!
  const tombstone = (flags & TOMBSTONE) !== 0
  const expiresAt = expiryAt(bytes, 0)
  // What never expires is a register, which may say something.
  const isBare = flags === TOMBSTONE && bytes[GRACE_AT] === 0 && bytes[LOAD_TIME_AT] === 0
  if (tombstone && !(isBare && (end === BODY_AT || expiresAt === 0))) {
    throw undecodable(key, node, `is a tombstone that carries a value; ${FOREIGN}`)
  }

  const tags: string[] = []
  const payloadAt = (flags & TAGGED) === 0 ? BODY_AT : readTags(bytes, end, tags)
  if (payloadAt < 0) throw undecodable(key, node, `has a malformed list of tags; ${FOREIGN}`)

  return {
    version: copyVersion(bytes),
    tombstone,
    compressed: (flags & COMPRESSED) !== 0,
    encrypted: (flags & ENCRYPTED) !== 0,
    codec: flags >>> 4,
    expiresAt,
    grace: coarse(bytes[GRACE_AT]!),
    loadTime: coarse(bytes[LOAD_TIME_AT]!),
    tags,
    // Not `subarray`: of a Node Buffer that would be a Buffer again, with methods that differ from Uint8Array's.
    payload: new Uint8Array(bytes.buffer, bytes.byteOffset + payloadAt, end - payloadAt),
  }
}

/**
 * Whether the bytes from `start` to `end` are exactly one envelope of this key, and nothing is to be done about what it holds but
 * to hand it over: a value that is alive at `now`, ms since the epoch, as its codec wrote it, without tags. O(size), allocates nothing.
 */
export function isPlainAt(bytes: Uint8Array, start: number, end: number, physical: string, now: number): boolean {
  if (bytes[start] !== ENVELOPE_FORMAT || end - start < ENVELOPE_OVERHEAD) return false
  if ((bytes[start + 1]! & (TOMBSTONE | COMPRESSED | ENCRYPTED | TAGGED)) !== 0) return false
  const expiresAt = expiryAt(bytes, start)
  if (expiresAt !== 0 && now >= expiresAt) return false
  const summed = end - CHECKSUM_BYTES
  return crc32(bytes, checksumSeed(physical), start, summed) === wordAt(bytes, summed)
}

/** Where in a plain envelope the parts of it stand, counted from its first byte; the payload ends as far from its last. */
export const PLAIN = { version: VERSION_AT, payload: BODY_AT, end: CHECKSUM_BYTES } as const

/** Which codec wrote the payload of the envelope that begins at `start`. */
export function codecAt(bytes: Uint8Array, start: number): number {
  return bytes[start + 1]! >>> 4
}

function expiryAt(bytes: Uint8Array, start: number): number {
  return (wordAt(bytes, start + GRACE_AT) & 0xffff) * 0x1_0000_0000 + wordAt(bytes, start + EXPIRY_AT + 2)
}

/**
 * The version of what looks like an envelope: format byte first and at least 16 bytes. It is what the guarded write
 * compares; nothing more is checked. `undefined` for anything else. O(1).
 */
export function versionOf(bytes: Uint8Array): Version | undefined {
  return bytes.length >= GRACE_AT && bytes[0] === ENVELOPE_FORMAT ? copyVersion(bytes) : undefined
}

const DAMAGED = 'delete the key or set it anew'
const FOREIGN = 'another application may use this key: choose a namespace of your own, or delete the key'

function undecodable(key: string, node: string | undefined, what: string): CacheSerializationError {
  const where = node === undefined ? '' : ` on ${node}`
  return new CacheSerializationError(`what lies under ${JSON.stringify(key)}${where} ${what}`, { key, node })
}

/** Reads the tags up to `end` into `tags`; where the payload begins, or -1 when they are malformed. */
function readTags(bytes: Uint8Array, end: number, tags: string[]): number {
  if (end <= BODY_AT) return -1
  const count = bytes[BODY_AT]!
  // "Tagged, with none" would be a second envelope for an untagged record.
  if (count === 0) return -1
  let at = BODY_AT + 1
  for (let i = 0; i < count; i++) {
    if (at + 2 > end) return -1
    const length = bytes[at]! * 0x100 + bytes[at + 1]!
    at += 2
    if (at + length > end) return -1
    try {
      tags.push(decoder.decode(new Uint8Array(bytes.buffer, bytes.byteOffset + at, length)))
    } catch {
      return -1
    }
    at += length
  }
  return at
}

/** The record's tags in UTF-8, once everything about it was found writable. */
function checkRecord(record: WireRecord): readonly Uint8Array[] {
  const { version, codec, expiresAt, tags, payload, tombstone } = record
  if (version.length !== VERSION_BYTES)
    throw unwritable(`its version has ${version.length} bytes, not ${VERSION_BYTES}`)
  if (!Number.isInteger(codec) || codec < 0 || codec > 15) throw unwritable(`codec is ${codec}, not 0–15`)
  if (!Number.isInteger(expiresAt) || expiresAt < 0 || expiresAt > MAX_EXPIRY) {
    throw unwritable(
      `expiresAt is ${expiresAt}, not whole milliseconds since the epoch (0 for never), at most 2^48 − 1`,
    )
  }
  const isMarked = codec !== 0 || record.compressed || record.encrypted || record.grace > 0 || record.loadTime > 0
  if (tombstone && ((payload.length > 0 && expiresAt !== 0) || tags.length > 0 || isMarked)) {
    throw unwritable('a tombstone carries no payload, unless it is a register, and no tags, codec or other flag')
  }
  if (tags.length > MAX_TAGS) throw unwritable(`it has ${tags.length} tags; at most ${MAX_TAGS} fit`)
  return tags.map((tag) => {
    const bytes = encoder.encode(tag)
    if (bytes.length <= MAX_TAG_BYTES) return bytes
    throw unwritable(
      `the tag ${JSON.stringify(tag.slice(0, 40))}… has ${bytes.length} bytes; at most ${MAX_TAG_BYTES} fit`,
    )
  })
}

function unwritable(why: string): CacheSerializationError {
  return new CacheSerializationError(`the record cannot be written: ${why}`)
}

/** A copy, so that a version that is kept does not keep the whole envelope (of a Buffer, `slice` would be a view). */
function copyVersion(bytes: Uint8Array): Version {
  const version = new Uint8Array(VERSION_BYTES)
  for (let i = 0; i < VERSION_BYTES; i++) version[i] = bytes[VERSION_AT + i]!
  return version
}
