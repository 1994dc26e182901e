/**
 * SIEVE: a FIFO whose hand passes over what was read since it last came by. Exact; O(1), amortized; 9 bytes an entry.
 *
 * Intuition. Most newcomers are never read again and should leave soon; those that are read stay where they are, so
 * that newcomers and survivors do not mix, and a hit writes one byte.
 *
 * Structure. Residents in order of arrival and a bit for each, set by a use. The hand stands at the next to be judged
 * and goes from the oldest to the newest, then from the oldest again. It clears bits until it meets one that is not
 * set: that slot leaves, and the hand rests behind it.
 *
 * To choose must change nothing, so `victim` only looks ahead; the bits are cleared when the victim leaves. How far it
 * has looked is kept, for every step ahead is paid for by the bit that will be cleared.
 *
 * Invariant. From the hand up to `reach`, on the hand's way round, every bit is set; all of them when `reach` came past
 * the newest and is at the hand again.
 *
 * Reference: Y. Zhang, J. Yang, Y. Yue, Y. Vigfusson, K. V. Rashmi, "SIEVE is simpler than LRU", NSDI 2024.
 */
import type { Policy } from './eviction-policy.js'
import { NONE, SlotList } from './structures/slot-list.js'

const FIRST_CAPACITY = 64

export class SIEVE implements Policy {
  private readonly arrivals = new SlotList()
  private visited = new Uint8Array(FIRST_CAPACITY)
  /** The next to be judged; `NONE` stands for the oldest. */
  private hand = NONE
  /** How far `victim` has looked; `NONE` when it has not since the hand moved. */
  private reach = NONE
  /** Whether `reach` came past the newest, from where it goes on with the oldest. */
  private isPastNewest = false

  onInsert(slot: number): void {
    if (slot >= this.visited.length) this.grow(slot)
    this.visited[slot] = 0
    this.arrivals.addToHead(slot)
    // All between the hand and the newest are known to be set, so the newcomer is the first that is not.
    if (this.isPastNewest) this.lookFrom(slot)
  }

  onHit(slot: number): void {
    this.visited[slot] = 1
  }

  onUpdate(slot: number): void {
    this.visited[slot] = 1
  }

  onRemove(slot: number, evicted: boolean): void {
    if (evicted && slot === this.victim()) this.sweep(slot)
    const { arrivals } = this
    const isStart = slot === this.start()
    const isReach = slot === this.reach
    const newer = arrivals.newer(slot)
    arrivals.remove(slot)
    if (isStart) {
      if (this.hand === slot) this.hand = newer
      if (isReach && this.isPastNewest) this.reach = this.start()
      else if (isReach) this.lookFrom(NONE)
      // The way now starts at the oldest, so what was past the newest no longer is.
      else if (newer === NONE) this.isPastNewest = false
      if (arrivals.tail === NONE) this.lookFrom(NONE)
    } else if (isReach) {
      this.reach = newer
      if (newer === NONE) this.reachOldest()
    }
  }

  victim(): number {
    const start = this.start()
    if (this.reach === NONE) this.reach = start
    if (start === NONE || (this.isPastNewest && this.reach === start)) return start
    while (this.visited[this.reach] === 1) {
      this.reach = this.arrivals.newer(this.reach)
      if (this.reach === NONE) this.reachOldest()
      if (this.reach === start) break
    }
    return this.reach
  }

  move(from: number, to: number): void {
    if (to >= this.visited.length) this.grow(to)
    this.arrivals.replace(from, to)
    this.visited[to] = this.visited[from]!
    if (this.hand === from) this.hand = to
    if (this.reach === from) this.reach = to
  }

  trim(end: number): void {
    this.arrivals.trim(end)
    this.visited = this.visited.slice(0, end)
  }

  *order(): IterableIterator<number> {
    for (const slot of this.fromHand()) if (this.visited[slot] === 0) yield slot
    for (const slot of this.fromHand()) if (this.visited[slot] === 1) yield slot
  }

  private start(): number {
    return this.hand === NONE ? this.arrivals.tail : this.hand
  }

  /** Clears the bits on the hand's way to the victim, where it comes to stand. */
  private sweep(victim: number): void {
    const { arrivals, visited } = this
    let slot = this.start()
    // A set bit on the victim says that all are set, and that the hand goes all the way round.
    while (slot !== victim || visited[slot] === 1) {
      visited[slot] = 0
      slot = arrivals.newer(slot)
      if (slot === NONE) slot = arrivals.tail
    }
    this.hand = victim
    this.lookFrom(NONE)
  }

  private lookFrom(slot: number): void {
    this.reach = slot
    this.isPastNewest = false
  }

  private reachOldest(): void {
    this.reach = this.arrivals.tail
    this.isPastNewest = true
  }

  private *fromHand(): IterableIterator<number> {
    const start = this.start()
    let slot = start
    while (slot !== NONE) {
      yield slot
      slot = this.arrivals.newer(slot)
      if (slot === NONE) slot = this.arrivals.tail
      if (slot === start) return
    }
  }

  private grow(slot: number): void {
    const visited = new Uint8Array(Math.max(slot + 1, this.visited.length * 2))
    visited.set(this.visited)
    this.visited = visited
  }
}
