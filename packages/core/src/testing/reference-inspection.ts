/** Explains a key of the reference cache. */
import type { Inspection, LoadsUnderWay } from '../inspection.js'
import type { ReferenceRoom } from './reference-room.js'

/** Reads only: what has expired is left where it is. */
export function inspectRoom(room: ReferenceRoom, key: string, now: number, loads: LoadsUnderWay): Inspection {
  const entry = room.entries.get(key)
  const live = entry !== undefined && entry.expiresAt > now ? entry : undefined
  const stale = live === undefined ? room.stale.get(key) : undefined
  const kept = live ?? stale
  const ended = entry !== undefined && live === undefined ? entry.expiresAt : undefined
  const removal = ended === undefined ? room.removals.get(key) : { cause: 'expired' as const, at: ended, by: undefined }
  const failure = loads.failureOf(key, now)
  return {
    key,
    state: live !== undefined ? 'live' : stale !== undefined ? 'stale' : 'absent',
    tier: kept && 'map',
    age: kept && (now - kept.storedAt) / 1000,
    ttl: live ? (live.expiresAt - now) / 1000 : stale && (stale.since - now) / 1000,
    tags: kept?.tags ?? [],
    weight: kept && 1,
    removal: removal && { cause: removal.cause, ago: (now - removal.at) / 1000, by: removal.by },
    isLoading: loads.isLoading(key),
    failure: failure && { error: failure.error, ttl: (failure.until - now) / 1000 },
  }
}
