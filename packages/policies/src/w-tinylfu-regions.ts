/**
 * The three regions of W-TinyLFU and the borders between them: a window for newcomers, and a main area of which four
 * fifths are protected and the rest is on probation. Each is ordered by use. 9 bytes an entry. Knows no frequency.
 *
 * Invariant. A resident is in one region; `weightIn` is the sum of a region's weights. The window and the protected
 * region weigh no more than their share but while `pending` is worked off, a few entries at each arrival.
 */
import { NONE } from './structures/slot-list.js'
import { SlotQueues } from './structures/slot-queues.js'
import { SlotWeights } from './structures/slot-weights.js'

export const WINDOW = 0
export const PROBATION = 1
export const PROTECTED = 2

const FIRST_CAPACITY = 64
/** What is left of the whole is the window at first. */
const MAIN_SHARE = 0.99
const PROTECTED_SHARE = 0.8
/** At most so many change regions at one arrival when borders are moved. */
const MOVES = 1_000

export class Regions {
  /** What the borders divide: the capacity, or what there is where the capacity counts entries that are weighed. */
  whole = 0
  windowMost = 0
  protectedMost = 0

  readonly weightIn = new Float64Array(3)
  private readonly queues = new SlotQueues(3)
  private readonly weights = new SlotWeights()
  private regions = new Uint8Array(FIRST_CAPACITY)
  /** By how much the window is still to grow, or to shrink where it is negative. */
  private pending = 0

  get total(): number {
    const { weightIn } = this
    return weightIn[WINDOW]! + weightIn[PROBATION]! + weightIn[PROTECTED]!
  }

  regionOf(slot: number): number {
    return this.regions[slot]!
  }

  weightOf(slot: number): number {
    return this.weights.of(slot)
  }

  /** The least recently used of a region. */
  tail(region: number): number {
    return this.queues.tail(region)
  }

  newer(slot: number): number {
    return this.queues.newer(slot)
  }

  older(slot: number): number {
    return this.queues.older(slot)
  }

  fromTail(region: number): IterableIterator<number> {
    return this.queues.fromTail(region)
  }

  add(region: number, slot: number, weight: number): void {
    if (slot >= this.regions.length) this.grow(slot)
    this.weights.set(slot, weight)
    this.enter(region, slot)
  }

  remove(slot: number): void {
    const { queues, weightIn } = this
    const region = this.regions[slot]!
    queues.remove(region, slot)
    weightIn[region]! -= this.weights.of(slot)
    // Sums of fractions end near zero, not at it.
    if (queues.tail(region) === NONE) weightIn[region] = 0
  }

  reweigh(slot: number, weight: number): void {
    this.weightIn[this.regions[slot]!]! += weight - this.weights.of(slot)
    this.weights.set(slot, weight)
  }

  /** Puts a slot in the place of another. */
  replace(slot: number, by: number): void {
    if (by >= this.regions.length) this.grow(by)
    this.queues.replace(this.regions[slot]!, slot, by)
    this.regions[by] = this.regions[slot]!
    this.weights.set(by, this.weights.of(slot))
  }

  /** Gives back the memory of slots from `end` on. */
  trim(end: number): void {
    this.queues.trim(end)
    this.weights.trim(end)
    this.regions = this.regions.slice(0, end)
  }

  /** Makes a slot the most recently used of a region. */
  move(region: number, slot: number): void {
    if (this.regions[slot] === region) return this.queues.moveToHead(region, slot)
    this.remove(slot)
    this.enter(region, slot)
  }

  /** A use: of those on probation it makes protected ones. */
  use(slot: number): void {
    const region = this.regions[slot]!
    if (region !== PROBATION || this.weights.of(slot) > this.protectedMost) return this.queues.moveToHead(region, slot)
    this.move(PROTECTED, slot)
    this.demote()
  }

  /** Sets the borders for another whole; the window's share of it stays, if there was one. */
  setWhole(whole: number): void {
    const share = this.whole === 0 ? 0 : this.windowMost / this.whole
    this.whole = whole
    this.pending = 0
    this.windowMost = share === 0 ? whole - Math.floor(whole * MAIN_SHARE) : share * whole
    this.protectedMost = (whole - this.windowMost) * PROTECTED_SHARE
    this.demote()
  }

  /** Moves the border between window and main area, a bit now and the rest at later calls. */
  moveBorder(change: number): void {
    if (change !== 0) this.pending = change
    if (this.pending > 0) this.widen()
    else if (this.pending < 0) this.narrow()
  }

  /** Puts the least recently used of the protected on probation until those that are left fit. */
  demote(): void {
    const { queues, weightIn } = this
    while (weightIn[PROTECTED]! > this.protectedMost && queues.tail(PROTECTED) !== NONE) {
      this.move(PROBATION, queues.tail(PROTECTED))
    }
  }

  /** The window gets the least recently used of the main area along with their room. */
  private widen(): void {
    let room = Math.min(this.pending, this.protectedMost)
    this.shift(room)
    this.demote()
    for (let moves = 0; moves < MOVES; moves++) {
      let slot = this.queues.tail(PROBATION)
      if (slot === NONE || this.weights.of(slot) > room) slot = this.queues.tail(PROTECTED)
      if (slot === NONE || this.weights.of(slot) > room) break
      room -= this.weights.of(slot)
      this.move(WINDOW, slot)
    }
    this.shift(-room)
    this.pending = room >= 1 ? room : 0
  }

  /** The main area gets the least recently used of the window along with their room, on probation. */
  private narrow(): void {
    let room = Math.min(-this.pending, Math.max(0, this.windowMost - 1))
    this.shift(-room)
    for (let moves = 0; moves < MOVES; moves++) {
      const slot = this.queues.tail(WINDOW)
      if (slot === NONE || this.weights.of(slot) > room) break
      room -= this.weights.of(slot)
      this.move(PROBATION, slot)
    }
    this.shift(room)
    this.pending = room >= 1 ? -room : 0
  }

  private shift(room: number): void {
    this.windowMost += room
    this.protectedMost -= room
  }

  private enter(region: number, slot: number): void {
    this.regions[slot] = region
    this.queues.addToHead(region, slot)
    this.weightIn[region]! += this.weights.of(slot)
  }

  private grow(slot: number): void {
    const regions = new Uint8Array(Math.max(slot + 1, this.regions.length * 2))
    regions.set(this.regions)
    this.regions = regions
  }
}
