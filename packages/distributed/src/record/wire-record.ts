/** What a node holds under one key: bytes or a tombstone, with a version and an expiry. Knows no layout and no codec. */
import type { Version } from './version.js'

/** One record. Never changed once made. */
export interface WireRecord {
  readonly version: Version
  /** The key was deleted (or cleared, for a register): there is no value. */
  readonly tombstone: boolean
  /** The payload is compressed. */
  readonly compressed: boolean
  /** The payload is encrypted (after compression). */
  readonly encrypted: boolean
  /** Which codec wrote the payload, 0–15. */
  readonly codec: number
  /** When the record stops counting, in milliseconds since the epoch; 0 = never. */
  readonly expiresAt: number
  /** For how long beyond that nodes keep it, seconds: for readers who allow it, and to overrule what is older. */
  readonly grace: number
  /** How long its load took, ms; 0 where it was not loaded. */
  readonly loadTime: number
  /** Tags by which the record can be invalidated. */
  readonly tags: readonly string[]
  /** The value as the codec wrote it; empty for a tombstone. */
  readonly payload: Uint8Array
}

const NOTHING = new Uint8Array(0)

/** A tombstone: what `delete` writes, and (with `expiresAt` 0) what a cleared-at or tag register holds. */
export function tombstoneOf(version: Version, expiresAt: number): WireRecord {
  return {
    version,
    tombstone: true,
    compressed: false,
    encrypted: false,
    codec: 0,
    expiresAt,
    grace: 0,
    loadTime: 0,
    tags: [],
    payload: NOTHING,
  }
}

/** The record of a value. Its parts one by one: spread objects are slow to build, and each write builds one. */
export function valueRecord(
  version: Version,
  { expiresAt, grace }: Pick<WireRecord, 'expiresAt' | 'grace'>,
  tags: readonly string[],
  { codec, compressed, payload }: Pick<WireRecord, 'codec' | 'compressed' | 'payload'>,
  loadTime = 0,
): WireRecord {
  return { version, tombstone: false, compressed, encrypted: false, codec, expiresAt, grace, loadTime, tags, payload }
}

/** Whether `record` is a register (cleared-at, tag): a tombstone that never expires. Nodes keep it out of eviction. */
export function isRegister(record: WireRecord): boolean {
  return record.tombstone && record.expiresAt === 0
}

/** When a node may forget `record`, ms since the epoch; 0 = never. */
export function forgetAtOf({ expiresAt, grace }: WireRecord): number {
  return expiresAt === 0 ? 0 : expiresAt + grace * 1000
}

/** Whether `record` has stopped counting at `now` (milliseconds since the epoch). */
export function isExpired(record: WireRecord, now: number): boolean {
  return record.expiresAt !== 0 && now >= record.expiresAt
}
