/**
 * The columns of the store: what is known of an entry, by slot. Plain arrays and numbers; no rule lives here. A slot is
 * a small integer that is handed out and re-used, so that neither an object nor a node is made per entry.
 *
 * A hit's cost is the cache lines that it touches, so what is read together lies together: key and value side by side.
 */
const FIRST_CAPACITY = 32
export const NO_LIMIT = 2 ** 30

/** `Table`: whatever tells whose a slot is. */
export class Slots<T, Table = unknown> {
  /** Key and value of each slot, side by side: 2s and 2s + 1. `undefined` both while the slot is free. */
  pairs: (string | T | undefined)[] = []
  /** 32 bits of the key. */
  hashes = new Int32Array(FIRST_CAPACITY)
  /** When it expires, ms on the cache's clock; `Infinity` = never. */
  expiresAt = new Float64Array(FIRST_CAPACITY)
  /** Until when it is kept, expired or not: present from the first entry that is kept longer than it lives. */
  keptUntil: Float64Array | undefined
  /** When it was stored, ms: present where ages are tracked. */
  storedAt: Float64Array | undefined
  /** Present from the first entry whose weight is not 1. */
  weights: Float64Array | undefined
  /** Present from the first namespace; before, every slot is the root table's. */
  tables: (Table | undefined)[] | undefined
  /** Present from the first tagged entry. */
  tags: (readonly string[] | undefined)[] | undefined

  /** The free slot handed out next, or -1; the others are linked through their hashes, which nobody else needs. */
  private free = -1

  /** One more than the highest slot handed out. */
  end = 0
  /** Slots from here on are handed out no more: the columns are about to shrink to this length. */
  limit = NO_LIMIT

  /** Keeps of each entry when it was stored. Before the first one. */
  trackAge(): void {
    this.storedAt = new Float64Array(FIRST_CAPACITY)
  }

  keyOf(slot: number): string | undefined {
    return this.pairs[2 * slot] as string | undefined
  }

  valueOf(slot: number): T | undefined {
    return this.pairs[2 * slot + 1] as T | undefined
  }

  setValue(slot: number, value: T): void {
    this.pairs[2 * slot + 1] = value
  }

  /** Hands out a free slot, else a new one, holding `key` and `value`. The caller fills the other columns. */
  take(key: string, value: T): number {
    let slot = this.takeFree()
    if (slot < 0 && this.limit < this.end) {
      // There is no room to shrink into.
      this.stayAt(this.end)
      slot = this.takeFree()
    }
    if (slot < 0) {
      slot = this.end++
      if (slot === this.hashes.length) this.grow(slot * 2)
    }
    this.pairs[2 * slot] = key
    this.pairs[2 * slot + 1] = value
    return slot
  }

  /** A free slot below the limit, still empty, or -1. */
  takeFree(): number {
    let { free } = this
    while (free >= this.limit) free = this.hashes[free]!
    if (free >= 0) this.free = this.hashes[free]!
    return free
  }

  /** Ends the columns at `end`, from which on no slot is in use, and knows anew which slots below are free. O(end). */
  stayAt(end: number): void {
    this.limit = NO_LIMIT
    this.end = end
    this.free = -1
    for (let slot = end - 1; slot >= 0; slot--) {
      if (this.keyOf(slot) !== undefined) continue
      this.hashes[slot] = this.free
      this.free = slot
    }
  }

  /** Gives back the memory of the columns beyond `end`. */
  trim(): void {
    const { end, weights, keptUntil, storedAt } = this
    const capacity = Math.max(end, FIRST_CAPACITY)
    this.pairs = this.pairs.slice(0, 2 * end)
    this.hashes = this.hashes.slice(0, capacity)
    this.expiresAt = this.expiresAt.slice(0, capacity)
    if (keptUntil !== undefined) this.keptUntil = keptUntil.slice(0, capacity)
    if (storedAt !== undefined) this.storedAt = storedAt.slice(0, capacity)
    if (weights !== undefined) this.weights = weights.slice(0, capacity)
    if (this.tables !== undefined) this.tables = this.tables.slice(0, end)
    if (this.tags !== undefined) this.tags = this.tags.slice(0, end)
  }

  /** @param keptUntil - not before `expiresAt` */
  setDeadlines(slot: number, expiresAt: number, keptUntil: number): void {
    if (this.keptUntil === undefined && keptUntil !== expiresAt) this.keptUntil = this.expiresAt.slice()
    this.expiresAt[slot] = expiresAt
    if (this.keptUntil !== undefined) this.keptUntil[slot] = keptUntil
  }

  /** When the memory of an entry is wanted back. */
  endOf(slot: number): number {
    return (this.keptUntil ?? this.expiresAt)[slot]!
  }

  /** Takes a slot back and lets go of what it held. */
  giveBack(slot: number): void {
    this.pairs[2 * slot] = undefined
    this.pairs[2 * slot + 1] = undefined
    if (this.tags !== undefined) this.tags[slot] = undefined
    if (this.tables !== undefined) this.tables[slot] = undefined
    this.hashes[slot] = this.free
    this.free = slot
  }

  /** Forgets everything and gives the memory back. */
  reset(): void {
    this.pairs = []
    this.free = -1
    this.end = 0
    this.limit = NO_LIMIT
    this.hashes = new Int32Array(FIRST_CAPACITY)
    this.expiresAt = new Float64Array(FIRST_CAPACITY)
    this.keptUntil = this.weights = this.tables = this.tags = undefined
    if (this.storedAt !== undefined) this.trackAge()
  }

  weightOf(slot: number): number {
    return this.weights === undefined ? 1 : this.weights[slot]!
  }

  setWeight(slot: number, weight: number): void {
    if (this.weights === undefined) {
      if (weight === 1) return
      this.weights = new Float64Array(this.hashes.length).fill(1)
    }
    this.weights[slot] = weight
  }

  private grow(capacity: number): void {
    this.hashes = extended(this.hashes, new Int32Array(capacity))
    this.expiresAt = extended(this.expiresAt, new Float64Array(capacity))
    if (this.keptUntil !== undefined) this.keptUntil = extended(this.keptUntil, new Float64Array(capacity))
    if (this.storedAt !== undefined) this.storedAt = extended(this.storedAt, new Float64Array(capacity))
    if (this.weights !== undefined) this.weights = extended(this.weights, new Float64Array(capacity).fill(1))
  }
}

function extended<A extends Int32Array | Float64Array>(from: A, to: A): A {
  to.set(from)
  return to
}
