/**
 * What is known of an entry beside its bytes, by slot. A slot is a small integer that is handed out and re-used, so that
 * nothing is made per entry. Plain numbers; no rule lives here.
 */
const FIRST_CAPACITY = 64

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
  addresses = new Int32Array(FIRST_CAPACITY)
  /** The hash of the key; in a free slot, the next free one. */
  hashes = new Int32Array(FIRST_CAPACITY)
  /** Epoch ms; `Infinity` = never. */
  expiresAt = new Float64Array(FIRST_CAPACITY)
  /** When it was used or written, whole seconds. */
  usedAt = new Uint32Array(FIRST_CAPACITY)
  /** `FREE`, `ENTRY` or `REGISTER`. */
  kinds = new Uint8Array(FIRST_CAPACITY)
  /** One more than the highest slot handed out. */
  end = 0
  /** Slots that the columns have been written to. */
  reach = 0
  /** Slots from here on are handed out no more: the columns are about to be cut off. */
  limit = NO_LIMIT
  private firstFree = -1

  /** Hands out a slot: the one given back last, else a new one. The caller fills its columns. */
  take(): number {
    const free = this.takeFree()
    if (free >= 0) return free
    if (this.limit < this.end) {
      // There is no room to shrink into.
      this.stay()
      return this.take()
    }
    if (this.end === this.hashes.length) this.resize(this.end * 2)
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
    this.resize(Math.max(FIRST_CAPACITY, this.end))
    this.reach = this.end
    this.stay()
  }

  private resize(capacity: number): void {
    const { addresses, hashes, expiresAt, usedAt, kinds, end } = this
    this.addresses = new Int32Array(capacity)
    this.hashes = new Int32Array(capacity)
    this.expiresAt = new Float64Array(capacity)
    this.usedAt = new Uint32Array(capacity)
    this.kinds = new Uint8Array(capacity)
    this.addresses.set(addresses.subarray(0, end))
    this.hashes.set(hashes.subarray(0, end))
    this.expiresAt.set(expiresAt.subarray(0, end))
    this.usedAt.set(usedAt.subarray(0, end))
    this.kinds.set(kinds.subarray(0, end))
  }
}

/** An instant as it stands in the column `usedAt`. */
export function secondsOf(now: number): number {
  return Math.floor(now / 1000)
}
