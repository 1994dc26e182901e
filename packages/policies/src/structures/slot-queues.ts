/**
 * A few doubly linked lists that share one Int32Array, for slots that are each in one of them: 8 bytes a slot, no object,
 * O(1) everywhere. Grows with the largest slot. Which list a slot is in is for the caller to know. Knows no policy.
 */
import { NONE } from './slot-list.js'

const FIRST_CAPACITY = 64

export class SlotQueues {
  private readonly heads: Int32Array
  private readonly tails: Int32Array
  /** Each slot's neighbours, side by side: towards the tail at 2s, towards the head at 2s + 1. */
  private links = new Int32Array(2 * FIRST_CAPACITY)

  constructor(count: number) {
    this.heads = new Int32Array(count).fill(NONE)
    this.tails = new Int32Array(count).fill(NONE)
  }

  /** Where the newest were put; `NONE` when empty. */
  head(queue: number): number {
    return this.heads[queue]!
  }

  /** The other end. */
  tail(queue: number): number {
    return this.tails[queue]!
  }

  /** The neighbour on the way to the head; `NONE` for the head. */
  newer(slot: number): number {
    return this.links[2 * slot + 1]!
  }

  /** The neighbour on the way to the tail; `NONE` for the tail. */
  older(slot: number): number {
    return this.links[2 * slot]!
  }

  /** Puts a slot that is in no list at the head of one. */
  addToHead(queue: number, slot: number): void {
    if (2 * slot >= this.links.length) this.grow(slot)
    const { links } = this
    const head = this.heads[queue]!
    links[2 * slot] = head
    links[2 * slot + 1] = NONE
    if (head === NONE) this.tails[queue] = slot
    else links[2 * head + 1] = slot
    this.heads[queue] = slot
  }

  /** Puts a slot that is in no list at the other end. */
  addToTail(queue: number, slot: number): void {
    if (2 * slot >= this.links.length) this.grow(slot)
    const { links } = this
    const tail = this.tails[queue]!
    links[2 * slot] = NONE
    links[2 * slot + 1] = tail
    if (tail === NONE) this.heads[queue] = slot
    else links[2 * tail] = slot
    this.tails[queue] = slot
  }

  /** Takes a slot out of the list that it is in. */
  remove(queue: number, slot: number): void {
    const { links } = this
    const after = links[2 * slot]!
    const before = links[2 * slot + 1]!
    if (before === NONE) this.heads[queue] = after
    else links[2 * before] = after
    if (after === NONE) this.tails[queue] = before
    else links[2 * after + 1] = before
  }

  /** Moves a slot to the head of the list that it is in. */
  moveToHead(queue: number, slot: number): void {
    if (slot === this.heads[queue]) return
    this.remove(queue, slot)
    this.addToHead(queue, slot)
  }

  /** Puts a slot that is in no list in the place of one that is. */
  replace(queue: number, slot: number, by: number): void {
    if (2 * by >= this.links.length) this.grow(by)
    const { links } = this
    const after = links[2 * slot]!
    const before = links[2 * slot + 1]!
    links[2 * by] = after
    links[2 * by + 1] = before
    if (before === NONE) this.heads[queue] = by
    else links[2 * before] = by
    if (after === NONE) this.tails[queue] = by
    else links[2 * after + 1] = by
  }

  /** Gives back the memory of slots from `end` on. */
  trim(end: number): void {
    this.links = this.links.slice(0, 2 * end)
  }

  /** From the tail to the head. */
  *fromTail(queue: number): IterableIterator<number> {
    for (let slot = this.tails[queue]!; slot !== NONE; slot = this.links[2 * slot + 1]!) yield slot
  }

  private grow(slot: number): void {
    const links = new Int32Array(Math.max(2 * (slot + 1), this.links.length * 2))
    links.set(this.links)
    this.links = links
  }
}
