/** Least recently used leaves first. Reads and updates are uses. Exact; O(1); 8 bytes an entry. */
import type { Policy } from './eviction-policy.js'
import { SlotList } from './structures/slot-list.js'

export class LRU implements Policy {
  private readonly uses = new SlotList()

  onInsert(slot: number): void {
    this.uses.addToHead(slot)
  }

  onHit(slot: number): void {
    this.uses.moveToHead(slot)
  }

  onUpdate(slot: number): void {
    this.uses.moveToHead(slot)
  }

  onRemove(slot: number): void {
    this.uses.remove(slot)
  }

  move(from: number, to: number): void {
    this.uses.replace(from, to)
  }

  trim(end: number): void {
    this.uses.trim(end)
  }

  victim(): number {
    return this.uses.tail
  }

  order(): Iterable<number> {
    return this.uses.fromTail()
  }
}
