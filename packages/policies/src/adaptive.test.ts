import { describe, expect, it } from 'vitest'
import { beside, type Model } from '../test-support/model-property.js'
import { SETTINGS } from './adaptive/setting.js'
import type { Trials } from './adaptive/trials.js'
import { MAIN, SMALL, type TwoQueues } from './adaptive/two-queues.js'
import { Adaptive } from './adaptive.js'
import type { EvictionPolicy } from './eviction-policy.js'
import { LRU } from './lru.js'
import { simulate } from './simulator/simulate.js'
import { seededRandom } from './testing/seeded-random.js'

/** What cannot be seen from outside. */
interface Inside {
  queues: TwoQueues
  trials: Trials
  hashes: Int32Array
  whole: number
}

const inside = (policy: Adaptive) => policy as unknown as Inside

/** Knows who resides and what they weigh. */
class Residents implements Model {
  weights = new Map<number, number>()
  insert(slot: number, _hash: number, weight: number) {
    this.weights.set(slot, weight)
  }
  use() {}
  update(slot: number, weight: number) {
    this.weights.set(slot, weight)
  }
  remove(slot: number) {
    this.weights.delete(slot)
  }
  order() {
    return [...this.weights.keys()]
  }
}

/** The sum of the parts is the whole, and the marks are those of the keys that are tried out. */
function checkParts(policy: Adaptive, residents: Residents) {
  const { queues, trials, hashes } = inside(policy)
  const parts = [SMALL, MAIN].map((queue) => [...queues.fromTail(queue)])
  expect(parts.flat().toSorted()).toEqual(residents.order().toSorted())
  for (const [queue, slots] of parts.entries()) {
    expect(queues.weightIn[queue]).toBe(slots.reduce((total, slot) => total + residents.weights.get(slot)!, 0))
    for (const slot of slots) expect(queues.isMarked(slot)).toBe(trials.samples(hashes[slot]!))
  }
  expect(queues.residents).toBe(residents.weights.size)
  expect([...policy.order()].toSorted()).toEqual(residents.order().toSorted())
}

const ids = (length: number, key: (at: number) => number) => {
  const idOf = new Map<number, number>()
  const requests = Int32Array.from({ length }, (_, at) => {
    const name = key(at)
    const id = idOf.get(name) ?? idOf.size
    idOf.set(name, id)
    return id
  })
  const hashes = Int32Array.from({ length: idOf.size }, (_, id) => Math.imul(id + 1, 0x9e3779b1))
  return { ids: requests, hashes }
}

function zipf(keys: number, seed: number): () => number {
  const random = seededRandom(seed)
  return () => Math.floor((keys + 1) ** (random(2 ** 31) / 2 ** 31)) - 1
}

/** The last of the hits, in the second half of a trace. */
function ratio(policy: (capacity: number) => Adaptive | LRU, capacity: number, trace: ReturnType<typeof ids>): number {
  const half = Math.floor(trace.ids.length / 2)
  const first = simulate({ ...trace, ids: trace.ids.subarray(0, half) }, { policy, capacity }).hits
  return (simulate(trace, { policy, capacity }).hits - first) / (trace.ids.length - half)
}

const adaptive = (capacity: number) => new Adaptive(capacity)
const lru = () => new LRU()

