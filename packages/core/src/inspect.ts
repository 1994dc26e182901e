/** Explains a key of a local cache. Reads only. */
import type { Inspection, LastRemoval, LoadsUnderWay } from './inspection.js'
import type { LocalVerbs } from './local-verbs.js'
import type { Removal } from './store/removal-cause.js'

const ABSENT = {
  state: 'absent',
  tier: undefined,
  age: undefined,
  ttl: undefined,
  tags: [],
  weight: undefined,
} as const

/** See {@link Inspection}. O(1,024): the record of removals is searched. */
export function inspect<T>(verbs: LocalVerbs<T>, key: string, loads: LoadsUnderWay | undefined): Inspection {
  const now = verbs.engine.clock.now()
  const failure = loads?.failureOf(key, now)
  return {
    key,
    ...entryOf(verbs, key, now),
    removal: removalOf(verbs, key, now),
    isLoading: loads?.isLoading(key) ?? false,
    failure: failure && { error: failure.error, ttl: (failure.until - now) / 1000 },
  }
}

function entryOf<T>({ engine: { store }, space }: LocalVerbs<T>, key: string, now: number) {
  const live = store.peek(space, key, now)
  const slot = live >= 0 ? live : store.stale(space, key, now)
  if (slot < 0) return ABSENT
  const { slots } = store
  return {
    state: live >= 0 ? 'live' : 'stale',
    tier: 'memory',
    age: slots.storedAt === undefined ? undefined : (now - slots.storedAt[slot]!) / 1000,
    ttl: (slots.expiresAt[slot]! - now) / 1000,
    tags: [...(slots.tags?.[slot] ?? [])],
    weight: slots.weightOf(slot),
  } as const
}

function removalOf<T>({ engine: { store }, space }: LocalVerbs<T>, key: string, now: number): LastRemoval | undefined {
  const told = (removal: Removal) => ({ cause: removal.cause, ago: (now - removal.at) / 1000, by: removal.by })
  const recorded = store.removals?.last(space, key)
  const slot = store.locate(space, key)
  const end = slot < 0 ? Number.POSITIVE_INFINITY : store.slots.expiresAt[slot]!
  // Its life is over, though it has not left: then the record can only tell who ended it.
  if (end <= now && recorded?.at !== end) return told({ cause: 'expired', at: end, by: undefined })
  const { clearedAt } = space
  if (clearedAt !== undefined && !(recorded !== undefined && recorded.at >= clearedAt)) {
    return told({ cause: 'cleared', at: clearedAt, by: undefined })
  }
  return recorded && told(recorded)
}
