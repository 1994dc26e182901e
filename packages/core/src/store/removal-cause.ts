/** Why an entry left, as a value. */

/**
 * Why an entry left: `'capacity'` (evicted for size), `'expired'` (its time was over), `'deleted'` (asked for),
 * `'replaced'` (another value took its key), `'cleared'` (the cache was emptied).
 */
export type RemovalCause = 'capacity' | 'expired' | 'deleted' | 'replaced' | 'cleared'
