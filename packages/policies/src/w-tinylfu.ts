/**
 * W-TinyLFU: a newcomer that has left its window takes another's place only if it was asked for more often lately. O(1),
 * amortized; 13 bytes an entry and 8 to 16 for the sketch.
 *
 * Intuition. To keep what is asked for often, one must remember how often keys were asked for that are not in the cache.
 * A sketch does so in a few bits a key and forgets in time. New keys have no past, so they get a window first, in which
 * only recency counts; how large it is best depends on the requests and is found while the cache runs.
 *
 * Structure. Three lists by recency: the window, and a main area of those on probation and those that were used there,
 * which are protected. Who no longer fits into the window becomes a candidate, the latest on probation. When somebody
 * has to leave, the oldest candidate is held against the oldest on probation, and the one that was counted less leaves;
 * the candidate, when both are equal. One that was counted often and still loses is let in by chance, once in 128
 * times, so that nobody can shut it out with keys that collide. Chance is a hash: the same calls give the same order.
 *
 * Weights. Regions are shares of the weight. A candidate is held against as many as must leave for it, and against all
 * their counts together; each but the first counts for one at least, which bounds how many are looked at. A newcomer that
 * is heavier than the window is a candidate at once.
 *
 * Invariant. The candidates are neighbours in the list of those on probation, from `candidate` to `lastCandidate`.
 *
 * Reference: G. Einziger, R. Friedman, B. Manes, "TinyLFU: a highly efficient cache admission policy", ACM ToS 2017; G.
 * Einziger, O. Eytan, R. Friedman, B. Manes, "Lightweight robust size aware cache management", ACM ToS 2022 (the rule of
 * aggregated victims); the Caffeine library. See also `structures/window-climber.ts`.
 */
import type { Policy } from './eviction-policy.js'
import { FrequencySketch } from './structures/frequency-sketch.js'
import { NONE } from './structures/slot-list.js'
import { WindowClimber } from './structures/window-climber.js'
import { PROBATION, PROTECTED, Regions, WINDOW } from './w-tinylfu-regions.js'

const FIRST_CAPACITY = 64
/** After so many counts for each entry that fits, the sketch forgets half. */
const COUNTS_PER_ENTRY = 10
/** Smaller caches have a sketch as for so many entries: else it would forget too soon to tell anything. */
const LEAST_SKETCH = 256
/** One that was counted so often may be let in by chance. */
const WARM = 6
const CHANCE_MASK = 127

export class WTinyLFU implements Policy {
  readonly admits = true
  readonly needsHash = true

  private readonly regions = new Regions()
  private readonly sketch = new FrequencySketch()
  private readonly climber = new WindowClimber()
  private hashes = new Int32Array(FIRST_CAPACITY)
  private capacity = 0
  private residents = 0
  private arrivals = 0
  /** Whether the cache was full once. What a cache misses that fills up says nothing about its window. */
  private wasFull = false
  /** Of those that left the window at the latest arrival or update: the next to be judged, and the last. */
  private candidate = NONE
  private lastCandidate = NONE
  /** The weight that has left for the sake of `candidate`. */
  private paid = 0

  constructor(capacity: number) {
    this.resize(capacity)
  }

  onInsert(slot: number, hash: number, weight: number): void {
    const { regions, sketch } = this
    if (slot >= this.hashes.length) this.grow(slot)
    this.hashes[slot] = hash
    this.residents++
    this.arrivals++
    this.candidate = this.lastCandidate = NONE
    const entries = this.fit(weight)
    sketch.ensure(Math.max(LEAST_SKETCH, this.residents))
    sketch.period = COUNTS_PER_ENTRY * Math.max(LEAST_SKETCH, entries)
    sketch.count(hash)
    if (this.wasFull) {
      this.climber.miss()
      regions.moveBorder(this.climber.change(regions.windowMost, Math.max(LEAST_SKETCH, entries)))
    }
    if (weight > regions.windowMost) {
      regions.add(PROBATION, slot, weight)
      this.nominate(slot)
    } else {
      regions.add(WINDOW, slot, weight)
      this.drainWindow()
    }
  }

  onHit(slot: number): void {
    const { regions } = this
    this.sketch.count(this.hashes[slot]!)
    if (this.wasFull) this.climber.hit(regions.regionOf(slot) === WINDOW)
    this.withdraw(slot)
    regions.use(slot)
  }

  onUpdate(slot: number, weight: number): void {
    const { regions } = this
    regions.reweigh(slot, weight)
    this.onHit(slot)
    this.candidate = this.lastCandidate = NONE
    if (regions.regionOf(slot) !== WINDOW) return regions.demote()
    if (weight > regions.windowMost) {
      regions.move(PROBATION, slot)
      this.nominate(slot)
    } else this.drainWindow()
  }

