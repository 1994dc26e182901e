/**
 * Versions: which of two writes is the newer one. 14 bytes, big endian, compared as unsigned bytes, so that a server's
 * script orders them as this client does:
 *
 *   48-bit ms since the epoch | 16-bit counter | 32-bit writer | 16-bit edition
 *
 * The first 8 bytes come from the writer's VersionClock; the writer's random bits keep two writers apart; the edition
 * counts what was done on top of one write and is to be older than every other write: in its upper byte the
 * transactions that replaced it, in its lower one the changes to its life (`touch`). Knows no clock, no record and no node.
 */

import { putWord, wordAt } from './words.js'

/** 14 bytes. Never changed once made. */
export type Version = Uint8Array

/** How many bytes a version has. */
export const VERSION_BYTES = 14

/** Older than every version that a clock gives: "none seen". */
export const NO_VERSION: Version = new Uint8Array(VERSION_BYTES)

const LAST = 0xff

/** Negative when `a` is the older one, positive when it is the newer one, 0 when they are the same. */
export function compareVersions(a: Version, b: Version): number {
  for (let i = 0; i < VERSION_BYTES; i++) {
    const difference = a[i]! - b[i]!
    if (difference !== 0) return difference
  }
  return 0
}

/** The same with the version that stands in `bytes` at `at`. */
export function compareVersionAt(bytes: Uint8Array, at: number, b: Version): number {
  for (let i = 0; i < VERSION_BYTES; i++) {
    const difference = bytes[at + i]! - b[i]!
    if (difference !== 0) return difference
  }
  return 0
}

/** The version's time in milliseconds since the epoch: near the writer's wall clock, never far before it. */
export function timeOf(version: Version): number {
  return timeAt(version, 0)
}

/** The same of the version that stands in `bytes` at `at`. */
export function timeAt(bytes: Uint8Array, at: number): number {
  const high = bytes[at]! * 0x100 + bytes[at + 1]!
  return high * 0x1_0000_0000 + wordAt(bytes, at + 2)
}

/** The version's counter among those of the same millisecond, 0–65535. */
export function counterOf(version: Version): number {
  return counterAt(version, 0)
}

/** The same of the version that stands in `bytes` at `at`. */
export function counterAt(bytes: Uint8Array, at: number): number {
  return bytes[at + 6]! * 0x100 + bytes[at + 7]!
}

/** The 32 random bits of the writer. */
export function writerOf(version: Version): number {
  return wordAt(version, 8)
}

/** How often the life of this write was changed, 0–65535. */
export function editionOf(version: Version): number {
  return version[12]! * 0x100 + version[13]!
}

/** Whether a register of a namespace does not rule over all of it, but says that its list of prefixes has changed. */
export function isAboutPrefixes(version: Version): boolean {
  return editionOf(version) !== 0
}

/** Builds a version of its parts; every part must lie in its range. */
export function makeVersion(time: number, counter: number, writer: number, edition = 0): Version {
  const version = new Uint8Array(VERSION_BYTES)
  const high = Math.floor(time / 0x1_0000_0000)
  version[0] = high >>> 8
  version[1] = high
  putWord(version, 2, time - high * 0x1_0000_0000)
  version[6] = counter >>> 8
  version[7] = counter
  putWord(version, 8, writer)
  version[12] = edition >>> 8
  version[13] = edition
  return version
}

/**
 * The same write, one edition later: newer than `version`, older than every later write. It is what `touch` writes.
 *
 * @returns `undefined` after 255 editions
 */
export function nextEdition(version: Version): Version | undefined {
  if (version[13] === LAST) return undefined
  const next = Uint8Array.from(version)
  next[13]!++
  return next
}

/**
 * On top of a write and of all changes to its life, older than every other write: what a transaction writes.
 *
 * @returns `undefined` after 255 transactions
 */
export function nextTransaction(version: Version): Version | undefined {
  if (version[12] === LAST) return undefined
  const next = Uint8Array.from(version)
  next[12]!++
  next[13] = 0
  return next
}

/** The newer of two. */
export function newerVersion(a: Version, b: Version): Version {
  return compareVersions(a, b) >= 0 ? a : b
}

/** 28 hexadecimal digits, for traces; sorts as the versions do. */
export function formatVersion(version: Version): string {
  let text = ''
  for (const byte of version) text += byte.toString(16).padStart(2, '0')
  return text
}
