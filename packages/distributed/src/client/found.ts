/** What a read found, as the face of a cache and its loads go by it. Shapes only. */
import type { ReadResult } from '../coordinator/read-request.js'
import type { Version } from '../record/version.js'

/** What a read found. */
export interface Found<T> {
  /** The live value, or `undefined`. */
  readonly value: T | undefined
  readonly result: ReadResult
}

/** What a fill must find unchanged, and the version that it will carry: drawn when the key was found absent. */
export interface Evidence {
  readonly result: ReadResult
  readonly version: Version
  /** When it was drawn, ms on the monotonic clock. */
  readonly at: number
  /** What is kept of the value beyond its life, and since when that is over, ms since the epoch. */
  readonly stale?: StaleValue<unknown> | undefined
}

/** A value whose life is over. */
export interface StaleValue<T> {
  readonly value: T
  /** Ms since the epoch. */
  readonly since: number
}
