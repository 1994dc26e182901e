/**
 * The structure of the adaptive policy, under one {@link Setting} at a time, which may be changed at any time and loses
 * nothing. A small queue in order of arrival, a main one in which who was used has another round, and a memory of who left.
 * 9 bytes a slot, and 12 an entry for the memory. Knows no key and no other setting.
 *
 * A use costs a byte: up to 3 recent uses, which earn rounds, and up to 15 in all, which are halved from time to time. The
 * count goes along to the memory when one leaves, and comes back with it.
 *
 * Invariant. A slot is in one queue, and `weightIn` is the sum of a queue's weights. The oldest of the main queue has no
 * recent use; the oldest of the small queue, where that is over its share, has to leave it: unless more than `MOST_MOVES`
 * had to be moved to get there, which the next calls do.
 */
import { NONE } from '../structures/slot-list.js'
import { SlotQueues } from '../structures/slot-queues.js'
import { SlotWeights } from '../structures/slot-weights.js'
import { Departed, PER_ENTRY, UNITS } from './departed.js'
import type { Setting } from './setting.js'

export const SMALL = 0
export const MAIN = 1

/** A slot's byte: recent uses, all uses, its queue, and a mark for the owner. */
const RECENT = 0b11
const USES_SHIFT = 2
const MOST_USES = 15
const IN_MAIN = 0b0100_0000
export const MARK = 0b1000_0000

const FIRST_CAPACITY = 64
const MOST_MOVES = 1_000
/** After so many arrivals and uses for each entry, all uses are halved. */
const USES_PER_ENTRY = 10
/** Smaller caches count as if they had so many entries: else they would forget too soon to tell anything. */
const LEAST_ENTRIES = 256

const PATIENCE = 8

/** A byte after one use. */
const USED = Uint8Array.from({ length: 256 }, (_, byte) => {
  const recent = Math.min(RECENT, (byte & RECENT) + 1)
  const uses = Math.min(MOST_USES, ((byte >> USES_SHIFT) & MOST_USES) + 1)
  return (byte & (MARK | IN_MAIN)) | (uses << USES_SHIFT) | recent
})

export class TwoQueues {
  readonly weightIn = new Float64Array(2)
  residents = 0

  private readonly queues = new SlotQueues(2)
  private readonly weights = new SlotWeights()
  private readonly departed = new Departed()
  private bytes = new Uint8Array(FIRST_CAPACITY)
  private whole = 0
  private smallMost = 0
  private mainMost = 0
  /** Who was away for no longer is recalled; in units of the memory. */
  private recalled = 0
  /** Arrivals and uses since all were halved. */
  private counted = 0
  /** How many were turned away in favour of one whose uses have faded, since another was let in. */
  private refused = 0

  constructor(private setting: Setting) {}

  get total(): number {
    return this.weightIn[SMALL]! + this.weightIn[MAIN]!
  }

  /** Changes what the shares are shares of, or the setting. */
  divide(whole: number, setting = this.setting): void {
    this.setting = setting
    this.whole = whole
    this.smallMost = Math.max(1, whole * setting.share)
    this.mainMost = Math.max(0, whole - this.smallMost)
    this.recalled = (setting.recall * (1 - setting.share) * UNITS) / PER_ENTRY
    this.settle()
  }

  add(slot: number, hash: number, weight: number, mark: number): void {
    const { queues, setting } = this
    if (slot >= this.bytes.length) this.grow(slot)
    this.weights.set(slot, weight)
    this.residents++
    const away = this.departed.recall(hash)
    const uses = Math.min(MOST_USES, this.departed.count + 1)
    this.bytes[slot] = mark | (uses << USES_SHIFT)
    if (setting.recall > 0 && away >= 0 && away <= this.recalled) this.enterMain(slot)
    else {
      this.weightIn[SMALL]! += weight
      // One that is too heavy to wait has to leave the queue before all that wait there.
      if (weight > this.smallMost) queues.addToTail(SMALL, slot)
      else queues.addToHead(SMALL, slot)
    }
    if (++this.counted >= USES_PER_ENTRY * Math.max(LEAST_ENTRIES, this.residents)) this.fade()
    this.settle()
  }

  /** Counts a use. The slot's mark, or 0. */
  use(slot: number): number {
    const { bytes, queues } = this
    this.counted++
    const byte = USED[bytes[slot]!]!
    bytes[slot] = byte
    if (slot === queues.tail(MAIN) || slot === queues.tail(SMALL)) this.settle()
    return byte & MARK
  }

  reweigh(slot: number, weight: number): void {
    this.weightIn[this.queueOf(slot)]! += weight - this.weights.of(slot)
    this.weights.set(slot, weight)
    this.settle()
  }

  /** One leaves; if it was the victim, it is remembered, and whoever won against it moves up. */
  remove(slot: number, hash: number, evicted: boolean): void {
    const { departed } = this
    if (evicted) {
      this.judge(slot)
      departed.fit(this.residents)
      departed.remember(hash, this.usesOf(slot))
    }
    this.leave(slot)
    this.residents--
    this.settle()
  }

