/** What is kept near: a value, or that there is none, with what is known of it. Shapes only. */
import type { ReadResult } from '../coordinator/read-request.js'

export interface NearEntry<T> {
  /** `undefined`: the key is absent. The value itself, shared by all who read it, as in every local cache. */
  readonly value: T | undefined
  /** What the read found, without the bytes of the value. */
  readonly result: ReadResult
  /** When the value's own life ends, ms since the epoch; Infinity: never. */
  readonly expiresAt: number
  /** The nodes on which the key belongs. */
  readonly owners: readonly string[]
  /** How often nodes had begun or ended to be listened to when the read began. */
  readonly stamp: number
  /** The same when it was last found that nothing had been missed since: a comparison tells, then, that it still holds. */
  checkedAt: number
}

/** A read under way: what it brings is kept unless it is overtaken. Shared by those who read a key at the same time. */
export interface Fill {
  readonly key: string
  readonly stamp: number
  readonly epoch: number
  /** Somebody has changed the key since. */
  isOvertaken: boolean
  readers: number
}
