/** Each exact policy beside a model that a person can check by eye: one array, sorted or searched from scratch. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FIFO, LFU, LRU, type Policy } from './index.js'
import { seededRandom } from './testing/seeded-random.js'

interface Model {
  insert(slot: number): void
  use(slot: number): void
  remove(slot: number): void
  order(): number[]
}

/** Least recently used first: a use moves to the end. */
class LRUModel implements Model {
  slots: number[] = []
  insert(slot: number) {
    this.slots.push(slot)
  }
  use(slot: number) {
    this.remove(slot)
    this.insert(slot)
  }
  remove(slot: number) {
    this.slots = this.slots.filter((other) => other !== slot)
  }
  order() {
    return this.slots
  }
}

/** Order of arrival: a use does nothing. */
class FIFOModel extends LRUModel {
  override use() {}
}

/** Least used first; among equals, the least recently used. */
class LFUModel implements Model {
  entries: { slot: number; uses: number; usedAt: number }[] = []
  now = 0
  insert(slot: number) {
    this.entries.push({ slot, uses: 1, usedAt: this.now++ })
  }
  use(slot: number) {
    const entry = this.entries.find((other) => other.slot === slot)!
    entry.uses++
    entry.usedAt = this.now++
  }
  remove(slot: number) {
    this.entries = this.entries.filter((other) => other.slot !== slot)
  }
  order() {
    return this.entries.toSorted((a, b) => a.uses - b.uses || a.usedAt - b.usedAt).map(({ slot }) => slot)
  }
}

const exact: { name: string; make: () => Policy; model: () => Model }[] = [
  { name: 'LRU', make: () => new LRU(), model: () => new LRUModel() },
  { name: 'LFU', make: () => new LFU(), model: () => new LFUModel() },
  { name: 'FIFO', make: () => new FIFO(), model: () => new FIFOModel() },
]

/** What is done, and to the which-th resident; arrivals take the lowest free slot times `stride`. */
const operations = (maxLength: number) =>
  fc.array(
    fc.record({
      kind: fc.constantFrom('insert', 'insert', 'hit', 'hit', 'hit', 'update', 'remove', 'evict'),
      which: fc.nat(1_000),
    }),
    { maxLength, size: 'max' },
  )

describe.each(exact)('$name', ({ make, model: makeModel }) => {
  it.each([
    { what: 'few residents', first: 0, most: 5, stride: 1 },
    // Arrays hold 64 at first. As many leave as arrive, so those that only began there would never see them grow.
    { what: 'arrays about to grow', first: 60, most: 70, stride: 1 },
    { what: 'many residents', first: 120, most: 150, stride: 1 },
    { what: 'slots far apart', first: 0, most: 40, stride: 97 },
  ])('orders as its model does after every step: $what', ({ first, most, stride }) => {
    fc.assert(
      fc.property(operations(400), (steps) => {
        const policy = make()
        const model = makeModel()
        const residents: number[] = []
        const leave = (slot: number, evicted: boolean) => {
          residents.splice(residents.indexOf(slot), 1)
          policy.onRemove(slot, evicted)
          model.remove(slot)
        }
        const arrivals = Array.from({ length: first }, () => ({ kind: 'insert', which: 0 }))
        for (const { kind, which } of [...arrivals, ...steps]) {
          const slot = residents[which % residents.length]
          if (kind === 'insert' || slot === undefined) {
            if (residents.length === most) leave(policy.victim(), true)
            let free = 0
            while (residents.includes(free)) free += stride
            residents.push(free)
            policy.onInsert(free, 0, 1)
            model.insert(free)
          } else if (kind === 'hit' || kind === 'update') {
            if (kind === 'hit') policy.onHit(slot)
            else policy.onUpdate(slot, 1)
            model.use(slot)
          } else {
            leave(kind === 'evict' ? policy.victim() : slot, kind === 'evict')
          }
          expect([...policy.order()]).toEqual(model.order())
          expect(policy.victim()).toBe(model.order()[0] ?? -1)
        }
      }),
      { numRuns: 60, seed: 20_251 },
    )
  })
})

/** How many requests a store of `capacity` answers, making room by the victim that policy or model names. */
function hitsOver(trace: readonly number[], capacity: number, policy: Policy | Model): number {
  const slotOf = new Map<number, number>()
  const keyOf: number[] = []
  let hits = 0
  for (const key of trace) {
    const slot = slotOf.get(key)
    if (slot !== undefined) {
      hits++
      if ('use' in policy) policy.use(slot)
      else policy.onHit(slot)
      continue
    }
    let free = keyOf.length
    if (free === capacity) {
      free = 'use' in policy ? policy.order()[0]! : policy.victim()
      if ('use' in policy) policy.remove(free)
      else policy.onRemove(free, true)
      slotOf.delete(keyOf[free]!)
    }
    slotOf.set(key, free)
    keyOf[free] = key
    if ('use' in policy) policy.insert(free)
    else policy.onInsert(free, key, 1)
  }
  return hits
}

