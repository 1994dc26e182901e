/**
 * Key → slot: open addressing with linear probing over one Int32Array, at most half full. Keys and hashes lie in the
 * columns of `Slots`; the table holds slot numbers only (plus one, so that zero is empty).
 *
 * Deletion shifts later members of the run back instead of leaving a tombstone, so that a table which churns for ever
 * stays as fast as a new one (Knuth, TAOCP 3, 6.4, algorithm R).
 */
import type { Slots } from './slots.js'
import type { Space } from './space.js'

const FIRST_CAPACITY = 16

export class KeyTable<T> {
  /** The space whose keys these are; `undefined` once it has been cleared away and its slots wait to be freed. */
  space: Space<T> | undefined
  /** How many keys. */
  size = 0

  private index = new Int32Array(FIRST_CAPACITY)
  private mask = FIRST_CAPACITY - 1

  constructor(
    private readonly slots: Slots<T>,
    space: Space<T>,
  ) {
    this.space = space
  }

  /** The slot of `key`, or -1. `hash` is the key's. */
  find(key: string, hash: number): number {
    const index = this.index
    const mask = this.mask
    const hashes = this.slots.hashes
    const keys = this.slots.keys
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const slot = index[at]! - 1
      if (slot < 0) return -1
      if (hashes[slot] === hash && keys[slot] === key) return slot
    }
  }

  /** Adds a slot whose key and hash are in their columns, and whose key is absent here. */
  insert(slot: number): void {
    if (this.size * 2 >= this.index.length) this.grow()
    this.place(slot, this.slots.hashes[slot]!)
    this.size++
  }

  /** Removes a slot that is here. */
  remove(slot: number): void {
    const { index, mask } = this
    const hashes = this.slots.hashes
    let hole = hashes[slot]! & mask
    while (index[hole] !== slot + 1) hole = (hole + 1) & mask
    // Every later member of the run that would not be found across the hole moves into it.
    for (let at = (hole + 1) & mask; index[at] !== 0; at = (at + 1) & mask) {
      const home = hashes[index[at]! - 1]! & mask
      if (((at - home) & mask) >= ((at - hole) & mask)) {
        index[hole] = index[at]!
        hole = at
      }
    }
    index[hole] = 0
    this.size--
  }

  /** Any slot at or after position `from` of the index, with the position to go on from; `undefined` past the end. */
  next(from: number): { slot: number; position: number } | undefined {
    for (let at = from; at < this.index.length; at++) {
      if (this.index[at] !== 0) return { slot: this.index[at]! - 1, position: at }
    }
    return undefined
  }

  private place(slot: number, hash: number): void {
    let at = hash & this.mask
    while (this.index[at] !== 0) at = (at + 1) & this.mask
    this.index[at] = slot + 1
  }

  private grow(): void {
    const old = this.index
    this.index = new Int32Array(old.length * 2)
    this.mask = this.index.length - 1
    const hashes = this.slots.hashes
    for (const entry of old) if (entry !== 0) this.place(entry - 1, hashes[entry - 1]!)
  }
}
