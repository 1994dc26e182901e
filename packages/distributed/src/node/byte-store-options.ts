/** How much a store of bytes may hold. */
import type { EvictionPolicy, PolicyFactory } from '@mtaio/policies'

export interface ByteStoreOptions {
  /** The most entries. @defaultValue unbounded */
  readonly maxSize?: number | undefined
  /** The most bytes that the store may allocate for entries. @defaultValue unbounded, of the 8 GB that can be addressed */
  readonly maxMemory?: number | undefined
  /** @defaultValue 'lru' */
  readonly evictionPolicy?: EvictionPolicy | PolicyFactory | undefined
  /** Makes the hashes differ from process to process. @defaultValue 0 */
  readonly hashSeed?: number | undefined
}
