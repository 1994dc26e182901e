/**
 * Time that costs nothing: a queue of what is due, in order. It moves only when the next event is taken, and then to the
 * instant of that event at once; equal instants keep the order in which they were set.
 */
import type { CancelTimer } from '@mtaio/core'

interface Event {
  readonly at: number
  readonly order: number
  fire: (() => void) | undefined
}

export class VirtualTime {
  /** ms since the beginning. */
  now = 0
  /** How many events have happened. */
  happened = 0
  private readonly heap: Event[] = []
  private order = 0

  /** Lets `fire` happen `delay` ms from now. */
  schedule(fire: () => void, delay: number): CancelTimer {
    const event: Event = { at: this.now + Math.max(0, delay), order: this.order++, fire }
    this.push(event)
    return () => {
      event.fire = undefined
    }
  }

  /** Lets the next event happen; false when there is none. What it sets off in promises is the caller's to wait for. */
  step(): boolean {
    for (let event = this.pop(); event !== undefined; event = this.pop()) {
      if (event.fire === undefined) continue
      this.now = event.at
      this.happened++
      event.fire()
      return true
    }
    return false
  }

  private push(event: Event): void {
    const { heap } = this
    let i = heap.length
    while (i > 0) {
      const parent = (i - 1) >> 1
      if (!isBefore(event, heap[parent]!)) break
      heap[i] = heap[parent]!
      i = parent
    }
    heap[i] = event
  }

  private pop(): Event | undefined {
    const { heap } = this
    const first = heap[0]
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return first
    let i = 0
    for (;;) {
      let child = 2 * i + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++
      if (!isBefore(heap[child]!, last)) break
      heap[i] = heap[child]!
      i = child
    }
    heap[i] = last
    return first
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}
