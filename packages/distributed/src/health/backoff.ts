/**
 * How long to wait before the next try: exponential, capped, jittered. Knows no clock and no node.
 *
 * Equal jitter: half of the interval is kept and the other half drawn, so that clients which lost a node together do not
 * come back together, and yet none tries again at once. Full jitter, which draws the whole, spreads a crowd that contends
 * for one resource a little better; here the wait itself is the point: an open circuit has to stay open for a while.
 *
 * M. Brooker: Exponential Backoff And Jitter. AWS Architecture Blog, 2015.
 */
import { CacheConfigError } from '@mtaio/exceptions'

/** The shape of a backoff, in milliseconds. */
export interface Backoff {
  /** The interval of the first wait: positive. Shorter finds a node that is back sooner; longer spares it. */
  readonly base: number
  /** The longest interval: at least `base`, finite. */
  readonly cap: number
}

/**
 * Milliseconds to wait before try number `attempt` (counted from 0): at least half of
 * `min(cap, base · 2^attempt)`, and less than the whole of it.
 *
 * @param random - a number from 0 up to, not including, 1
 */
export function backoffDelay(attempt: number, { base, cap }: Backoff, random: () => number): number {
  const interval = Math.min(cap, base * 2 ** attempt)
  return interval / 2 + (interval / 2) * random()
}

/** @throws CacheConfigError when `base` is not positive or `cap` is below it or infinite */
export function checkBackoff({ base, cap }: Backoff): void {
  if (typeof base !== 'number' || !(base > 0)) {
    throw new CacheConfigError(`backoff.base is ${String(base)}: pass milliseconds, more than 0`)
  }
  if (typeof cap !== 'number' || !(cap >= base && cap < Infinity)) {
    throw new CacheConfigError(`backoff.cap is ${String(cap)}: pass milliseconds, finite and at least base (${base})`)
  }
}
