/**
 * Chooses how keys are hashed while a cache runs, and hashes all of them anew when the choice changes. Owns the hash;
 * knows slots and tables, no entry's meaning.
 *
 * Which characters matter is learned from the first keys and once more when there are enough to tell. Later a table that
 * is crowded under the hash of the day, or fills with keys that it cannot tell apart, makes it learn again if there are
 * twice as many keys as when it learned last, else take the next stronger hash. So all this costs O(1) an insertion,
 * amortized, and at most a handful of passes over the keys.
 */
import { KeyHash } from './hash.js'
import type { KeyTable } from './key-table.js'
import type { Slots } from './slots.js'

/** Keys in a table at which it is looked at what they have in common. */
const LEARN_AT = [64, 4096]
/** Keys that are looked at. */
const SAMPLE = 256
/** Of so many insertions in a row … */
const WINDOW = 256
/** … so many more alike keys than this are no accident. */
const MOST_TWINS = 64

export class Rehasher<T, Owner> {
  readonly hash = new KeyHash()

  private readonly learnAt = [...LEARN_AT, Number.POSITIVE_INFINITY]
  /** Keys there were when it was learned last; `Infinity` once that has been given up. */
  private learnedFrom = 0
  private untilLook = WINDOW

  /** @param tables - all tables that share the columns */
  constructor(
    private readonly slots: Slots<T>,
    private readonly tables: () => Iterable<KeyTable<T, Owner>>,
  ) {}

  /** Adds a slot, whose key and hash are in their columns, to a table. True when all keys were hashed anew for it. */
  insert(table: KeyTable<T, Owner>, slot: number): boolean {
    let rehashed = false
    while (!table.insert(slot)) {
      if (this.hash.isStrong) table.grow()
      else this.improve(table.size)
      rehashed = true
    }
    if (table.size >= this.learnAt[0]!) {
      this.learnAt.shift()
      this.learn(table.size)
      return true
    }
    if (--this.untilLook > 0) return rehashed
    this.untilLook = WINDOW
    const { twins } = table
    table.twins = 0
    if (twins <= MOST_TWINS || !this.hash.isSampled) return rehashed
    this.improve(table.size)
    return true
  }

  private improve(size: number): void {
    if (this.hash.isSampled && size >= 2 * this.learnedFrom) return this.learn(size)
    this.hash.harden()
    this.learnAt.splice(0, this.learnAt.length - 1)
    this.rehash()
  }

  private learn(size: number): void {
    this.learnedFrom = size
    const { slots } = this
    // The same key can lie in several tables.
    const keys = new Set<string>()
    const stride = Math.max(1, Math.floor(slots.end / SAMPLE))
    for (let slot = 0; slot < slots.end; slot += stride) {
      const key = slots.keyOf(slot)
      if (key !== undefined) keys.add(key)
    }
    this.hash.learn([...keys])
    this.rehash()
  }

  /** Puts every key where its hash says now. O(keys). */
  private rehash(): void {
    const { slots, hash } = this
    for (;;) {
      for (let slot = 0; slot < slots.end; slot++) {
        const key = slots.keyOf(slot)
        if (key !== undefined) slots.hashes[slot] = hash.of(key)
      }
      let fits = true
      for (const table of this.tables()) fits = (table.rehash() || (hash.isStrong && table.grow())) && fits
      if (fits) return
      hash.harden()
    }
  }
}
