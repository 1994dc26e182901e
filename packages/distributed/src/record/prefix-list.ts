/**
 * Which keys of a namespace were removed by the beginning of their names, and when: pairs of a prefix and a version. As
 * bytes, the older ones first: 14 bytes of version, u16 length and UTF-8 of the prefix, again and again.
 *
 * Bounded. Beyond the bounds the two oldest become one: what both begin with, under the newer version. That removes more
 * than was asked, never less: every key that either prefix removed begins with that, too, and no version grew smaller.
 */
import { compareVersions, NO_VERSION, newerVersion, VERSION_BYTES, type Version } from './version.js'

export interface PrefixRule {
  readonly prefix: string
  readonly version: Version
}

/** What clients write. */
const MOST_RULES = 1024
const MOST_BYTES = 65_536
/** What a rule has beside its prefix. */
export const RULE_OVERHEAD = VERSION_BYTES + 2

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The rules of several lists together, without those that another one makes needless, within the bounds. */
export function mergedRules(...lists: readonly (readonly PrefixRule[])[]): PrefixRule[] {
  const newest = new Map<string, Version>()
  for (const { prefix, version } of lists.flat()) {
    newest.set(prefix, newerVersion(version, newest.get(prefix) ?? NO_VERSION))
  }
  const rules = [...newest]
    .filter(([prefix, version]) => !isNeedless(prefix, version, newest))
    .map(([prefix, version]): PrefixRule => ({ prefix, version }))
    .sort((a, b) => compareVersions(a.version, b.version))
  let bytes = rules.reduce((sum, { prefix }) => sum + sizeOf(prefix), 0)
  while (rules.length > 1 && (rules.length > MOST_RULES || bytes > MOST_BYTES)) {
    const [first, second] = rules.splice(0, 2) as [PrefixRule, PrefixRule]
    const prefix = commonBeginning(first.prefix, second.prefix)
    bytes -= sizeOf(first.prefix) + sizeOf(second.prefix)
    // What a newer one removes, too, is gone already.
    if (rules.some((newer) => prefix.startsWith(newer.prefix))) continue
    bytes += sizeOf(prefix)
    rules.unshift({ prefix, version: second.version })
  }
  return rules
}

/** Whether a shorter prefix removes as much. O(prefix). */
function isNeedless(prefix: string, version: Version, newest: ReadonlyMap<string, Version>): boolean {
  for (let length = 0; length < prefix.length; length++) {
    const above = newest.get(prefix.slice(0, length))
    if (above !== undefined && compareVersions(above, version) >= 0) return true
  }
  return false
}

function sizeOf(prefix: string): number {
  return RULE_OVERHEAD + encoder.encode(prefix).length
}

/** The newest version under which a key was removed; `NO_VERSION` when it was not. */
export function removedAt(key: string, rules: readonly PrefixRule[]): Version {
  let newest = NO_VERSION
  for (const { prefix, version } of rules) if (key.startsWith(prefix)) newest = newerVersion(newest, version)
  return newest
}

export function encodePrefixes(rules: readonly PrefixRule[]): Uint8Array {
  const names = rules.map(({ prefix }) => encoder.encode(prefix))
  const bytes = new Uint8Array(names.reduce((sum, { length }) => sum + RULE_OVERHEAD + length, 0))
  let at = 0
  for (const [i, { version }] of rules.entries()) {
    const name = names[i]!
    bytes.set(version, at)
    bytes[at + VERSION_BYTES] = name.length >>> 8
    bytes[at + VERSION_BYTES + 1] = name.length
    bytes.set(name, at + RULE_OVERHEAD)
    at += RULE_OVERHEAD + name.length
  }
  return bytes
}

/** `undefined` when the bytes are no list. */
export function decodePrefixes(bytes: Uint8Array): PrefixRule[] | undefined {
  const rules: PrefixRule[] = []
  for (let at = 0; at < bytes.length; ) {
    const length = bytes[at + VERSION_BYTES]! * 0x100 + bytes[at + VERSION_BYTES + 1]!
    const end = at + RULE_OVERHEAD + length
    if (!(end <= bytes.length)) return undefined
    try {
      rules.push({
        version: Uint8Array.prototype.slice.call(bytes, at, at + VERSION_BYTES),
        prefix: decoder.decode(bytes.subarray(at + RULE_OVERHEAD, end)),
      })
    } catch {
      return undefined
    }
    at = end
  }
  return rules
}

function commonBeginning(a: string, b: string): string {
  let length = 0
  while (length < a.length && a[length] === b[length]) length++
  // Half of a surrogate pair has no bytes of its own.
  if (length > 0 && /[\ud800-\udbff]/.test(a[length - 1]!)) length--
  return a.slice(0, length)
}
