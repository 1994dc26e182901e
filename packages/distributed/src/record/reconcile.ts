/**
 * Which of two records of one key stands. A total order on what records say, of which `newest` is the maximum; hence it
 * is commutative, associative and idempotent, and replicas converge in whatever order records reach them.
 */
import { compareVersions } from './version.js'
import type { WireRecord } from './wire-record.js'

/**
 * The record that stands: the newer version; of equal versions the later expiry (0 = never = latest). Equal versions
 * normally are one write; should they differ in more than expiry, the tombstone wins, then the greater content, so that
 * every replica and client picks the same one. `undefined` (no record) loses to any record.
 *
 * O(1) unless versions and expiries are equal; then O(payload), one comparison of bytes.
 */
export function newest(a: WireRecord, b: WireRecord | undefined): WireRecord
export function newest(a: WireRecord | undefined, b: WireRecord): WireRecord
export function newest(a: WireRecord | undefined, b: WireRecord | undefined): WireRecord | undefined
export function newest(a: WireRecord | undefined, b: WireRecord | undefined): WireRecord | undefined {
  if (a === undefined) return b
  if (b === undefined || a === b) return a
  return compareRecords(a, b) >= 0 ? a : b
}

function compareRecords(a: WireRecord, b: WireRecord): number {
  return (
    compareVersions(a.version, b.version) ||
    compareNumbers(a.expiresAt || Infinity, b.expiresAt || Infinity) ||
    Number(a.tombstone) - Number(b.tombstone) ||
    Number(a.compressed) - Number(b.compressed) ||
    Number(a.encrypted) - Number(b.encrypted) ||
    a.codec - b.codec ||
    a.grace - b.grace ||
    a.loadTime - b.loadTime ||
    compareTags(a.tags, b.tags) ||
    compareBytes(a.payload, b.payload)
  )
}

/** Subtraction would make NaN of two infinities. */
function compareNumbers(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1
}

function compareTags(a: readonly string[], b: readonly string[]): number {
  if (a.length !== b.length) return a.length - b.length
  for (let i = 0; i < a.length; i++) {
    if (a[i]! !== b[i]!) return a[i]! < b[i]! ? -1 : 1
  }
  return 0
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  if (a.length !== b.length) return a.length - b.length
  for (let i = 0; i < a.length; i++) {
    if (a[i]! !== b[i]!) return a[i]! - b[i]!
  }
  return 0
}
