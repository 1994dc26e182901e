/** Which entries have a key that begins with a prefix. */
import type { EntryStore } from './entry-store.js'
import type { Space } from './space.js'

/**
 * The slots of a space whose keys begin with `prefix`, live or expired. Every key of the store is looked at: an index of
 * keys by their order would cost each `set` and `delete` more than all walks that it saves.
 */
export function slotsByPrefix<T>({ slots, root }: EntryStore<T>, space: Space<T>, prefix: string): readonly number[] {
  const found: number[] = []
  const { pairs, tables, end } = slots
  for (let slot = 0; slot < end; slot++) {
    const key = pairs[2 * slot] as string | undefined
    if (key?.startsWith(prefix) && (tables?.[slot] ?? root.table) === space.table) found.push(slot)
  }
  return found
}
