/**
 * What is known of an entry beside its bytes, by slot. A slot is a small integer that is handed out and re-used, so that
 * nothing is made per entry. Plain numbers; no rule lives here.
 */
const FIRST_CAPACITY = 64

/** Slots that an index can name. */
export const MOST_SLOTS = 2 ** 26 - 2
/** Bytes that a slot takes in the columns. */
export const COLUMN_BYTES = 4 + 4 + 8 + 1

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
  /** `FREE`, `ENTRY` or `REGISTER`. */
  kinds = new Uint8Array(FIRST_CAPACITY)
  /** One more than the highest slot handed out. */
  end = 0
  private firstFree = -1

  /** Hands out a slot: the one given back last, else a new one. The caller fills its columns. */
  take(): number {
    const slot = this.firstFree
    if (slot >= 0) {
      this.firstFree = this.hashes[slot]!
      return slot
    }
    if (this.end === this.hashes.length) this.resize(this.end * 2)
    return this.end++
  }

  giveBack(slot: number): void {
    this.kinds[slot] = FREE
    this.hashes[slot] = this.firstFree
    this.firstFree = slot
  }

  /** Bytes that the slots handed out so far take. */
  get bytes(): number {
    return this.end * COLUMN_BYTES
  }

  /** Forgets every slot from `end` on, all of which are free, and gives their memory back. O(end). */
  cut(end: number): void {
    this.end = end
    this.resize(Math.max(FIRST_CAPACITY, end))
    this.firstFree = -1
    for (let slot = end - 1; slot >= 0; slot--) if (this.kinds[slot] === FREE) this.giveBack(slot)
  }

  private resize(capacity: number): void {
    const { addresses, hashes, expiresAt, kinds, end } = this
    this.addresses = new Int32Array(capacity)
    this.hashes = new Int32Array(capacity)
    this.expiresAt = new Float64Array(capacity)
    this.kinds = new Uint8Array(capacity)
    this.addresses.set(addresses.subarray(0, end))
    this.hashes.set(hashes.subarray(0, end))
    this.expiresAt.set(expiresAt.subarray(0, end))
    this.kinds.set(kinds.subarray(0, end))
  }
}
