/** Registers: one version under a key of its own that says "what is older is dead", for a namespace or a tag. */
import { murmur3, murmur3Bytes } from '../placement/hash.js'
import { ENVELOPE_OVERHEAD, encodeEnvelope } from '../record/envelope.js'
import { timeOf, type Version } from '../record/version.js'
import { tombstoneOf } from '../record/wire-record.js'
import { putWord, wordAt } from '../record/words.js'
import { CLOCKS_AGREE_WITHIN } from './register-version.js'

const TAG_SEED = 0x746167
/** Where the instant stands behind a register of the second kind. */
const AT = ENVELOPE_OVERHEAD
const CHECK = AT + 8
const STALE_BYTES = CHECK + 4
const STALE_SEED = 0x7374616c

/** The register of everything in a namespace. */
export function clearedRegister(path: string): string {
  return `!cleared:${path}`
}

/**
 * The register of a tag within a namespace. Tags share 65,536 of them, by their hash: so many registers a namespace has on a
 * node at most, whatever tags there are. Whoever invalidates a tag removes what carries another one of the same register,
 * too: of what was written before, one in 65,536.
 */
export function tagRegister(path: string, tag: string): string {
  return `!tag:${path}:${bucketOf(tag)}`
}

/** The same for what is to count as expired. */
export function staleRegister(path: string, tag: string): string {
  return `!stale:${path}:${bucketOf(tag)}`
}

function bucketOf(tag: string): string {
  return (murmur3(tag, TAG_SEED) & 0xffff).toString(16).padStart(4, '0')
}

/** Where a namespace keeps which keys were removed by their beginnings. */
export function prefixList(path: string): string {
  return `!prefixes:${path}`
}

/** The list of prefixes that belongs to a register of a namespace. */
export function prefixListOf(cleared: string): string {
  return prefixList(cleared.slice('!cleared:'.length))
}

/** Whether a physical key is that of the register of everything in a namespace. */
export function isClearedRegister(key: string): boolean {
  return key.startsWith('!cleared:')
}

/** Whether a physical key is that of a list of prefixes, in whichever copy. */
export function isPrefixList(key: string): boolean {
  return /^(?:\{\d+\})?!prefixes:/.test(key)
}

/** The register that belongs to a list of prefixes, in the same copy. */
export function registerOfList(list: string): string {
  return list.replace('!prefixes:', '!cleared:')
}

/** The name of a register, whichever copy it is that a node which is a cluster keeps of it. */
export function withoutCopy(key: string): string {
  return key.replace(/^\{\d+\}!/, '!')
}

/** The registers of everything in a namespace and in those above it, outermost first. */
export function clearedRegisters(path: string): string[] {
  const names = path.split('/')
  return names.map((_, i) => clearedRegister(names.slice(0, i + 1).join('/')))
}

/** Whether a physical key is that of a register. */
export function isRegisterKey(key: string): boolean {
  return /^!(?:cleared|tag|stale|prefixes|newest):/.test(key)
}

/**
 * The register of the newest register: as new as any clear or invalidation in the namespace `path` belongs to. It kills
 * nothing. Who writes a register meets it, and so goes past what others may have written after an earlier register.
 */
export function newestRegister(path: string): string {
  return `!newest:${path.split('/')[0]}`
}

/** Whether a physical key is that of a group of keys that transactions are decided for. */
export function isGroupKey(key: string): boolean {
  return key.startsWith('!txn:')
}

/** Whether a physical key is that of a load's lease: over in a moment, and given back meanwhile, perhaps. */
export function isLeaseKey(key: string): boolean {
  return key.startsWith('!lease:')
}

/** When what a register of the second kind rules over has expired, ms since the epoch. */
export function expiredAt(bytes: Uint8Array, version: Version): number {
  // A copy made by repair says no more than its version, which went ahead of the clock; a damaged one is believed no more than that.
  const isWhole = bytes.length === STALE_BYTES && murmur3Bytes(bytes, STALE_SEED, 0, CHECK) === wordAt(bytes, CHECK)
  if (!isWhole) return timeOf(version) - CLOCKS_AGREE_WITHIN
  return wordAt(bytes, AT) * 0x1_0000_0000 + wordAt(bytes, AT + 4)
}

/** A register of the second kind: followed by the instant at which it was written, and a checksum of all that. */
export function staleEnvelope(version: Version, key: string, now: number): Uint8Array {
  const bytes = new Uint8Array(STALE_BYTES)
  bytes.set(registerEnvelope(version, key))
  putWord(bytes, AT, Math.floor(now / 0x1_0000_0000))
  putWord(bytes, AT + 4, Math.floor(now))
  putWord(bytes, CHECK, murmur3Bytes(bytes, STALE_SEED, 0, CHECK))
  return bytes
}

/** A register as bytes: a tombstone that never expires. */
export function registerEnvelope(version: Version, key: string): Uint8Array {
  return encodeEnvelope(tombstoneOf(version, 0), key)
}
