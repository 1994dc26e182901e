/** What a read asks for, and what it found. */
import type { Version } from '../record/version.js'
import type { WireRecord } from '../record/wire-record.js'

/** What is to be read: a record, and the registers that can kill it. */
export interface ReadRequest {
  /** The physical key. */
  readonly key: string
  /** The key as the user knows it, by which it is placed. */
  readonly name: string
  /** Registers that apply to every record of this place. */
  readonly registers: readonly string[]
  /** The register of a tag of the record's. */
  readonly tagRegister: (tag: string) => string
  /** The register by which what carries the tag counts as expired. */
  readonly staleRegister: (tag: string) => string
  /** Whether a value whose life is over is wanted, too. */
  readonly wantsStale: boolean
}

/** The bytes under the key on one node, then those under its registers. */
export type Shown = readonly (Uint8Array | null)[]

/** A record whose life is over, and since when, ms since the epoch. */
export interface StaleRecord {
  readonly record: WireRecord
  readonly since: number
}

/** What a read found, and what a fill after a miss must find unchanged. */
export interface ReadResult {
  /** The live record, if there is one. */
  readonly record: WireRecord | undefined
  /** What is kept of it beyond its life, where that was asked for. */
  readonly stale: StaleRecord | undefined
  /** The newest version seen under the key, live or not; `NO_VERSION` when none was. */
  readonly version: Version
  /** The newest version seen of each register. */
  readonly registers: readonly Version[]
  /** The newest version seen of its tags' registers; `NO_VERSION` where they were not looked at. */
  readonly tagged: Version
  /** Who answered. */
  readonly answered: readonly string[]
  /** Fewer of the key's own replicas answered than the quorum asks for. */
  readonly degraded: boolean
}
