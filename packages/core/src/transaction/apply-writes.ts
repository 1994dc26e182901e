/** A commit's writes, applied to the store all at once or refused whole. */

import { CacheTransactionError } from '@mtaio/exceptions'
import type { LocalVerbs } from '../local-verbs.js'
import { reserve } from '../store/reserve.js'
import type { Write, WriteBuffer } from './write-buffer.js'

type StagedSet<T> = Extract<Write<T>, { kind: 'set' }> & {
  readonly key: string
  readonly weight: number
  readonly heavier: number
}

/** @throws CacheTransactionError (`'TOO_LARGE'`), nothing applied, when the writes do not fit together */
export function applyWrites<T>(verbs: LocalVerbs<T>, writes: WriteBuffer<T>): void {
  const { store, clock } = verbs.engine
  const now = clock.now()
  const sets: StagedSet<T>[] = []
  const kept = new Set<number>()
  let added = 0
  let heavier = 0
  for (const [key, write] of writes.writes()) {
    const slot = store.find(verbs.space, key, now)
    const before = slot < 0 ? 0 : store.slots.weightOf(slot)
    if (slot >= 0) kept.add(slot)
    if (write.kind === 'set') {
      const weight = write.weight ?? verbs.weigh(key, write.value)
      sets.push({ ...write, key, weight, heavier: weight - before })
      if (slot < 0) added++
      heavier += weight - before
    } else if (write.kind === 'delete' && slot >= 0) {
      added--
      heavier -= before
    }
  }
  // Eviction never splits a commit: room is made first, among entries that the commit does not touch.
  if (!reserve(store, added, heavier, kept, now)) {
    throw new CacheTransactionError(
      `the transaction's ${sets.length} value(s) do not fit into the cache together: nothing was applied; raise maxSize or maxWeight, or split it`,
      { code: 'TOO_LARGE', keys: sets.map((set) => set.key) },
    )
  }
  for (const [key, write] of writes.writes()) if (write.kind === 'delete') verbs.remove(key)
  // What grows lighter goes first, so that no step in between is over the bound.
  sets.sort((a, b) => a.heavier - b.heavier)
  for (const set of sets) verbs.store(set.key, set.value, set.ttlMs, set.tags, set.weight)
  for (const [key, write] of writes.writes()) if (write.kind === 'touch') verbs.extend(key, write.ttlMs)
}
