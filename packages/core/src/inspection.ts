/** What `inspect` answers. Types only. */
import type { Invalidation, RemovalCause } from './store/removal-cause.js'

/** Why and when an entry left last. */
export interface LastRemoval {
  readonly cause: RemovalCause
  /** Seconds since then; for one that expired, since the end of its life. */
  readonly ago: number
  /** The tag or the prefix by which it was invalidated, if it was. */
  readonly by: Invalidation | undefined
}

/** All that a cache knows of a key: why it is there, or why not. Asking changes nothing and is counted nowhere. */
export interface Inspection {
  readonly key: string
  /**
   * `'live'`: every read finds it. `'stale'`: its life is over, and it is kept for those who allow it
   * (`staleWhileRevalidate`, `staleIfError`). `'absent'`: neither.
   */
  readonly state: 'live' | 'stale' | 'absent'
  /** Where it lies, such as `'memory'`; `undefined` when it is absent. */
  readonly tier: string | undefined
  /** Seconds since it was stored; `undefined` when it is absent, or where that is not kept (`inspectable`). */
  readonly age: number | undefined
  /** Seconds that it has left to live, `Infinity` for ever; 0 or below when it is stale; `undefined` when it is absent. */
  readonly ttl: number | undefined
  readonly tags: readonly string[]
  readonly weight: number | undefined
  /**
   * What removed it last, as far as that is kept (`inspectable`) and still remembered. `'cleared'` is also said of a key that was not there when
   * everything was cleared: nobody looked.
   */
  readonly removal: LastRemoval | undefined
  /** Whether a load is under way that a caller of now would wait for. */
  readonly isLoading: boolean
  /** The failure that callers are told instead of a load, by `negativeTtl`, and for how many seconds more. */
  readonly failure: { readonly error: unknown; readonly ttl: number } | undefined
}

/** Loads and remembered failures, as far as `inspect` asks for them. */
export interface LoadsUnderWay {
  isLoading(key: string): boolean
  /** @param now - ms */
  failureOf(key: string, now: number): { readonly error: unknown; readonly until: number } | undefined
}
