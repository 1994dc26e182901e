/**
 * Key → slot: open addressing with linear probing over one Int32Array, at most half full. Keys and hashes lie in the
 * columns of `Slots`. A position of the index holds a slot number plus one (zero is empty) and, in the bits above, a tag
 * of the hash's upper bits: most positions that are not the key's are passed over without looking at any other memory.
 *
 * Deletion shifts later members of the run back instead of leaving a tombstone, so that a table which churns for ever
 * stays as fast as a new one (Knuth, TAOCP 3, 6.4, algorithm R).
 */
import type { Slots } from './slots.js'

const FIRST_CAPACITY = 16
/**
 * A run longer than this is no accident: at half load, a good hash makes one of 64 about once in 10^9 tables of a
 * million keys.
 */
const LONGEST_RUN = 128

export class KeyTable<T, Owner = unknown> {
  /** Whose keys these are; `undefined` once they have been cleared away and their slots wait to be freed. */
  owner: Owner | undefined
  /** How many keys. */
  size = 0

  private index = new Int32Array(FIRST_CAPACITY)
  private mask = FIRST_CAPACITY - 1
  /** The bits of a position that hold the slot; the others hold the tag. */
  private slotMask = FIRST_CAPACITY - 1

  constructor(
    private readonly slots: Slots<T>,
    owner: Owner,
  ) {
    this.owner = owner
  }

  /** The slot of `key`, or -1. `hash` is the key's. */
  find(key: string, hash: number): number {
    const { index, mask, slotMask } = this
    const { pairs } = this.slots
    const tag = hash & ~slotMask
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const position = index[at]!
      if (position === 0) return -1
      if ((position & ~slotMask) === tag) {
        const slot = (position & slotMask) - 1
        if (pairs[2 * slot] === key) return slot
      }
    }
  }

  /**
   * Adds a slot whose key and hash are in their columns, and whose key is absent here. False when it had to be put so far
   * from where it belongs that somebody must be choosing keys that collide; it is added all the same.
   */
  insert(slot: number): boolean {
    if (this.size * 2 >= this.index.length) this.rebuild(this.index.length * 2)
    else if (slot >= this.slotMask) this.rebuild(this.index.length)
    this.size++
    return this.place(slot) <= LONGEST_RUN
  }

  /** Removes a slot that is here. */
  remove(slot: number): void {
    const { index, mask, slotMask } = this
    const { hashes } = this.slots
    let hole = hashes[slot]! & mask
    while ((index[hole]! & slotMask) !== slot + 1) hole = (hole + 1) & mask
    // Every later member of the run that would not be found across the hole moves into it.
    for (let at = (hole + 1) & mask; index[at] !== 0; at = (at + 1) & mask) {
      const home = hashes[(index[at]! & slotMask) - 1]! & mask
      if (((at - home) & mask) >= ((at - hole) & mask)) {
        index[hole] = index[at]!
        hole = at
      }
    }
    index[hole] = 0
    this.size--
  }

  /** The first slot at or after a position of the index, and that position; `undefined` past the end. */
  next(from: number): { slot: number; position: number } | undefined {
    for (let at = from; at < this.index.length; at++) {
      if (this.index[at] !== 0) return { slot: (this.index[at]! & this.slotMask) - 1, position: at }
    }
    return undefined
  }

  /** Puts every slot where its present hash says. O(size). */
  rehash(): void {
    this.rebuild(this.index.length)
  }

  /** How far from home it ended up. */
  private place(slot: number): number {
    const { index, mask } = this
    const hash = this.slots.hashes[slot]!
    let at = hash & mask
    let away = 0
    while (index[at] !== 0) {
      at = (at + 1) & mask
      away++
    }
    index[at] = (hash & ~this.slotMask) | (slot + 1)
    return away
  }

  private rebuild(capacity: number): void {
    const { index: old, slotMask } = this
    this.index = new Int32Array(capacity)
    this.mask = capacity - 1
    // Slots are shared with other tables, so their numbers can be larger than this table.
    this.slotMask = capacity - 1
    while (this.slotMask < this.slots.end) this.slotMask = this.slotMask * 2 + 1
    for (const position of old) if (position !== 0) this.place((position & slotMask) - 1)
  }
}
