/**
 * A doubly linked list threaded through two Int32Arrays by slot: 8 bytes a slot, no object, O(1) everywhere. It grows
 * with the largest slot. Knows no policy.
 */
const FIRST_CAPACITY = 64
/** What stands where there is no slot. */
export const NONE = -1

export class SlotList {
  /** Where the newest were put; `NONE` when empty. */
  head = NONE
  /** The other end. */
  tail = NONE

  /** Towards the tail. */
  private next = new Int32Array(FIRST_CAPACITY)
  /** Towards the head. */
  private previous = new Int32Array(FIRST_CAPACITY)

  /** Puts a slot that is not in the list at the head. */
  addToHead(slot: number): void {
    if (slot >= this.next.length) this.grow(slot)
    const head = this.head
    this.next[slot] = head
    this.previous[slot] = NONE
    if (head === NONE) this.tail = slot
    else this.previous[head] = slot
    this.head = slot
  }

  /** Takes out a slot that is in the list. */
  remove(slot: number): void {
    const { next, previous } = this
    const after = next[slot]!
    const before = previous[slot]!
    if (before === NONE) this.head = after
    else next[before] = after
    if (after === NONE) this.tail = before
    else previous[after] = before
  }

  /** Moves a slot that is in the list to the head. */
  moveToHead(slot: number): void {
    if (slot === this.head) return
    const { next, previous } = this
    const after = next[slot]!
    // Not the head, so somebody stands before it.
    const before = previous[slot]!
    next[before] = after
    if (after === NONE) this.tail = before
    else previous[after] = before
    const head = this.head
    next[slot] = head
    previous[slot] = NONE
    previous[head] = slot
    this.head = slot
  }

  /** From the tail to the head. */
  *fromTail(): IterableIterator<number> {
    for (let slot = this.tail; slot !== NONE; slot = this.previous[slot]!) yield slot
  }

  private grow(slot: number): void {
    const capacity = Math.max(slot + 1, this.next.length * 2)
    const next = new Int32Array(capacity)
    const previous = new Int32Array(capacity)
    next.set(this.next)
    previous.set(this.previous)
    this.next = next
    this.previous = previous
  }
}
