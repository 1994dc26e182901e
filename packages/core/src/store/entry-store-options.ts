/** What a store is told at its making. */
import type { EvictionPolicy, PolicyFactory } from '@mtaio/policies'

export interface EntryStoreOptions {
  /** Entries at most; `Infinity` = unbounded. */
  maxSize: number
  /** Total weight at most; `Infinity` = unbounded. */
  maxWeight: number
  evictionPolicy: EvictionPolicy | PolicyFactory
  /** The time from which deadlines count, ms. */
  now: number
  /** Whether it is kept when each entry was stored, and why the latest ones left. */
  inspectable?: boolean
}
