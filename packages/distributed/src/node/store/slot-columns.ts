/**
 * What is known of an entry beside its bytes, by slot. A slot is a small integer that is handed out and re-used, so that
 * nothing is made per entry. Plain numbers; no rule lives here.
 */
const FIRST_CAPACITY = 64
/**
 * Columns grow twofold, each at a slot of its own: copying all of them in one call would be a stall four times as long. So many
 * times the capacity of the first of them each has, in the order of `Columns`.
 */
const STAGGER = [1, 9 / 8, 5 / 4, 3 / 2, 7 / 4] as const

/** Slots that an index can name. */
export const MOST_SLOTS = 2 ** 26 - 2
/** Bytes that a slot takes in the columns. */
export const COLUMN_BYTES = 4 + 4 + 8 + 4 + 1

const NO_LIMIT = 2 ** 30

export const FREE = 0
export const ENTRY = 1
/** An entry that stays out of the policy. */
export const REGISTER = 2

export class SlotColumns {
  /** Where the record lies. */
  addresses = new Int32Array(FIRST_CAPACITY * STAGGER[0])
  /** The hash of the key; in a free slot, the next free one. */
  hashes = new Int32Array(FIRST_CAPACITY * STAGGER[1])
  /** Epoch ms; `Infinity` = never. */
  expiresAt = new Float64Array(FIRST_CAPACITY * STAGGER[2])
  /** When it was used or written, whole seconds. */
  usedAt = new Uint32Array(FIRST_CAPACITY * STAGGER[3])
  /** `FREE`, `ENTRY` or `REGISTER`. */
  kinds = new Uint8Array(FIRST_CAPACITY * STAGGER[4])
  /** One more than the highest slot handed out. */
  end = 0
  /** Slots that the columns have been written to. */
  reach = 0
  /** Slots from here on are handed out no more: the columns are about to be cut off. */
  limit = NO_LIMIT
  private firstFree = -1
  /** Slots for which every column has room. */
  private room = FIRST_CAPACITY

  /** Hands out a slot: the one given back last, else a new one. The caller fills its columns. */
  take(): number {
    const free = this.takeFree()
    if (free >= 0) return free
    if (this.limit < this.end) {
      // There is no room to shrink into.
      this.stay()
      return this.take()
    }
    if (this.end === this.room) this.grow()
    this.reach = Math.max(this.reach, this.end + 1)
    return this.end++
  }

  /** A slot below the limit that was given back, or -1. */
  takeFree(): number {
    while (this.firstFree >= 0) {
      const slot = this.firstFree
      this.firstFree = this.hashes[slot]!
      if (slot < this.limit) return slot
    }
    return -1
  }

  giveBack(slot: number): void {
    this.kinds[slot] = FREE
    if (slot >= this.limit) return
    this.hashes[slot] = this.firstFree
    this.firstFree = slot
  }

  /** Hands out every free slot again. O(end). */
  stay(): void {
    this.limit = NO_LIMIT
    this.firstFree = -1
    for (let slot = this.end - 1; slot >= 0; slot--) if (this.kinds[slot] === FREE) this.giveBack(slot)
  }

  /** Gives back the memory of the slots from `end` on. O(end). */
  trim(): void {
    const capacity = Math.max(FIRST_CAPACITY, Math.ceil(this.end / 8) * 8)
    this.resize((_length, column) => capacity * STAGGER[column]!)
    this.reach = this.end
    this.stay()
  }

  /** Room for one slot more, in the columns that have none. */
  private grow(): void {
    const { end } = this
    this.resize((length) => (length === end ? 2 * length : length))
  }

  private resize(capacityOf: (length: number, column: number) => number): void {
    const resized = <C extends Column>(column: C, number: number): C => {
      const capacity = capacityOf(column.length, number)
      if (capacity === column.length) return column
      const next = new (column.constructor as new (length: number) => C)(capacity)
      next.set(column.subarray(0, this.end))
      return next
    }
    this.addresses = resized(this.addresses, 0)
    this.hashes = resized(this.hashes, 1)
    this.expiresAt = resized(this.expiresAt, 2)
    this.usedAt = resized(this.usedAt, 3)
    this.kinds = resized(this.kinds, 4)
    const { addresses, hashes, expiresAt, usedAt, kinds } = this
    this.room = Math.min(addresses.length, hashes.length, expiresAt.length, usedAt.length, kinds.length)
  }
}

type Column = Int32Array<ArrayBuffer> | Float64Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>

/** An instant as it stands in the column `usedAt`. */
export function secondsOf(now: number): number {
  return Math.floor(now / 1000)
}