  /** The next to leave: the oldest of the queue that is over its share, unless it wins against the oldest of the main queue. */
  victim(): number {
    const { queues } = this
    const small = queues.tail(SMALL)
    const main = queues.tail(MAIN)
    if (small === NONE) return main
    if (main === NONE) return small
    if (!this.smallGives()) return main
    return this.setting.contests && this.wins(small, main) ? main : small
  }

  fromTail(queue: number): IterableIterator<number> {
    return this.queues.fromTail(queue)
  }

  isMarked(slot: number): boolean {
    return (this.bytes[slot]! & MARK) !== 0
  }

  /** Marks those for which it holds and no others. */
  markAll(holds: (slot: number) => boolean): void {
    for (const queue of [SMALL, MAIN]) {
      for (const slot of this.fromTail(queue)) {
        this.bytes[slot] = (this.bytes[slot]! & ~MARK) | (holds(slot) ? MARK : 0)
      }
    }
  }

  /** Puts a slot in the place of another. */
  replace(slot: number, by: number): void {
    if (by >= this.bytes.length) this.grow(by)
    this.queues.replace(this.queueOf(slot), slot, by)
    this.bytes[by] = this.bytes[slot]!
    this.weights.set(by, this.weights.of(slot))
  }

  /** Gives back the memory of slots from `end` on. */
  trim(end: number): void {
    this.queues.trim(end)
    this.weights.trim(end)
    this.bytes = this.bytes.slice(0, end)
    this.departed.shrink(Math.max(LEAST_ENTRIES, end))
  }

  weightOf(slot: number): number {
    return this.weights.of(slot)
  }

  private queueOf(slot: number): number {
    return (this.bytes[slot]! & IN_MAIN) === 0 ? SMALL : MAIN
  }

  private usesOf(slot: number): number {
    return (this.bytes[slot]! >> USES_SHIFT) & MOST_USES
  }

  private smallGives(): boolean {
    return this.weightIn[SMALL]! > this.smallMost
  }

  /**
   * Whether one was asked for more often than all that must leave for it, together. Each of them counts for one at least,
   * so strangers do not win, and no more than 15 are looked at. But of strangers before one that was not used for so long
   * that its uses faded, one in `PATIENCE` wins, or those that once were popular would stay for ever.
   */
  private wins(candidate: number, first: number): boolean {
    const { queues, weights } = this
    const uses = this.usesOf(candidate)
    let owed = Math.min(this.total - this.whole, weights.of(candidate))
    let against = 0
    for (let slot = first; slot !== NONE; slot = queues.newer(slot)) {
      const least = slot === first && this.refused >= PATIENCE - 1 ? 0 : 1
      against += Math.max(least, this.usesOf(slot))
      if (against >= uses) return false
      owed -= weights.of(slot)
      if (owed <= 0) return true
    }
    return true
  }

  /** Gives rounds and moves up until the oldest of either queue are those that have to leave it. */
  private settle(): void {
    const { queues, bytes, weights, setting } = this
    for (let moves = 0; moves < MOST_MOVES; moves++) {
      const main = queues.tail(MAIN)
      if (main !== NONE && (bytes[main]! & RECENT) !== 0) {
        bytes[main]!--
        queues.moveToHead(MAIN, main)
        continue
      }
      const small = queues.tail(SMALL)
      if (small === NONE || !this.smallGives()) return
      const isUsed = (bytes[small]! & RECENT) !== 0
      if (isUsed && setting.keeps && weights.of(small) <= this.smallMost) {
        bytes[small]!--
        queues.moveToHead(SMALL, small)
      } else if ((isUsed && setting.promotes) || this.weightIn[MAIN]! + weights.of(small) <= this.mainMost) {
        this.promote(small)
      } else return
    }
  }

  /** One leaves for another's sake, if both queues had to be looked at. */
  private judge(leaving: number): void {
    const small = this.queues.tail(SMALL)
    const main = this.queues.tail(MAIN)
    if (small === NONE || main === NONE || !this.smallGives()) return
    if (leaving === main) {
      this.promote(small)
      this.refused = 0
    } else if (leaving === small && this.usesOf(main) === 0) this.refused++
  }

  private promote(slot: number): void {
    this.leave(slot)
    this.bytes[slot]! &= ~RECENT
    this.enterMain(slot)
  }

  private enterMain(slot: number): void {
    this.bytes[slot]! |= IN_MAIN
    this.queues.addToHead(MAIN, slot)
    this.weightIn[MAIN]! += this.weights.of(slot)
  }

  private leave(slot: number): void {
    const { queues, weightIn } = this
    const queue = this.queueOf(slot)
    queues.remove(queue, slot)
    weightIn[queue]! -= this.weights.of(slot)
    // Sums of fractions end near zero, not at it.
    if (queues.tail(queue) === NONE) weightIn[queue] = 0
  }

  private fade(): void {
    const { bytes } = this
    const uses = MOST_USES << USES_SHIFT
    for (let slot = 0; slot < bytes.length; slot++) {
      const byte = bytes[slot]!
      bytes[slot] = (byte & ~uses) | (((byte & uses) >> 1) & uses)
    }
    this.counted = 0
    this.departed.epoch++
  }

  private grow(slot: number): void {
    const bytes = new Uint8Array(Math.max(slot + 1, this.bytes.length * 2))
    bytes.set(this.bytes)
    this.bytes = bytes
  }
}
