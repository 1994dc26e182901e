/**
 * What is measured: a cache behind the narrowest face that an operation needs. A contender has those faces that its
 * library has; an operation that needs another is left out for it. Adapters only forward: what a face's call costs is
 * what a user of the library pays.
 */

/** What is stored: an object, as most cached values are. Its number is read, so that no lookup can be optimised away. */
export interface Value {
  readonly id: number
}

/** How much a cache holds. */
export interface Room {
  /** Entries at most. */
  readonly capacity: number
  /** Life of each entry, milliseconds. */
  readonly ttlMs: number
}

export interface SyncFace {
  get(key: string): Value | undefined
  set(key: string, value: Value): void
  delete?(key: string): void
  /** Entries held. May cost O(n): never called while time is taken. */
  size(): number
}

export interface AsyncFace {
  get(key: string): Promise<Value | undefined>
  set(key: string, value: Value): Promise<unknown>
}

export interface LoadingFace {
  /** The cached value, else what the cache's `load` answered, which is then cached. */
  getOrSet(key: string): Promise<Value>
}

/** A cache that removes expired entries by itself, whether or not they are read again. */
export interface ExpiringFace {
  set(key: string, value: Value, ttlMs: number): void
  size(): number
}

/** Who leaves a full cache. `none`: it grows without bound or refuses. */
export type Eviction =
  | 'LRU'
  | 'LFU'
  | 'FIFO'
  | 'SIEVE'
  | 'S3-FIFO'
  | 'W-TinyLFU'
  | 'adaptive'
  | 'LRU, approximate'
  | 'soonest to expire'
  | 'none'

/** Policies that are defined to the entry: two caches of one of these must agree on every hit and miss. */
export const EXACT_EVICTIONS: ReadonlySet<Eviction> = new Set<Eviction>(['LRU', 'LFU', 'FIFO'])

export interface Contender {
  /** As `--contenders` and the tables have it. */
  readonly name: string
  /** The npm package; `undefined` for what is part of the language. */
  readonly package: string | undefined
  readonly eviction: Eviction
  /** Whether each entry has a lifetime. */
  readonly ttl: boolean
  /** Whether hits and misses are counted, by the library itself. */
  readonly statistics: boolean
  /** What a reader of the table must know. */
  readonly note?: string
  sync?(room: Room): SyncFace
  async?(room: Room): AsyncFace
  loading?(room: Room, load: (key: string) => Promise<Value>): LoadingFace
  expiring?(room: Room): ExpiringFace
}
