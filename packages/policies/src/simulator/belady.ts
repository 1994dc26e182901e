/**
 * Belady's optimum: what a cache would hit that knows every request to come, and may refuse a new entry.
 *
 * It keeps what is asked for soonest. With entries that all count 1 nothing can do better, so it bounds every policy,
 * those that turn newcomers away included. With weights it is an approximation: an optimum would be a knapsack problem at
 * every step. What it tells then can be reached, but the true optimum may be higher.
 *
 * Structure. No two requests share an instant, so a resident is known by the instant of its next use. The residents are
 * a set of such instants: a request is a hit when its own is in the set, and the one to leave is the largest. An entry
 * that is never used again is no resident, for it gives nothing. O(n log n); 4 bytes a request, 16 more with weights.
 *
 * Reference: L. A. Belady, "A study of replacement algorithms for a virtual-storage computer", 1966; the refusal is what
 * makes it a bound for admission policies.
 */
import { InstantSet } from './instant-set.js'
import type { Requests } from './requests.js'
import { checkCapacity, outcome, PROGRESS_EVERY, type Progress, type Simulation } from './simulate.js'
import { WeightTree } from './weight-tree.js'

/** The optimum of a trace, at any number of capacities. Looks ahead once, when it is made. */
export class Optimum {
  /** The instant at which each request's key is next asked for, or the trace's end where it never is. */
  private readonly nextUse: Int32Array

  constructor(private readonly requests: Requests) {
    const { ids, hashes } = requests
    const never = ids.length
    const last = new Int32Array(hashes.length).fill(never)
    this.nextUse = new Int32Array(never)
    for (let at = never - 1; at >= 0; at--) {
      const id = ids[at]!
      this.nextUse[at] = last[id]!
      last[id] = at
    }
  }

  /** True where entries count 1; with weights it is an approximation. */
  get isExact(): boolean {
    return this.requests.weights === undefined
  }

  /**
   * What it hits at a capacity in entries, or in units of weight where the trace has weights.
   *
   * @throws CacheConfigError on a capacity that is no positive number
   */
  at(capacity: number, onProgress?: Progress): Simulation {
    checkCapacity(capacity)
    const { requests, nextUse } = this
    const length = nextUse.length
    const run =
      requests.weights === undefined
        ? new UnitRun(nextUse, capacity)
        : new WeightedRun(nextUse, requests.weights, capacity)
    for (let from = 0; from < length; from += PROGRESS_EVERY) {
      const to = Math.min(length, from + PROGRESS_EVERY)
      run.advance(from, to)
      onProgress?.(to)
    }
    return outcome(requests, run.hits, run.weightOfHits)
  }
}

class UnitRun {
  hits = 0
  readonly weightOfHits = 0

  private residents = 0
  private readonly uses: InstantSet

  constructor(
    private readonly nextUse: Int32Array,
    private readonly capacity: number,
  ) {
    this.uses = new InstantSet(nextUse.length)
  }

  advance(from: number, to: number): void {
    const { nextUse, uses } = this
    const most = Math.floor(this.capacity)
    for (let at = from; at < to; at++) {
      if (uses.has(at)) {
        this.hits++
        this.residents--
        uses.delete(at)
      }
      const next = nextUse[at]!
      if (next === nextUse.length) continue
      if (this.residents < most) this.residents++
      else {
        const farthest = uses.max()
        if (farthest < next) continue
        uses.delete(farthest)
      }
      uses.add(next)
    }
  }
}

/** The same, where a newcomer sends away as many as it needs, and none when those used later than it are not enough. */
class WeightedRun {
  hits = 0
  weightOfHits = 0

  private weight = 0
  private readonly uses: InstantSet
  /** What the resident weighs that is used at an instant. */
  private readonly weightAt: WeightTree

  constructor(
    private readonly nextUse: Int32Array,
    private readonly weights: Float64Array,
    private readonly capacity: number,
  ) {
    this.uses = new InstantSet(nextUse.length)
    this.weightAt = new WeightTree(nextUse.length)
  }

  advance(from: number, to: number): void {
    const { nextUse, weights } = this
    for (let at = from; at < to; at++) {
      let weight = weights[at]!
      if (this.uses.has(at)) {
        this.hits++
        this.weightOfHits += weight
        weight = this.remove(at)
      }
      if (nextUse[at] !== nextUse.length) this.offer(nextUse[at]!, weight)
    }
  }

  private offer(next: number, weight: number): void {
    const { uses, weightAt, capacity } = this
    // What is used sooner stays, and the newcomer has to fit beside it.
    if (this.weight + weight > capacity && weightAt.before(next) + weight > capacity) return
    while (this.weight + weight > capacity) {
      const farthest = uses.max()
      if (farthest < next) return
      this.remove(farthest)
    }
    uses.add(next)
    weightAt.set(next, weight)
    this.weight += weight
  }

  private remove(instant: number): number {
    this.uses.delete(instant)
    const weight = this.weightAt.take(instant)
    this.weight -= weight
    return weight
  }
}
