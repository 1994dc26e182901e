/**
 * A doubly linked list threaded through an Int32Array by slot: 8 bytes a slot, no object, O(1) everywhere. It grows
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

  /** Each slot's neighbours, side by side: towards the tail at 2s, towards the head at 2s + 1. */
  private links = new Int32Array(2 * FIRST_CAPACITY)

  /** Puts a slot that is not in the list at the head. */
  addToHead(slot: number): void {
    if (2 * slot >= this.links.length) this.grow(slot)
    const { links, head } = this
    links[2 * slot] = head
    links[2 * slot + 1] = NONE
    if (head === NONE) this.tail = slot
    else links[2 * head + 1] = slot
    this.head = slot
  }

  /** Takes out a slot that is in the list. */
  remove(slot: number): void {
    const { links } = this
    const after = links[2 * slot]!
    const before = links[2 * slot + 1]!
    if (before === NONE) this.head = after
    else links[2 * before] = after
    if (after === NONE) this.tail = before
    else links[2 * after + 1] = before
  }

  /** Moves a slot that is in the list to the head. */
  moveToHead(slot: number): void {
    const { links, head } = this
    if (slot === head) return
    const after = links[2 * slot]!
    // Not the head, so somebody stands before it.
    const before = links[2 * slot + 1]!
    links[2 * before] = after
    if (after === NONE) this.tail = before
    else links[2 * after + 1] = before
    links[2 * slot] = head
    links[2 * slot + 1] = NONE
    links[2 * head + 1] = slot
    this.head = slot
  }

  /** The neighbour of a slot in the list on its way to the head; `NONE` for the head. */
  newer(slot: number): number {
    return this.links[2 * slot + 1]!
  }

  /** Puts a slot that is not in the list in the place of one that is. */
  replace(slot: number, by: number): void {
    if (2 * by >= this.links.length) this.grow(by)
    const { links } = this
    const after = links[2 * slot]!
    const before = links[2 * slot + 1]!
    links[2 * by] = after
    links[2 * by + 1] = before
    if (before === NONE) this.head = by
    else links[2 * before] = by
    if (after === NONE) this.tail = by
    else links[2 * after + 1] = by
  }

  /** Gives back the memory of slots from `end` on. */
  trim(end: number): void {
    this.links = this.links.slice(0, 2 * end)
  }

  /** From the tail to the head. */
  *fromTail(): IterableIterator<number> {
    for (let slot = this.tail; slot !== NONE; slot = this.links[2 * slot + 1]!) yield slot
  }

  private grow(slot: number): void {
    const links = new Int32Array(Math.max(2 * (slot + 1), this.links.length * 2))
    links.set(this.links)
    this.links = links
  }
}
