/** What a cache has done so far, as a value that does not change afterwards. */

/** An immutable snapshot of a cache's statistics. Counters run from creation or the last `resetStats()`. */
export interface CacheStats {
  /** Reads that found a live entry. */
  readonly hits: number
  /** Reads that found none. An expired entry found by a read counts here and, once, under `expirations`. */
  readonly misses: number
  /** Entries that left for size. */
  readonly evictions: number
  /** Entries that left for time. */
  readonly expirations: number
  /** Entries resident now, expired ones that no sweep has met yet included. `NaN` where it cannot be known (a cluster). */
  readonly items: number
  /** `hits / (hits + misses)`; 0 when nothing was asked. */
  readonly hitRate: number
  /** Values stored, loads included. */
  readonly sets: number
  /** Entries removed by `delete`, `deleteMany` or `deleteByTag`. */
  readonly deletes: number
  /** Loads that returned a value. */
  readonly loads: number
  /** Loads that failed. */
  readonly loadFailures: number
  /** Answers of `getOrSet` that were kept beyond their life: each counts under `misses`, too. */
  readonly staleHits: number
  /** Total weight of the residents: their number, unless a weigher or weights are used. `NaN` where it cannot be known. */
  readonly weight: number
}
