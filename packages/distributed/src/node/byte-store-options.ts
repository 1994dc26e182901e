/** How much a store of bytes may hold, and how that is counted. */
import type { EvictionPolicy, PolicyFactory } from '@mtaio/policies'

/**
 * Bytes that are counted for an entry beside its key and value: the objects and columns that hold it. 290–313 were
 * measured on Node 20 (heap and external memory, 200,000 entries with a deadline, values of 10–1000 bytes, 2026-11-23);
 * the resident size of a process under load is larger by what the collector has not taken yet.
 */
export const ENTRY_OVERHEAD = 320

export interface ByteStoreOptions {
  /** The most entries. @defaultValue unbounded */
  readonly maxSize?: number | undefined
  /** The most bytes: key + value + {@link ENTRY_OVERHEAD} for each entry. @defaultValue unbounded */
  readonly maxMemory?: number | undefined
  /** @defaultValue 'lru' */
  readonly evictionPolicy?: EvictionPolicy | PolicyFactory | undefined
  /** Makes the policies' hashes differ from process to process. @defaultValue 0 */
  readonly hashSeed?: number | undefined
}
