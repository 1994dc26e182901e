/**
 * Which keys of a namespace were removed by the beginning of their names, and when: pairs of a prefix and a version, older
 * ones first. As bytes: u16 length and UTF-8 of the prefix, 14 bytes of version, again and again.
 *
 * Bounded. Beyond the bounds the two oldest become one: what both begin with, under the newer version. That removes more
 * than was asked, never less: every key that either prefix removed begins with that, too, and no version grew smaller.
 */
import { compareVersions, NO_VERSION, newerVersion, VERSION_BYTES, type Version } from './version.js'

export interface PrefixRule {
  readonly prefix: string
  readonly version: Version
}

const MOST_RULES = 1024
const MOST_BYTES = 65_536
const OVERHEAD = 2 + VERSION_BYTES

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The rules of several lists together, without those that another one makes needless, within the bounds. */
export function mergedRules(...lists: readonly (readonly PrefixRule[])[]): PrefixRule[] {
  const newest = new Map<string, Version>()
  for (const { prefix, version } of lists.flat()) {
    newest.set(prefix, newerVersion(version, newest.get(prefix) ?? NO_VERSION))
  }
  const sorted = [...newest].sort(([, a], [, b]) => compareVersions(a, b))
  const rules: PrefixRule[] = []
  for (const [i, [prefix, version]] of sorted.entries()) {
    const isNeedless = sorted.some(([other], j) => j > i && prefix.startsWith(other))
    if (!isNeedless) rules.push({ prefix, version })
  }
  let bytes = rules.reduce((sum, { prefix }) => sum + OVERHEAD + encoder.encode(prefix).length, 0)
  while (rules.length > 1 && (rules.length > MOST_RULES || bytes > MOST_BYTES)) {
    const [first, second] = rules.splice(0, 2) as [PrefixRule, PrefixRule]
    const prefix = commonBeginning(first.prefix, second.prefix)
    bytes -= OVERHEAD + encoder.encode(first.prefix).length + encoder.encode(second.prefix).length
    bytes += encoder.encode(prefix).length
    rules.unshift({ prefix, version: second.version })
  }
  return rules
}

/** The newest version under which a key was removed; `NO_VERSION` when it was not. */
export function removedAt(key: string, rules: readonly PrefixRule[]): Version {
  let newest = NO_VERSION
  for (const { prefix, version } of rules) if (key.startsWith(prefix)) newest = newerVersion(newest, version)
  return newest
}

export function encodePrefixes(rules: readonly PrefixRule[]): Uint8Array {
  const names = rules.map(({ prefix }) => encoder.encode(prefix))
  const bytes = new Uint8Array(names.reduce((sum, { length }) => sum + OVERHEAD + length, 0))
  let at = 0
  for (const [i, { version }] of rules.entries()) {
    const name = names[i]!
    bytes[at] = name.length >>> 8
    bytes[at + 1] = name.length
    bytes.set(name, at + 2)
    bytes.set(version, at + 2 + name.length)
    at += OVERHEAD + name.length
  }
  return bytes
}

/** `undefined` when the bytes are no list. */
export function decodePrefixes(bytes: Uint8Array): PrefixRule[] | undefined {
  const rules: PrefixRule[] = []
  for (let at = 0; at < bytes.length; ) {
    const length = bytes[at]! * 0x100 + (bytes[at + 1] ?? 0)
    const end = at + OVERHEAD + length
    if (end > bytes.length) return undefined
    try {
      rules.push({
        prefix: decoder.decode(bytes.subarray(at + 2, at + 2 + length)),
        version: bytes.slice(at + 2 + length, end),
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
