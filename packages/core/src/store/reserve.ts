/** Room for a whole commit, or none of it: this is how a commit is never split by eviction. */
import type { EntryStore } from './entry-store.js'

/**
 * Makes room for `count` further entries of `weight` together, sparing `kept`; false, having removed nothing, when that
 * cannot be. O(what leaves), and O(residents) where much is spared.
 */
export function reserve<T>(
  store: EntryStore<T>,
  count: number,
  weight: number,
  kept: ReadonlySet<number>,
  now: number,
): boolean {
  const { maxSize, maxWeight } = store.options
  while (store.residents + count > maxSize || store.weight + weight > maxWeight) if (!store.reclaim()) break
  let entries = store.residents + count - maxSize
  let excess = store.weight + weight - maxWeight
  if (entries <= 0 && excess <= 0) return true
  const leaving: number[] = []
  for (const slot of store.policy.order()) {
    if (kept.has(slot)) continue
    leaving.push(slot)
    entries--
    excess -= store.slots.weightOf(slot)
    if (entries <= 0 && excess <= 0) break
  }
  if (entries > 0 || excess > 0) return false
  for (const slot of leaving) store.remove(slot, 'capacity', now)
  return true
}
