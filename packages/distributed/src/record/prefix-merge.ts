/** What the script that merges lists of prefixes does (`prefix-script.ts`), over what a node holds. Pure; a test holds it against the script. */
import { crc32 } from './crc32.js'
import { sealedRegister } from './envelope.js'
import { RULE_OVERHEAD } from './prefix-list.js'
import { MOST_HELD, MOST_HELD_BYTES } from './prefix-script.js'
import { compareVersions, isAboutPrefixes, NO_VERSION, VERSION_BYTES, type Version } from './version.js'
import { putWord, wordAt } from './words.js'

type Bytes = Uint8Array
/** Versions by prefix, whose bytes are the characters of a string. */
type Rules = Map<string, Version>

/** What lies under both keys, and what they are seeded with. */
export interface HeldPrefixes {
  /** The version of the register; `undefined` when there is none. */
  readonly register: Version | undefined
  readonly list: Bytes | undefined
  readonly seeds: readonly [register: number, list: number]
}

/** What is to be stored under both keys; or 1 and nothing; or a version in the way. */
export type Merged = { readonly register: Bytes; readonly list: Bytes } | 1 | Version

const BODY_AT = 24
/** Time and counter of a version. */
const COUNTED = 8
const CHECKSUM_BYTES = 4
const FIRST_EDITION = 1

/** @param given - what is known under `own`; `undefined` for what is no list */
export function mergePrefixes(held: HeldPrefixes, own: Version, given: Rules): Merged {
  const { register, seeds } = held
  const order = register === undefined ? 1 : compareVersions(own, register)
  let known: Rules | undefined
  if (register !== undefined && !isAboutPrefixes(register)) known = new Map([['', register]])
  else known = standing(held)
  if (known === undefined) {
    if (order < 0) return register!
    known = new Map()
  }
  const all = new Map(known)
  for (const [prefix, version] of given) {
    const there = all.get(prefix)
    if (there === undefined || compareVersions(version, there) > 0) all.set(prefix, version)
  }
  const kept: Bytes[] = []
  let [size, ofKnown, ofGiven] = [0, 0, 0]
  const lengths = new Set([...all.keys()].map(({ length }) => length))
  for (const [prefix, version] of all) {
    if (isNeedless(prefix, version, all, lengths)) continue
    kept.push(ruleOf(prefix, version))
    size += RULE_OVERHEAD + prefix.length
    if (isSame(known.get(prefix), version)) ofKnown++
    if (isSame(given.get(prefix), version)) ofGiven++
  }
  if (order <= 0 && ofKnown === kept.length) return isAboutPrefixes(register!) ? 1 : register!
  if (kept.length > MOST_HELD || size > MOST_HELD_BYTES) return own
  const isOwn = order >= 0 && ofGiven === kept.length
  const version = isOwn ? own : joined(register ?? NO_VERSION, own)
  kept.sort(compareBytes)
  const body = new Uint8Array(size)
  let at = 0
  for (const rule of kept) {
    body.set(rule, at)
    at += rule.length
  }
  return {
    register: sealedRegister(version, new Uint8Array(0), seeds[0]),
    list: sealedRegister(version, body, seeds[1]),
  }
}

/** The rules of a list as bytes; `undefined` when they are none. */
export function rulesIn(bytes: Bytes): Rules | undefined {
  const rules: Rules = new Map()
  for (let at = 0; at < bytes.length; ) {
    const end = at + RULE_OVERHEAD + bytes[at + VERSION_BYTES]! * 0x100 + bytes[at + VERSION_BYTES + 1]!
    if (!(end <= bytes.length)) return undefined
    rules.set(textOf(bytes, at + RULE_OVERHEAD, end), bytes.slice(at, at + VERSION_BYTES))
    at = end
  }
  return rules
}

/** What the node's own list says, if it is the one that its register speaks of and is sound. */
function standing({ register, list, seeds }: HeldPrefixes): Rules | undefined {
  if (list === undefined || list.length < BODY_AT + CHECKSUM_BYTES || list[0] !== 1) return undefined
  const end = list.length - CHECKSUM_BYTES
  if (register !== undefined && compareVersions(list.subarray(2), register) !== 0) return undefined
  if (crc32(list, seeds[1], 0, end) !== wordAt(list, end)) return undefined
  return rulesIn(list.subarray(BODY_AT, end))
}

/** The version of what two know together: the next after the newer one, told from others by a checksum of both. */
function joined(a: Version, b: Version): Version {
  const [older, newer] = compareVersions(a, b) > 0 ? [b, a] : [a, b]
  const version = Uint8Array.from(newer)
  for (let i = COUNTED - 1; i >= 0; i--) {
    version[i] = version[i]! + 1
    // Bytes wrap around, and then the next one counts.
    if (version[i] !== 0) break
  }
  const both = new Uint8Array(2 * VERSION_BYTES)
  both.set(older)
  both.set(newer, VERSION_BYTES)
  putWord(version, COUNTED, crc32(both, 0, 0, both.length))
  version[VERSION_BYTES - 2] = 0
  version[VERSION_BYTES - 1] = FIRST_EDITION
  return version
}

function ruleOf(prefix: string, version: Version): Bytes {
  const rule = new Uint8Array(RULE_OVERHEAD + prefix.length)
  rule.set(version)
  rule[VERSION_BYTES] = prefix.length >>> 8
  rule[VERSION_BYTES + 1] = prefix.length
  for (let i = 0; i < prefix.length; i++) rule[RULE_OVERHEAD + i] = prefix.charCodeAt(i)
  return rule
}

/** Without what a shorter prefix removes as well. O(lengths that there are). */
function isNeedless(prefix: string, version: Version, all: Rules, lengths: ReadonlySet<number>): boolean {
  for (const length of lengths) {
    if (length >= prefix.length) continue
    const above = all.get(prefix.slice(0, length))
    if (above !== undefined && compareVersions(above, version) >= 0) return true
  }
  return false
}

function isSame(a: Version | undefined, b: Version): boolean {
  return a !== undefined && compareVersions(a, b) === 0
}

function compareBytes(a: Bytes, b: Bytes): number {
  const end = Math.min(a.length, b.length)
  for (let i = 0; i < end; i++) if (a[i] !== b[i]) return a[i]! - b[i]!
  return a.length - b.length
}

function textOf(bytes: Bytes, start: number, end: number): string {
  let text = ''
  for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i]!)
  return text
}
