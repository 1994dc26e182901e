/** One policy at one capacity over a trace: what a cache with it would have hit. */
import { CacheConfigError } from '@mtaio/exceptions'
import { createPolicy } from '../create-policy.js'
import type { EvictionPolicy, Policy, PolicyFactory } from '../eviction-policy.js'
import type { Requests } from './requests.js'

/** Is told how many requests are done, every 100 000 and at the end. */
export type Progress = (done: number) => void

/** How often {@link Progress} is told. */
export const PROGRESS_EVERY = 100_000

export interface SimulationOptions {
  /** A policy by name, or a factory of one's own. */
  readonly policy: EvictionPolicy | PolicyFactory
  /** Entries at most, or units of weight where the trace has weights. */
  readonly capacity: number
  readonly onProgress?: Progress
}

/** What came of it. The whole trace counts, the cold start included. */
export interface Simulation {
  readonly requests: number
  readonly hits: number
  /** Hits per request, from 0 to 1; 0 for a trace without requests. */
  readonly hitRatio: number
  /** Weight of the hits per weight of all requests, where the trace has weights. */
  readonly weightHitRatio?: number
}

/**
 * Asks for each key and stores it where it was missing, as a cache before a slower source does: one `get`, and upon a
 * miss one `set`. Entries do not expire. One that is heavier than the whole cache is not stored; one keeps the weight
 * that it was stored with.
 *
 * @throws CacheConfigError on an unknown policy, or a capacity that is no positive number
 */
export function simulate(requests: Requests, { policy, capacity, onProgress }: SimulationOptions): Simulation {
  checkCapacity(capacity)
  const run = new Run(requests, createPolicy(policy, capacity), capacity)
  const { length } = requests.ids
  for (let from = 0; from < length; from += PROGRESS_EVERY) {
    const to = Math.min(length, from + PROGRESS_EVERY)
    run.advance(from, to)
    onProgress?.(to)
  }
  return outcome(requests, run.hits, run.weightOfHits)
}

/** The figures of a run, from its counts. */
export function outcome({ ids, weights }: Requests, hits: number, weightOfHits: number): Simulation {
  const figures = { requests: ids.length, hits, hitRatio: ids.length === 0 ? 0 : hits / ids.length }
  if (weights === undefined) return figures
  let total = 0
  for (let at = 0; at < weights.length; at++) total += weights[at]!
  return { ...figures, weightHitRatio: total === 0 ? 0 : weightOfHits / total }
}

export function checkCapacity(capacity: number): void {
  if (capacity > 0) return
  throw new CacheConfigError(`a capacity must be a positive number, not ${capacity}`)
}

/** The residents of a cache that holds no values, kept as the entry store of `@mtaio/core` keeps its own. */
class Run {
  hits = 0
  weightOfHits = 0

  /** Slot + 1 of each id, or 0. */
  private readonly slotOf: Int32Array
  private idOf = new Int32Array(1024)
  private weightOf: Float64Array<ArrayBuffer>
  /** Slots given back, each leading to the one before; -1 ends. */
  private nextFree = new Int32Array(1024)
  private free = -1
  private slots = 0
  private weight = 0
  private readonly admits: boolean

  constructor(
    private readonly requests: Requests,
    private readonly policy: Policy,
    private readonly capacity: number,
  ) {
    this.slotOf = new Int32Array(requests.hashes.length)
    this.weightOf = new Float64Array(requests.weights === undefined ? 0 : 1024)
    this.admits = policy.admits === true
  }

  advance(from: number, to: number): void {
    const { policy, slotOf } = this
    const { ids, weights } = this.requests
    for (let at = from; at < to; at++) {
      const id = ids[at]!
      const slot = slotOf[id]! - 1
      if (slot >= 0) {
        this.hits++
        if (weights !== undefined) this.weightOfHits += weights[at]!
        policy.onHit(slot)
      } else this.add(id, weights === undefined ? 1 : weights[at]!)
    }
  }

  /** The order of the store: room is made before the insertion, but for a policy that admits, after it. */
  private add(id: number, weight: number): void {
    const { policy, capacity, admits } = this
    if (weight > capacity) return
    if (!admits) while (this.weight + weight > capacity && this.evict());
    const slot = this.take()
    this.idOf[slot] = id
    this.slotOf[id] = slot + 1
    if (this.requests.weights !== undefined) this.weightOf[slot] = weight
    this.weight += weight
    policy.onInsert(slot, this.requests.hashes[id]!, weight)
    if (admits) while (this.weight > capacity && this.evict());
  }

  private evict(): boolean {
    const slot = this.policy.victim()
    if (slot < 0) return false
    this.slotOf[this.idOf[slot]!] = 0
    this.policy.onRemove(slot, true)
    this.weight -= this.requests.weights === undefined ? 1 : this.weightOf[slot]!
    this.nextFree[slot] = this.free
    this.free = slot
    return true
  }

  private take(): number {
    const free = this.free
    if (free >= 0) {
      this.free = this.nextFree[free]!
      return free
    }
    if (this.slots === this.idOf.length) this.grow()
    return this.slots++
  }

  private grow(): void {
    const capacity = 2 * this.slots
    const idOf = new Int32Array(capacity)
    idOf.set(this.idOf)
    this.idOf = idOf
    const nextFree = new Int32Array(capacity)
    nextFree.set(this.nextFree)
    this.nextFree = nextFree
    if (this.requests.weights === undefined) return
    const weightOf = new Float64Array(capacity)
    weightOf.set(this.weightOf)
    this.weightOf = weightOf
  }
}
