import { describe, expect, it, vi } from 'vitest'
import { beside, type Model } from '../test-support/model-property.js'
import { S3FIFO } from './s3-fifo.js'
import { SlotQueues } from './structures/slot-queues.js'

interface Entry {
  slot: number
  hash: number
  weight: number
  uses: number
}

const sum = (entries: readonly Entry[]) => entries.reduce((total, { weight }) => total + weight, 0)

/** Three arrays, oldest first. */
class S3FIFOModel implements Model {
  small: Entry[] = []
  main: Entry[] = []
  ghosts: number[] = []
  constructor(public capacity: number) {}

  insert(slot: number, hash: number, weight: number) {
    const queue = this.ghosts.includes(hash) ? this.main : this.small
    this.ghosts = this.ghosts.filter((ghost) => ghost !== hash)
    queue.push({ slot, hash, weight, uses: 0 })
    this.trim()
  }
  use(slot: number) {
    const entry = this.entry(slot)
    entry.uses = Math.min(3, entry.uses + 1)
  }
  update(slot: number, weight: number) {
    this.use(slot)
    this.entry(slot).weight = weight
  }
  remove(slot: number, evicted: boolean) {
    if (evicted && this.order()[0] === slot) this.evict()
    else {
      if (evicted && this.small.includes(this.entry(slot))) this.remember(this.entry(slot))
      this.small = this.small.filter((entry) => entry.slot !== slot)
      this.main = this.main.filter((entry) => entry.slot !== slot)
    }
  }
  resize(capacity: number) {
    this.capacity = capacity
    this.trim()
  }
  evict(): Entry {
    if (this.small.length > 0 && (sum(this.small) >= this.smallShare() || this.main.length === 0)) {
      while (this.small.length > 0) {
        const entry = this.small.shift()!
        if (entry.uses < 2) return this.remember(entry)
        this.main.push({ ...entry, uses: 0 })
      }
    }
    for (;;) {
      const entry = this.main.shift()!
      if (entry.uses === 0) return entry
      this.main.push({ ...entry, uses: entry.uses - 1 })
    }
  }
  order() {
    const copy = new S3FIFOModel(this.capacity)
    copy.small = this.small.map((entry) => ({ ...entry }))
    copy.main = this.main.map((entry) => ({ ...entry }))
    const order: number[] = []
    while (copy.small.length + copy.main.length > 0) order.push(copy.evict().slot)
    return order
  }
  entry(slot: number) {
    return [...this.small, ...this.main].find((entry) => entry.slot === slot)!
  }
  remember(entry: Entry) {
    this.ghosts = [...this.ghosts.filter((ghost) => ghost !== entry.hash), entry.hash]
    return entry
  }
  smallShare() {
    const total = sum(this.small) + sum(this.main)
    return total > this.capacity ? total / 10 : Math.max(1, Math.floor(this.capacity / 10))
  }
  trim() {
    const residents = this.small.length + this.main.length
    const total = sum(this.small) + sum(this.main)
    const most = residents === 0 ? 0 : ((Math.max(total, this.capacity) - this.smallShare()) * residents) / total
    while (this.ghosts.length > most + 1e-9) this.ghosts.shift()
  }
}

/** What cannot be seen from outside. */
interface Inside {
  queues: SlotQueues
  queueOf: Uint8Array
  weightIn: Float64Array
  weights: { of(slot: number): number }
  ghosts: { hashes(): Iterable<number>; size: number }
}

/** The sum of the parts is the whole. */
function checkParts(policy: S3FIFO, residents: readonly number[]) {
  const { queues, queueOf, weightIn, weights, ghosts } = policy as unknown as Inside
  const parts = [0, 1].map((queue) => [...queues.fromTail(queue)])
  expect(parts.flat().toSorted()).toEqual([...residents].toSorted())
  for (const [queue, slots] of parts.entries()) {
    for (const slot of slots) expect(queueOf[slot]).toBe(queue)
    expect(weightIn[queue]).toBe(slots.reduce((total, slot) => total + weights.of(slot), 0))
  }
  expect([...ghosts.hashes()]).toHaveLength(ghosts.size)
}

describe('S3FIFO', () => {
  it.each([
    { what: 'one resident', capacity: 1, resizes: true },
    { what: 'few residents', capacity: 5 },
    { what: 'arrays about to grow', capacity: 68, first: 62, steps: 100 },
    { what: 'slots far apart', capacity: 30, stride: 97 },
    { what: 'a changing capacity', capacity: 20, resizes: true },
    { what: 'weights', capacity: 60, heaviest: 9 },
    { what: 'weights and a changing capacity', capacity: 60, heaviest: 30, resizes: true },
  ])('orders as its model does: $what', (run) => {
    beside(
      (capacity) => new S3FIFO(capacity),
      (capacity) => new S3FIFOModel(capacity),
      run,
      (policy, model, residents) => {
        expect(policy.victim()).toBe(model.order()[0] ?? -1)
        expect([...policy.order()]).toEqual(model.order())
        expect([...(policy as unknown as Inside).ghosts.hashes()]).toEqual(model.ghosts)
        checkParts(policy, residents)
      },
    )
  })

  it('lets newcomers pass by those that were used twice', () => {
    const policy = withSlots(10)
    policy.onHit(0)
    policy.onHit(0)
    policy.onHit(1)
    expect([...policy.order()]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 0])
  })

  it('takes one that comes back soon into the main queue', () => {
    const policy = withSlots(10)
    policy.onRemove(0, true)
    policy.onInsert(0, 0, 1)
    expect([...policy.order()]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 0])
    policy.onRemove(1, false)
    policy.onInsert(1, 1, 1)
    expect([...policy.order()]).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 1, 0])
  })

  it('goes by what there is when the capacity counts entries that are weighed', () => {
    const policy = new S3FIFO(10)
    for (let slot = 0; slot < 10; slot++) policy.onInsert(slot, slot, 1_000)
    for (let slot = 0; slot < 9; slot++) for (let times = 0; times < 2; times++) policy.onHit(slot)
    policy.onRemove(policy.victim(), true)
    policy.onInsert(9, 100, 1_000)
    policy.onRemove(policy.victim(), true)
    policy.onInsert(9, 101, 500)
    expect(policy.victim()).toBe(0)
  })

  it('looks at none twice while victims leave for another reason than size', () => {
    const count = 1_000
    const policy = withSlots(count)
    for (let slot = 0; slot < count; slot += 2) for (let times = 0; times < 3; times++) policy.onHit(slot)
    const step = vi.spyOn(SlotQueues.prototype, 'newer')
    for (let left = 0; left < count; left++) policy.onRemove(policy.victim(), false)
    expect(policy.victim()).toBe(-1)
    expect(step.mock.calls.length).toBeLessThan(8 * count)
    step.mockRestore()
  })
})

function withSlots(count: number): S3FIFO {
  const policy = new S3FIFO(count)
  for (let slot = 0; slot < count; slot++) policy.onInsert(slot, slot, 1)
  return policy
}
