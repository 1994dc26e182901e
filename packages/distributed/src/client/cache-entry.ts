/** A value with what is known of it: how it stands on the nodes, and who said so. */
import { formatVersion } from '../record/version.js'
import type { Found } from './found.js'

/** What `getEntry` answers, for an absent key, too. */
export interface CacheEntry<T> {
  /** `undefined` when absent. */
  readonly value: T | undefined
  /**
   * Which write this is: equal for equal writes, and greater, as a string, for newer ones. What else is in it may change. `undefined` where
   * nothing was ever written, or nothing is remembered of it; the deletion's own while that is remembered.
   */
  readonly version: string | undefined
  /** When it expires, ms since the epoch; `Infinity` = never; `undefined` when absent. */
  readonly expiresAt: number | undefined
  /** Seconds left; `Infinity` = for ever; `undefined` when absent. */
  readonly ttl: number | undefined
  readonly tags: readonly string[]
  /** `'met'`: so many of the key's own replicas answered as the quorum asks for. `'degraded'`: fewer did. */
  readonly quorum: 'met' | 'degraded'
  /** The nodes that answered, in the order of their answers. */
  readonly replicas: readonly string[]
}

export function entryOf<T>({ value, result }: Found<T>, now: number): CacheEntry<T> {
  const { record, version, answered, degraded } = result
  const expiresAt =
    record === undefined ? undefined : record.expiresAt === 0 ? Number.POSITIVE_INFINITY : record.expiresAt
  return Object.freeze({
    value,
    version: version.some((byte) => byte !== 0) ? formatVersion(version) : undefined,
    expiresAt,
    ttl: expiresAt === undefined ? undefined : (expiresAt - now) / 1000,
    tags: record?.tags ?? [],
    quorum: degraded ? 'degraded' : 'met',
    replicas: answered,
  })
}
