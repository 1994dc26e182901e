/** Why an entry left, as a value. */

/**
 * Why an entry left: `'capacity'` (evicted for size), `'expired'` (its time was over), `'deleted'` (asked for),
 * `'replaced'` (another value took its key), `'cleared'` (the cache was emptied).
 */
export type RemovalCause = 'capacity' | 'expired' | 'deleted' | 'replaced' | 'cleared'

/** What was asked for where it was not the key itself. */
export type Invalidation = { readonly tag: string } | { readonly prefix: string }

/** Why and when an entry left. */
export interface Removal {
  readonly cause: RemovalCause
  /** When, ms; for one that expired, the end of its life and not when that was noticed. */
  readonly at: number
  readonly by: Invalidation | undefined
}
