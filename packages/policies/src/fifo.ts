/** First in, first out: reads and updates do not matter. Exact; O(1); 8 bytes an entry. */
import type { Policy } from './eviction-policy.js'
import { SlotList } from './structures/slot-list.js'

export class FIFO implements Policy {
  private readonly arrivals = new SlotList()

  onInsert(slot: number): void {
    this.arrivals.addToHead(slot)
  }

  onHit(): void {}

  onUpdate(): void {}

  onRemove(slot: number): void {
    this.arrivals.remove(slot)
  }

  move(from: number, to: number): void {
    this.arrivals.replace(from, to)
  }

  trim(end: number): void {
    this.arrivals.trim(end)
  }

  victim(): number {
    return this.arrivals.tail
  }

  order(): Iterable<number> {
    return this.arrivals.fromTail()
  }
}
