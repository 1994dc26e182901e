import { describe, expect, it, vi } from 'vitest'
import { beside, type Model } from '../test-support/model-property.js'
import type { FrequencySketch } from './structures/frequency-sketch.js'
import { SlotQueues } from './structures/slot-queues.js'
import { seededRandom } from './testing/seeded-random.js'
import { WTinyLFU } from './w-tinylfu.js'
import type { Regions } from './w-tinylfu-regions.js'

/** What cannot be seen from outside. */
interface Inside {
  regions: Regions
  sketch: FrequencySketch
  hashes: Int32Array
  arrivals: number
  wasFull: boolean
  candidate: number
  lastCandidate: number
  isLucky(candidate: number): boolean
}

const inside = (policy: WTinyLFU) => policy as unknown as Inside

/**
 * Who leaves, from scratch: arrays for the regions, least recently used first. How large they may be, and what was
 * counted, is taken from the policy; both have tests of their own.
 */
class WTinyLFUModel implements Model {
  window: number[] = []
  probation: number[] = []
  protected: number[] = []
  weights = new Map<number, number>()
  candidates: number[] = []
  paid = 0
  constructor(readonly policy: WTinyLFU) {}

  insert(slot: number, _hash: number, weight: number) {
    const { regions } = inside(this.policy)
    this.weights.set(slot, weight)
    this.candidates = []
    if (weight > regions.windowMost) this.nominate(slot)
    else {
      this.window.push(slot)
      this.drain()
    }
  }
  use(slot: number) {
    if (this.window.includes(slot)) this.window.push(this.taken(slot))
    else if (this.protected.includes(slot)) this.protected.push(this.taken(slot))
    else {
      this.withdraw(slot)
      const fits = this.weights.get(slot)! <= inside(this.policy).regions.protectedMost
      ;(fits ? this.protected : this.probation).push(this.taken(slot))
      this.demote()
    }
  }
  update(slot: number, weight: number) {
    this.weights.set(slot, weight)
    this.use(slot)
    this.candidates = []
    if (!this.window.includes(slot)) return this.demote()
    if (weight > inside(this.policy).regions.windowMost) this.nominate(this.taken(slot))
    else this.drain()
  }
  remove(slot: number, evicted: boolean) {
    const [candidate] = this.candidates
    if (evicted && candidate !== undefined && slot !== candidate) {
      this.paid += this.weights.get(slot)!
      if (this.paid >= this.weights.get(candidate)!) this.withdraw(candidate)
    }
    this.withdraw(slot)
    this.taken(slot)
    this.weights.delete(slot)
  }
  order() {
    const all = [...this.probation, ...this.protected, ...this.window]
    const [candidate] = this.candidates
    if (candidate === undefined || candidate === this.probation[0] || this.admits(candidate)) return all
    return [candidate, ...all.filter((slot) => slot !== candidate)]
  }
  admits(candidate: number) {
    const { sketch, hashes, regions } = inside(this.policy)
    const counted = (slot: number) => sketch.estimate(hashes[slot]!)
    const owed = Math.min(this.sum(this.weights.keys()) - regions.whole, this.weights.get(candidate)! - this.paid)
    const leaving: number[] = []
    for (const slot of this.probation.slice(0, this.probation.indexOf(candidate))) {
      if (leaving.length === 0 || this.sum(leaving) < owed) leaving.push(slot)
    }
    const against = leaving.reduce((sum, slot, index) => sum + Math.max(counted(slot), index === 0 ? 0 : 1), 0)
    if (counted(candidate) > against) return this.sum(leaving) >= owed
    return counted(candidate) >= 6 && inside(this.policy).isLucky(candidate)
  }
  nominate(slot: number) {
    if (this.candidates.length === 0) this.paid = 0
    this.candidates.push(slot)
    this.probation.push(slot)
  }
  withdraw(slot: number) {
    if (slot === this.candidates[0]) this.paid = 0
    this.candidates = this.candidates.filter((candidate) => candidate !== slot)
  }
  drain() {
    const { regions } = inside(this.policy)
    while (this.sum(this.window) > regions.windowMost) this.nominate(this.window.shift()!)
  }
  demote() {
    const { regions } = inside(this.policy)
    while (this.sum(this.protected) > regions.protectedMost) this.probation.push(this.protected.shift()!)
  }
  taken(slot: number) {
    for (const region of [this.window, this.probation, this.protected]) {
      if (region.includes(slot)) region.splice(region.indexOf(slot), 1)
    }
    return slot
  }
  sum(slots: Iterable<number>) {
    return [...slots].reduce((total, slot) => total + this.weights.get(slot)!, 0)
  }
}

