/**
 * THE CONTRACT. A policy orders resident slots by how soon they should leave. It knows slots and weights: no key, no
 * value, no TTL, no time.
 */

/**
 * Orders resident slots by how soon they should leave.
 *
 * A slot is a small integer that the store hands out and re-uses; the store calls `onInsert` once for each resident,
 * then any number of `onHit` and `onUpdate`, then `onRemove` once. Every call is O(1), amortized. Policies grow with
 * the largest slot that they have seen.
 */
export interface Policy {
  /**
   * True for an admission policy: the newcomer is inserted first and `victim()` may name it, which is how it is turned
   * away. Otherwise the store makes room among the residents *before* it inserts (exact LFU would else always evict the
   * newcomer).
   */
  readonly admits?: boolean
  /**
   * True where `hash` and `weight` are looked at. A policy without it is spared the hashing of keys on tables that
   * do not hash.
   */
  readonly needsHash?: boolean
  /** A slot becomes resident. `hash`: 32 bits of the key, for sketches and ghosts. `weight`: 1 unless weighed. */
  onInsert(slot: number, hash: number, weight: number): void
  /** A resident was read. */
  onHit(slot: number): void
  /** A resident's value was replaced. Counts as a use in LRU and LFU. */
  onUpdate(slot: number, weight: number): void
  /** A resident left; `evicted`: it was this policy's victim (ghosts remember only those). */
  onRemove(slot: number, evicted: boolean): void
  /** The resident that should leave next. Chooses only, changes nothing residents can tell. -1 when none is resident. */
  victim(): number
  /** Residents from the next to leave to the last, for tests, dumps and advice. O(residents). */
  order(): Iterable<number>
  /**
   * A resident gets another slot, which is free; everything else about it stays. O(1). Together with `trim` this is how a
   * store that was larger gives memory back; one whose policy lacks it keeps its columns until it is empty.
   */
  move?(from: number, to: number): void
  /** From this slot on none is resident: what is kept by slot may be cut off there. */
  trim?(end: number): void
  /** How often a resident was used, its arrival among it. Only policies that count know. */
  usesOf?(slot: number): number
  /** The capacity changed at run time. Policies that do not depend on it leave this out. */
  resize?(capacity: number): void
}

/** Makes a policy for a cache of `capacity` entries (or units of weight); `Infinity` when it is unbounded. */
export type PolicyFactory = (capacity: number) => Policy

/** Names of the policies that ship. The plain strings are accepted wherever these are. */
export const EvictionPolicy = {
  /** Least recently used leaves first. */
  LRU: 'lru',
  /** Least frequently used leaves first; among equals, the least recently used. */
  LFU: 'lfu',
  /** First in, first out: reads and updates do not matter. */
  FIFO: 'fifo',
  /** First in, first out, but who was read since the hand last came by is passed over. */
  SIEVE: 'sieve',
  /** Newcomers wait in a small queue of their own; few reach the main one. */
  S3FIFO: 's3-fifo',
  /** Newcomers have a window; who leaves it must have been asked for more often lately than whom it would replace. */
  WTinyLFU: 'w-tinylfu',
  /** Runs by one of several rules, whichever did best lately in miniatures of the cache. */
  ADAPTIVE: 'adaptive',
} as const

/** One of the names in {@link EvictionPolicy}. */
export type EvictionPolicy = (typeof EvictionPolicy)[keyof typeof EvictionPolicy]
