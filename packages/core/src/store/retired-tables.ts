/**
 * Tables of spaces that were cleared in O(1): nobody can find their keys any more, and their slots wait to be freed, one
 * at a time. Knows no policy and no wheel.
 */
import type { KeyTable } from './key-table.js'

export class RetiredTables<T, Owner> {
  private readonly tables: KeyTable<T, Owner>[] = []
  /** How far the first has been walked. */
  private position = 0

  get length(): number {
    return this.tables.length
  }

  add(table: KeyTable<T, Owner>): void {
    table.owner = undefined
    if (table.size > 0) this.tables.push(table)
  }

  /** A slot that is to be freed next, or -1. */
  next(): number {
    for (;;) {
      const table = this.tables[0]
      if (table === undefined) return -1
      const found = table.size === 0 ? undefined : table.next(this.position)
      if (found !== undefined) {
        // Removal may shift a later member into this position, so the walk stays here.
        this.position = found.position
        return found.slot
      }
      // A run that wraps round the end can have been shifted behind the walk.
      this.position = 0
      if (table.size === 0) this.tables.shift()
    }
  }

  /** Their members lie elsewhere now. */
  rearranged(): void {
    this.position = 0
  }

  clear(): void {
    this.tables.length = 0
    this.position = 0
  }

  [Symbol.iterator](): IterableIterator<KeyTable<T, Owner>> {
    return this.tables.values()
  }
}