/** The sum of the parts is the whole. */
function checkParts(policy: WTinyLFU, residents: readonly number[]) {
  const { regions, candidate, lastCandidate } = inside(policy)
  const parts = [0, 1, 2].map((region) => [...regions.fromTail(region)])
  expect(parts.flat().toSorted()).toEqual([...residents].toSorted())
  for (const [region, slots] of parts.entries()) {
    for (const slot of slots) expect(regions.regionOf(slot)).toBe(region)
    expect(regions.weightIn[region]).toBe(slots.reduce((total, slot) => total + regions.weightOf(slot), 0))
  }
  expect(regions.weightIn[2]).toBeLessThanOrEqual(Math.max(0, regions.protectedMost))
  expect(regions.windowMost + regions.protectedMost).toBeLessThanOrEqual(regions.whole + 1e-6)
  expect(candidate === -1).toBe(lastCandidate === -1)
  const [first, last] = [parts[1]!.indexOf(candidate), parts[1]!.indexOf(lastCandidate)]
  expect(last).toBeGreaterThanOrEqual(first)
  expect(first === -1).toBe(candidate === -1)
}

describe('WTinyLFU', () => {
  it.each([
    { what: 'one resident', capacity: 1 },
    { what: 'few residents', capacity: 5 },
    { what: 'arrays about to grow', capacity: 68, first: 62, steps: 100 },
    { what: 'slots far apart', capacity: 30, stride: 97 },
    { what: 'weights', capacity: 60, heaviest: 9 },
    { what: 'great weights', capacity: 200, heaviest: 150 },
  ])('orders as its model does: $what', (run) => {
    let policy: WTinyLFU
    beside(
      (capacity) => {
        policy = new WTinyLFU(capacity)
        return policy
      },
      () => new WTinyLFUModel(policy),
      run,
      (policy, model, residents) => {
        expect([...policy.order()]).toEqual(model.order())
        expect(policy.victim()).toBe(model.order()[0] ?? -1)
        checkParts(policy, residents)
      },
    )
  })

  it.each([
    { what: 'a changing capacity', capacity: 20, resizes: true },
    { what: 'a changing capacity and weights', capacity: 300, heaviest: 50, resizes: true },
  ])('loses nobody through $what', (run) => {
    beside(
      (capacity) => new WTinyLFU(capacity),
      () => ({ insert() {}, use() {}, remove() {}, order: () => [] }),
      run,
      (policy, _model, residents) => {
        expect([...policy.order()].toSorted()).toEqual([...residents].toSorted())
        expect(policy.victim()).toBe([...policy.order()][0] ?? -1)
        checkParts(policy, residents)
      },
    )
  })

  it('turns a newcomer away that was asked for no more often than whom it would replace', () => {
    const policy = new WTinyLFU(10)
    for (let slot = 0; slot < 11; slot++) policy.onInsert(slot, slot, 1)
    // 10 is in the window, which holds one; 9 has just left it.
    expect(policy.victim()).toBe(9)
  })

  it('lets one in that was asked for more often while it was away', () => {
    const policy = new WTinyLFU(10)
    for (let slot = 0; slot < 10; slot++) policy.onInsert(slot, slot, 1)
    for (let time = 0; time < 3; time++) {
      policy.onInsert(10, 77, 1)
      policy.onRemove(10, false)
    }
    policy.onInsert(10, 77, 1)
    policy.onRemove(policy.victim(), true)
    policy.onInsert(11, 11, 1)
    expect(policy.victim()).toBe(1)
  })

  it('holds a heavy candidate against all that must leave for it', () => {
    const policy = new WTinyLFU(100)
    for (let slot = 0; slot < 20; slot++) policy.onInsert(slot, slot, 5)
    for (let time = 0; time < 2; time++) {
      policy.onInsert(20, 77, 10)
      policy.onRemove(20, false)
    }
    policy.onInsert(20, 77, 10)
    // Counted three times, against two that were counted once each.
    for (const leaving of [0, 1]) {
      expect(policy.victim()).toBe(leaving)
      policy.onRemove(leaving, true)
    }
    for (let time = 0; time < 2; time++) {
      policy.onInsert(21, 78, 15)
      policy.onRemove(21, false)
    }
    policy.onInsert(21, 78, 15)
    expect(policy.victim()).toBe(21)
  })

  it('goes by what there is when the capacity counts entries that are weighed', () => {
    const policy = new WTinyLFU(1_000)
    for (let slot = 0; slot < 1_000; slot++) policy.onInsert(slot, slot, 100)
    const { regions } = inside(policy)
    expect(regions.whole).toBeGreaterThan(50_000)
    expect([...regions.fromTail(0)].length).toBeGreaterThan(4)
    for (let slot = 0; slot < 999; slot++) policy.onRemove(slot, false)
    policy.onInsert(0, 0, 1)
    expect(regions.whole).toBe(1_000)
  })

  it('looks at a few however many must leave', () => {
    const policy = new WTinyLFU(10_000)
    for (let slot = 0; slot < 10_000; slot++) policy.onInsert(slot, slot, 1)
    for (let time = 0; time < 20; time++) {
      policy.onInsert(10_000, 1_234_567, 5_000)
      policy.onRemove(10_000, false)
    }
    policy.onInsert(10_000, 1_234_567, 5_000)
    const step = vi.spyOn(SlotQueues.prototype, 'newer')
    expect(policy.victim()).toBe(10_000)
    expect(step.mock.calls.length).toBeLessThan(20)
    step.mockRestore()
  })

  it.each([1, 7])(
    'gives the window room where recency counts and takes it where it does not: weights up to %i',
    (most) => {
      const capacity = 1_000 * most
      const policy = new WTinyLFU(capacity)
      const { regions } = inside(policy)
      const random = seededRandom(5)
      const slots = new Map<number, number>()
      const keys: number[] = []
      const request = (key: number) => {
        const found = slots.get(key)
        if (found !== undefined) return policy.onHit(found)
        const slot = keys.includes(-1) ? keys.indexOf(-1) : keys.length
        keys[slot] = key
        slots.set(key, slot)
        policy.onInsert(slot, Math.imul(key, 0x9e3779b1), 1 + (key % most))
        while (regions.total > capacity) {
          const victim = policy.victim()
          slots.delete(keys[victim]!)
          keys[victim] = -1
          policy.onRemove(victim, true)
        }
      }
      // Each key is asked for four times in a row of a few hundred, and never again.
      for (let step = 0; step < 60_000; step++) request(Math.floor(step / 4) + random(300))
      checkParts(policy, [...slots.values()])
      const widest = regions.windowMost
      expect(widest).toBeGreaterThan(0.2 * capacity)
      // A loop that does not fit.
      for (let step = 0; step < 200_000; step++) request(1_000_000 + (step % 2_000))
      checkParts(policy, [...slots.values()])
      expect(regions.windowMost).toBeLessThan(widest / 2)
    },
  )
})
