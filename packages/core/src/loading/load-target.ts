/** What a loader is given: where loaded values go, how it learns of changes, and where time comes from. Types only. */
import type { StoreOptions } from '../store-options.js'
import type { Clock } from '../time/clock.js'

/** What a load holds on to while it runs, so that its value is not stored after a change. */
export interface LoadFence {
  /** Whether a value with these tags may still be stored. */
  holds(tags: readonly string[] | undefined): boolean
  /** The tags that were invalidated until now, if any: who asks from now on is not to be given what carries one of them. */
  invalidated?(): ReadonlySet<string> | undefined
  /** Stops watching. Called once the value has been filled, or will never be; more than once is harmless. */
  close(): void
}

/** A value whose life is over, and since when, ms. */
export interface Stale<T> {
  readonly value: T
  readonly age: number
}

/** Where loaded values go. `E`: what the caller knew when it found the key absent. `F`: the target's own fence. */
export interface LoadTarget<T, E = undefined, F extends LoadFence = LoadFence> {
  /** Watches `key` from now on; `onBroken` is to be called when it is set, deleted, touched or cleared. */
  openFence(key: string, onBroken: () => void): F
  /**
   * Stores a loaded value if the fence holds and it is to be stored at all, and counts the load. Answers the value as it
   * was or would have been stored. Its failure is the callers' failure.
   */
  fill(key: string, value: T, options: StoreOptions, fence: F, evidence: E): T | Promise<T>
  /**
   * Whether a caller has found what was changed since a load began, by others: then that load is not for him. Absent where nobody
   * else changes anything.
   */
  overtakes?(found: E, begun: E): boolean
  /** What is kept of a key beyond its life, and for how long that has been over, ms. Absent where nothing is kept. */
  stale?(key: string, evidence: E): Stale<T> | undefined
  /** The same when a load has failed or takes long, where that has to be asked for anew. */
  staleNow?(key: string, evidence: E): Promise<Stale<T> | undefined>
  /** Told of each such value that was answered. */
  servedStale?(): void
  /** Told of a load behind everybody's back that failed, after `loadFailed`. */
  refreshFailed?(key: string, error: unknown): void
  /** Told once of each load that failed, or whose value could not be filled; not of one that everybody left. */
  loadFailed(key: string, error: unknown): void
}

/** Where time, timers and chance come from, and what a TTL is when nobody says. */
export interface LoadSurroundings {
  readonly clock: Required<Clock>
  /** Milliseconds. */
  readonly defaultTtl: number
  /** From 0 to below 1. @defaultValue `Math.random` */
  readonly random?: (() => number) | undefined
}
