/**
 * Lives as they stand in records: when one ends, and for how long beyond that the nodes keep it. Pure.
 *
 * Why beyond. What was written says that everything older is overruled, as a tombstone does, and that must be known for as
 * long as something older may turn up: a replica that was away, or a load that began before. So a value that lives shorter
 * than `tombstoneTtl` is kept, dead, until that has passed.
 */
import { coarse, coarseCode } from '../record/coarse-duration.js'
import { MAX_EXPIRY } from '../record/envelope.js'

/** The end of a life, and what is kept after it. */
export interface Life {
  /** Ms since the epoch; 0 = never. */
  readonly expiresAt: number
  /** Seconds. */
  readonly grace: number
}

/** When a life of so many ms ends, in ms since the epoch as it stands in envelopes: whole, 0 = never. */
export function expiryAfter(ttlMs: number, wallNow: number): number {
  const end = Math.ceil(wallNow + ttlMs)
  return end <= MAX_EXPIRY ? Math.max(1, end) : 0
}

/**
 * A life that begins now.
 *
 * @param rememberedMs - for how long the nodes remember it from now on at least
 * @param graceMs - for how long beyond its end readers may still be shown it
 */
export function lifeOf(ttlMs: number, wallNow: number, rememberedMs: number, graceMs = 0): Life {
  const expiresAt = expiryAfter(ttlMs, wallNow)
  if (expiresAt === 0) return { expiresAt, grace: 0 }
  const kept = Math.max(graceMs, rememberedMs - ttlMs)
  return { expiresAt, grace: coarse(coarseCode(kept / 1000)) }
}