describe('over requests of which few are for most keys', () => {
  const random = seededRandom(20_252)
  const trace = Array.from({ length: 3_000 }, () => Math.floor((random(1_000) * random(1_000) * random(1_000)) / 4e6))

  it.each(exact)('$name finds as many as its model', ({ make, model }) => {
    for (const capacity of [1, 10, 80]) {
      const hits = hitsOver(trace, capacity, make())
      expect(hits).toBe(hitsOver(trace, capacity, model()))
      expect(hits).toBeGreaterThan(0)
    }
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

describe('what a policy holds', () => {
  it.each([
    { name: 'LRU', make: () => new LRU(), each: 8 },
    { name: 'FIFO', make: () => new FIFO(), each: 8 },
    { name: 'LFU', make: () => new LFU(), each: 16 },
  ])('$name: $each bytes an entry', ({ make, each }) => {
    const empty = bytesHeld(make())
    expect(bytesHeld(withSlots(make(), 4_096)) - empty).toBe(each * (4_096 - 64))
  })

  it('LFU: 20 bytes a frequency', () => {
    const lfu = withSlots(new LFU(), 1_000)
    const before = bytesHeld(lfu)
    for (let slot = 0; slot < 1_000; slot++) for (let times = 0; times < slot; times++) lfu.onHit(slot)
    expect(bytesHeld(lfu) - before).toBe(20 * (1_024 - 64))
  })

  it('LFU: no more after a million uses and departures, for frequencies out of use are used again', () => {
    const lfu = withSlots(new LFU(), 50)
    const before = bytesHeld(lfu)
    const random = seededRandom(3)
    for (let step = 0; step < 1_000_000; step++) {
      const slot = random(50)
      if (random(8) > 0) lfu.onHit(slot)
      else {
        lfu.onRemove(slot)
        lfu.onInsert(slot)
      }
    }
    expect(bytesHeld(lfu)).toBe(before)
  })
})

describe('LRU', () => {
  it('lets a read and an update save an entry alike', () => {
    const lru = withSlots(new LRU(), 3)
    lru.onHit(0)
    lru.onUpdate(1)
    expect([...lru.order()]).toEqual([2, 0, 1])
  })
})

describe('LFU', () => {
  it('takes the least recently used among the least used', () => {
    const lfu = withSlots(new LFU(), 4)
    for (const slot of [0, 1, 2, 3, 1, 0]) lfu.onHit(slot)
    expect([...lfu.order()]).toEqual([2, 3, 1, 0])
  })

  it('forgets the count of an entry that left', () => {
    const lfu = withSlots(new LFU(), 2)
    for (let times = 0; times < 9; times++) lfu.onHit(0)
    lfu.onRemove(0)
    lfu.onInsert(0)
    expect([...lfu.order()]).toEqual([1, 0])
  })

  it('keeps a hot entry behind a used one', () => {
    const lfu = withSlots(new LFU(), 2)
    for (let times = 0; times < 100_000; times++) lfu.onHit(1)
    lfu.onHit(0)
    expect([...lfu.order()]).toEqual([0, 1])
  })

  it('keeps as many frequencies apart as there are entries', () => {
    const lfu = withSlots(new LFU(), 300)
    for (let slot = 0; slot < 300; slot++) for (let times = slot; times < 300; times++) lfu.onHit(slot)
    expect([...lfu.order()]).toEqual(Array.from({ length: 300 }, (_, index) => 299 - index))
  })
})

describe('FIFO', () => {
  it('ignores reads and updates', () => {
    const fifo = withSlots(new FIFO(), 3)
    fifo.onHit()
    fifo.onUpdate()
    expect([...fifo.order()]).toEqual([0, 1, 2])
  })

  it('puts an entry that came back at the end', () => {
    const fifo = withSlots(new FIFO(), 3)
    fifo.onRemove(0)
    fifo.onInsert(0)
    expect([...fifo.order()]).toEqual([1, 2, 0])
  })
})

function withSlots<P extends { onInsert(slot: number): void }>(policy: P, count: number): P {
  for (let slot = 0; slot < count; slot++) policy.onInsert(slot)
  return policy
}
