/** Each exact policy beside a model that a person can check by eye: one array, sorted or searched from scratch. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FIFO, LFU, LRU, type Policy } from './index.js'

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
    { what: 'few residents', most: 5, stride: 1 },
    { what: 'many residents', most: 150, stride: 1 },
    { what: 'slots far apart', most: 40, stride: 97 },
  ])('orders as its model does after every step: $what', ({ most, stride }) => {
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
        for (const { kind, which } of steps) {
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
