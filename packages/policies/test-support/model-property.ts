/**
 * A policy beside a model that a person can check by eye, over the operations that a store may ask for. For the tests of
 * this package; no part of what is published.
 */
import fc from 'fast-check'
import type { Policy } from '../src/eviction-policy.js'

/** What a policy should do, from scratch each time. */
export interface Model {
  insert(slot: number, hash: number, weight: number): void
  use(slot: number): void
  /** A use that may change the weight; without it, an update is a use. */
  update?(slot: number, weight: number): void
  remove(slot: number, evicted: boolean): void
  order(): number[]
  resize?(capacity: number): void
}

export interface Run {
  readonly capacity: number
  /** How many come before anything else happens. */
  readonly first?: number
  /** Arrivals take the lowest free multiple of it. */
  readonly stride?: number
  /** Entries weigh 1 to this much. */
  readonly heaviest?: number
  /** Whether the capacity changes on the way. */
  readonly resizes?: boolean
  readonly steps?: number
}

type Step = { kind: string; which: number; weight: number; looks: boolean }

const KINDS = ['insert', 'insert', 'insert', 'hit', 'hit', 'hit', 'update', 'remove', 'evict', 'resize']

/**
 * Runs random operations on both and hands them to `check`, when nothing was asked in between some of the time: an
 * answer must not depend on whether another was asked for before.
 */
export function beside<P extends Policy, M extends Model>(
  makePolicy: (capacity: number) => P,
  makeModel: (capacity: number) => M,
  run: Run,
  check: (policy: P, model: M, residents: readonly number[]) => void,
): void {
  const step = fc.record({
    kind: fc.constantFrom(...KINDS),
    which: fc.nat(1_000),
    weight: fc.integer({ min: 1, max: run.heaviest ?? 1 }),
    looks: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: run.steps ?? 400, size: 'max' }), (steps) => {
      const play = new Play(makePolicy(run.capacity), makeModel(run.capacity), run)
      for (let which = 0; which < (run.first ?? 0); which++)
        play.take({ kind: 'insert', which, weight: 1, looks: false })
      for (const step of steps) {
        play.take(step)
        if (step.looks) check(play.policy, play.model, [...play.residents.keys()])
      }
      check(play.policy, play.model, [...play.residents.keys()])
    }),
    { numRuns: 60 },
  )
}

class Play<P extends Policy, M extends Model> {
  /** Slot → key and weight. */
  readonly residents = new Map<number, { key: number; weight: number }>()
  private weight = 0
  private capacity: number

  constructor(
    readonly policy: P,
    readonly model: M,
    private readonly run: Run,
  ) {
    this.capacity = run.capacity
  }

  take({ kind, which, weight }: Step): void {
    const slot = [...this.residents.keys()][which % this.residents.size]
    if (kind === 'resize') {
      if (this.run.resizes) this.resize(1 + (which % (2 * this.run.capacity)))
    } else if (kind === 'insert' || slot === undefined) this.insert(which, Math.min(weight, this.capacity))
    else if (kind === 'hit') {
      this.policy.onHit(slot)
      this.model.use(slot)
    } else if (kind === 'update') this.update(slot, Math.min(weight, this.capacity))
    else if (kind === 'remove') this.leave(slot, false)
    else this.leave(this.policy.victim(), true)
  }

  private insert(which: number, weight: number): void {
    const { policy, model, run, residents } = this
    if (!policy.admits) this.shrinkTo(this.capacity - weight)
    let slot = 0
    while (residents.has(slot)) slot += run.stride ?? 1
    // Twice as many keys as fit, so that many come back.
    let key = which % (2 * run.capacity)
    const taken = new Set([...residents.values()].map((resident) => resident.key))
    while (taken.has(key)) key++
    const hash = Math.imul(key + 1, 0x9e3779b1) >>> 0
    residents.set(slot, { key, weight })
    this.weight += weight
    policy.onInsert(slot, hash, weight)
    model.insert(slot, hash, weight)
    this.shrinkTo(this.capacity)
  }

  private update(slot: number, weight: number): void {
    const resident = this.residents.get(slot)!
    this.weight += weight - resident.weight
    resident.weight = weight
    this.policy.onUpdate(slot, weight)
    if (this.model.update) this.model.update(slot, weight)
    else this.model.use(slot)
    this.shrinkTo(this.capacity)
  }

  private resize(capacity: number): void {
    this.capacity = capacity
    this.policy.resize?.(capacity)
    this.model.resize?.(capacity)
    this.shrinkTo(capacity)
  }

  private shrinkTo(weight: number): void {
    while (this.weight > weight) this.leave(this.policy.victim(), true)
  }

  private leave(slot: number, evicted: boolean): void {
    this.weight -= this.residents.get(slot)!.weight
    this.residents.delete(slot)
    this.policy.onRemove(slot, evicted)
    this.model.remove(slot, evicted)
  }
}
