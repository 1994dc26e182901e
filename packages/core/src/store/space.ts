/**
 * One namespace of the store: its keys, counters, tags and watchers. The root is a space, too. Spaces share slots,
 * policy, wheel and capacity.
 */
import { Counter } from '../stats/counter.js'
import { KeyTable } from './key-table.js'
import type { RemovalCause } from './removal-cause.js'
import type { Slots } from './slots.js'
import { TagIndex } from './tag-index.js'
import { Watchers } from './watchers.js'

let spaces = 0

export class Space<T> {
  readonly counter = new Counter()
  /** Sets its keys apart from those of the same name in other spaces, where they meet by hash. */
  readonly salt = Math.imul(spaces++, 0x9e3779b1)
  readonly watchers = new Watchers()
  tags = new TagIndex()
  readonly children = new Map<string, Space<T>>()
  table: KeyTable<T, Space<T>>
  /** Total weight of its residents. */
  weight = 0
  /** When it was last emptied, ms. */
  clearedAt: number | undefined
  /** Told of each entry that left, after the store's columns agree again; absent while nobody listens. */
  onRemoved: ((key: string, value: T, cause: RemovalCause) => void) | undefined
  /** Whether it is to be told of each entry that a `clear` removes, which makes clearing O(entries). */
  tellsCleared = false

  /** @param path - the names from the root to here, `''` for the root itself */
  constructor(
    private readonly slots: Slots<T>,
    readonly path = '',
  ) {
    this.table = new KeyTable(slots, this)
  }

  /** The space of that name within this one; made when first asked for. */
  child(name: string): Space<T> {
    let child = this.children.get(name)
    if (child === undefined) {
      child = new Space(this.slots, this.path === '' ? name : `${this.path}/${name}`)
      this.children.set(name, child)
    }
    return child
  }

  /** Says anew which tags an entry carries. */
  tag(slot: number, tags: readonly string[]): void {
    this.slots.tags ??= []
    const before = this.slots.tags[slot]
    if (before !== undefined) this.tags.remove(slot, before)
    this.slots.tags[slot] = tags.length === 0 ? undefined : tags
    this.tags.add(slot, tags)
  }

  /** Leaves all its keys behind in O(1): gives back the old table, whose slots are still to be freed. */
  detachTable(now: number): KeyTable<T, Space<T>> {
    this.clearedAt = now
    const old = this.table
    this.table = new KeyTable(this.slots, this)
    this.tags = new TagIndex()
    this.weight = 0
    return old
  }

  /** This space and all below it. */
  *family(): IterableIterator<Space<T>> {
    yield this
    for (const child of this.children.values()) yield* child.family()
  }
}