  onRemove(slot: number, evicted: boolean): void {
    if (slot === this.candidate || !evicted) this.withdraw(slot)
    else if (this.candidate !== NONE) this.pay(this.regions.weightOf(slot))
    if (slot === this.lastCandidate) this.withdraw(slot)
    this.regions.remove(slot)
    this.residents--
  }

  victim(): number {
    const { regions, candidate } = this
    const first = regions.tail(PROBATION)
    if (first === NONE) {
      const second = regions.tail(PROTECTED)
      return second === NONE ? regions.tail(WINDOW) : second
    }
    if (candidate === NONE || candidate === first) return first
    return this.isAdmitted(candidate, first) ? first : candidate
  }

  /** After the first, exact unless several candidates are still to be judged. */
  *order(): IterableIterator<number> {
    const victim = this.victim()
    if (victim !== NONE) yield victim
    for (const region of [PROBATION, PROTECTED, WINDOW]) {
      for (const slot of this.regions.fromTail(region)) if (slot !== victim) yield slot
    }
  }

  move(from: number, to: number): void {
    if (to >= this.hashes.length) this.grow(to)
    this.regions.replace(from, to)
    this.hashes[to] = this.hashes[from]!
    if (this.candidate === from) this.candidate = to
    if (this.lastCandidate === from) this.lastCandidate = to
  }

  trim(end: number): void {
    this.regions.trim(end)
    this.hashes = this.hashes.slice(0, end)
    this.sketch.shrink(Math.max(LEAST_SKETCH, end))
  }

  resize(capacity: number): void {
    // Shares of infinity would not be numbers.
    this.capacity = Math.min(capacity, Number.MAX_SAFE_INTEGER)
    this.divide(this.capacity)
  }

  private divide(whole: number): void {
    this.regions.setWhole(whole)
    this.climber.reset(whole)
    this.wasFull = false
    this.drainWindow()
    this.candidate = this.lastCandidate = NONE
  }

  /**
   * How many entries fit, by the mean weight of those that are there. Where the capacity counts entries that are weighed,
   * or is about to be kept to after a resize, the borders go by what there is.
   */
  private fit(arriving: number): number {
    const { regions, capacity } = this
    const total = regions.total + arriving
    if (total > 2 * regions.whole || (regions.whole > capacity && total < regions.whole / 2)) {
      this.divide(Math.max(capacity, total))
    }
    if (total >= regions.whole) this.wasFull = true
    return total === 0 ? this.residents : (regions.whole * this.residents) / total
  }

  /** Whether the candidate may stay: it was counted more often than all that must leave for it, together. */
  private isAdmitted(candidate: number, first: number): boolean {
    const { regions, sketch, hashes } = this
    const counted = sketch.estimate(hashes[candidate]!)
    let owed = Math.min(regions.total - regions.whole, regions.weightOf(candidate) - this.paid)
    let against = 0
    for (let slot = first; slot !== candidate; slot = regions.newer(slot)) {
      against += Math.max(sketch.estimate(hashes[slot]!), slot === first ? 0 : 1)
      if (against >= counted) return counted >= WARM && this.isLucky(candidate)
      owed -= regions.weightOf(slot)
      if (owed <= 0) return true
    }
    return false
  }

  /** The same however often it is asked for one candidate. */
  private isLucky(candidate: number): boolean {
    let mixed = Math.imul(this.hashes[candidate]! ^ Math.imul(this.arrivals, 0x9e3779b1), 0x85ebca6b)
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
    return ((mixed ^ (mixed >>> 16)) & CHANCE_MASK) === 0
  }

  /** Those that no longer fit into the window become candidates. */
  private drainWindow(): void {
    const { regions } = this
    while (regions.weightIn[WINDOW]! > regions.windowMost) {
      const slot = regions.tail(WINDOW)
      if (slot === NONE) return
      regions.move(PROBATION, slot)
      this.nominate(slot)
    }
  }

  private nominate(slot: number): void {
    if (this.candidate === NONE) {
      this.candidate = slot
      this.paid = 0
    }
    this.lastCandidate = slot
  }

  /** A victim of that weight left for the candidate, which stays when that was enough. */
  private pay(weight: number): void {
    this.paid += weight
    if (this.paid >= this.regions.weightOf(this.candidate)) this.withdraw(this.candidate)
  }

  /** One that is a candidate no longer is. */
  private withdraw(slot: number): void {
    if (slot === this.candidate) {
      this.candidate = slot === this.lastCandidate ? NONE : this.regions.newer(slot)
      this.paid = 0
      if (this.candidate === NONE) this.lastCandidate = NONE
    } else if (slot === this.lastCandidate) this.lastCandidate = this.regions.older(slot)
  }

  private grow(slot: number): void {
    const hashes = new Int32Array(Math.max(slot + 1, this.hashes.length * 2))
    hashes.set(this.hashes)
    this.hashes = hashes
  }
}