describe('Adaptive', () => {
  it.each([
    { what: 'one resident', capacity: 1 },
    { what: 'few residents', capacity: 5 },
    { what: 'arrays about to grow', capacity: 70, first: 60 },
    { what: 'slots far apart', capacity: 30, stride: 97 },
    { what: 'weights', capacity: 60, heaviest: 20 },
    { what: 'changes of size', capacity: 20, heaviest: 3, resizes: true },
  ])('is the sum of its parts: $what', ({ what: _, ...run }) => {
    beside(adaptive, () => new Residents(), run, checkParts)
  })

  it('is the sum of its parts when settings change', () => {
    const policy = new Adaptive(300)
    const residents = new Residents()
    const slotOf = new Map<number, number>()
    const keyOf: number[] = []
    const free = Array.from({ length: 301 }, (_, slot) => slot)
    const seen = new Set<number>()
    const popular = zipf(3000, 1)
    for (let at = 0; at < 120_000; at++) {
      const kind = Math.floor(at / 20_000) % 3
      const key = kind === 0 ? popular() : kind === 1 ? 1e6 + (at % 900) : 2e6 + Math.floor(at / 4) - (at % 37)
      const slot = slotOf.get(key)
      if (slot !== undefined) policy.onHit(slot)
      else {
        const next = free.pop()!
        slotOf.set(key, next)
        keyOf[next] = key
        policy.onInsert(next, Math.imul(key + 1, 0x9e3779b1), 1)
        residents.insert(next, 0, 1)
        if (free.length === 0) {
          const victim = policy.victim()
          policy.onRemove(victim, true)
          residents.remove(victim)
          slotOf.delete(keyOf[victim]!)
          free.push(victim)
        }
      }
      seen.add(inside(policy).trials.setting)
      if (at % 500 === 0) checkParts(policy, residents)
    }
    expect(seen.size).toBeGreaterThan(2)
  })

  it('keeps what is popular while scans pass through', () => {
    const popular = zipf(4000, 3)
    let scanned = 1e6
    const trace = ids(200_000, (at) => (at % 6000 < 3000 ? popular() : scanned++))
    expect(ratio(adaptive, 400, trace)).toBeGreaterThan(ratio(lru, 400, trace) + 0.05)
  })

  it.each([60, 400, 3000])('keeps nearly all that fits of a loop: %i entries', (capacity) => {
    for (const longer of [1.2, 2, 5]) {
      const length = Math.floor(longer * capacity)
      const trace = ids(50 * length, (at) => at % length)
      expect(ratio(adaptive, capacity, trace)).toBeGreaterThan((0.85 * capacity) / length)
      expect(ratio(lru, capacity, trace)).toBe(0)
    }
  })

  it('finds what is asked for again soon about as well as LRU', () => {
    const random = seededRandom(4)
    // Of the latest thousand, mostly of the latest few; new ones come all the time.
    const trace = ids(200_000, (at) => Math.floor(at / 5) - Math.floor(1000 * (random(1000) / 1000) ** 2))
    expect(ratio(adaptive, 500, trace)).toBeGreaterThan(ratio(lru, 500, trace) - 0.01)
  })

  it('follows requests that change in kind', () => {
    const popular = zipf(20_000, 5)
    const random = seededRandom(6)
    const kinds = [
      () => popular(),
      (at: number) => 1e6 + (at % 3000),
      (at: number) => 2e6 + Math.floor(at / 4) - Math.floor(800 * (random(1000) / 1000) ** 2),
    ]
    const trace = ids(360_000, (at) => kinds[Math.floor(at / 40_000) % 3]!(at))
    const hits = (policy: EvictionPolicy) => simulate(trace, { policy, capacity: 1000 }).hits
    const found = hits('adaptive')
    for (const policy of ['lru', 'sieve', 's3-fifo'] as const) expect(found).toBeGreaterThan(1.03 * hits(policy))
    expect(found).toBeGreaterThan(0.96 * hits('w-tinylfu'))
  })

  it('does the same for the same hashes', () => {
    const popular = zipf(20_000, 7)
    const trace = ids(50_000, popular)
    const options = { policy: 'adaptive', capacity: 500 } as const
    expect(simulate(trace, options)).toEqual(simulate(trace, options))
  })

  it('lets no stranger in for one that was asked for twice, however heavy or many they are', () => {
    const policy = new Adaptive(100)
    for (let slot = 0; slot < 100; slot++) policy.onInsert(slot, slot, 1)
    for (let slot = 0; slot < 100; slot++) policy.onHit(slot)
    policy.onInsert(100, 100, 50)
    expect(policy.victim()).toBe(100)
  })

  it('goes by what there is where the capacity counts entries that are weighed', () => {
    const policy = new Adaptive(100)
    for (let slot = 0; slot < 100; slot++) policy.onInsert(slot, slot, 1000)
    expect(inside(policy).whole).toBeGreaterThanOrEqual(50_000)
    expect(inside(policy).trials.entries).toBeGreaterThanOrEqual(50)
    expect(inside(policy).trials.entries).toBeLessThanOrEqual(200)
  })

  it.each([100_000, 300_000])('takes at most 24 bytes an entry beyond LRU: %i entries', (capacity) => {
    const [mine, least] = [adaptive, lru].map((make) => {
      const policy = make(capacity)
      const random = seededRandom(8)
      for (let slot = 0; slot < capacity; slot++) policy.onInsert(slot, random(2 ** 32), 1)
      for (let at = 0; at < 3 * capacity; at++) {
        policy.onInsert(capacity, random(2 ** 32), 1)
        const victim = policy.victim()
        policy.onRemove(victim, true)
        if (victim !== capacity) policy.move(capacity, victim)
        policy.onHit(random(capacity))
      }
      return bytesHeld(policy)
    })
    expect((mine! - least!) / capacity).toBeLessThan(24)
  })

  it('has settings that differ', () => {
    expect(new Set(SETTINGS.map((setting) => JSON.stringify(setting))).size).toBe(8)
  })
})

/** What the arrays of a policy, and of the structures in it, take. */
function bytesHeld(structure: object): number {
  let bytes = 0
  for (const part of Object.values(structure)) {
    if (ArrayBuffer.isView(part)) bytes += part.byteLength
    else if (typeof part === 'object' && part !== null) bytes += bytesHeld(part)
  }
  return bytes
}
