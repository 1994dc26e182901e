import { describe, expect, it } from 'vitest'
import type { Policy } from './eviction-policy.js'
import { Adaptive, FIFO, LFU, LRU, S3FIFO, SIEVE, WTinyLFU } from './index.js'
import { policyContract } from './testing/index.js'
import { seededRandom } from './testing/seeded-random.js'

describe.each([
  { name: 'LRU', make: () => new LRU() },
  { name: 'LFU', make: () => new LFU() },
  { name: 'FIFO', make: () => new FIFO() },
  { name: 'SIEVE', make: () => new SIEVE() },
  { name: 'S3FIFO', make: (capacity: number) => new S3FIFO(capacity) },
  { name: 'S3FIFO without bounds', make: () => new S3FIFO(Number.POSITIVE_INFINITY) },
  { name: 'WTinyLFU', make: (capacity: number) => new WTinyLFU(capacity) },
  { name: 'WTinyLFU without bounds', make: () => new WTinyLFU(Number.POSITIVE_INFINITY) },
  { name: 'Adaptive', make: (capacity: number) => new Adaptive(capacity) },
  { name: 'Adaptive without bounds', make: () => new Adaptive(Number.POSITIVE_INFINITY) },
])('$name keeps the contract', ({ make }) => {
  for (const { name, run } of policyContract(make)) it(name, run)
})

/** Each is an LRU with one fault. */
const faulty: Record<string, () => Policy> = {
  'forgets a departure': () => overLRU({ onRemove: () => {} }),
  'loses a resident on a hit': () => overLRU({ onHit: (slot, lru) => lru.onRemove(slot) }),
  'always names slot 0': () => overLRU({ victim: () => 0 }),
  'names the last of its order': () => overLRU({ victim: (lru) => [...lru.order()].at(-1) ?? -1 }),
  'orders one resident twice': () => overLRU({ order: (slots) => [...slots, ...slots.slice(0, 1)] }),
  'leaves one resident out of its order': () => overLRU({ order: (slots) => slots.slice(0, -1) }),
  'takes the victim out when it is asked for': () =>
    overLRU({
      victim: (lru) => {
        const victim = lru.victim()
        if (victim !== -1) lru.onRemove(victim)
        return victim
      },
    }),
  'moves the victim when it is asked for': () =>
    overLRU({
      victim: (lru) => {
        const victim = lru.victim()
        if (victim !== -1) lru.onHit(victim)
        return victim
      },
    }),
  'knows 64 slots only': () => overLRU({ onInsert: (slot, lru) => slot < 64 && lru.onInsert(slot) }),
  'forgets all when its capacity changes': () => {
    let lru = new LRU()
    return {
      onInsert: (slot) => lru.onInsert(slot),
      onHit: (slot) => lru.onHit(slot),
      onUpdate: (slot) => lru.onUpdate(slot),
      onRemove: (slot) => lru.onRemove(slot),
      victim: () => lru.victim(),
      order: () => lru.order(),
      resize: () => {
        lru = new LRU()
      },
    }
  },
  'chooses by chance': () => {
    const residents: number[] = []
    return {
      onInsert: (slot) => residents.splice(draw(residents.length + 1), 0, slot),
      onHit: () => {},
      onUpdate: () => {},
      onRemove: (slot) => residents.splice(residents.indexOf(slot), 1),
      victim: () => residents[0] ?? -1,
      order: () => residents,
    }
  },
}

const draw = seededRandom(7)

describe('the contract notices a policy that', () => {
  for (const [fault, make] of Object.entries(faulty)) {
    it(fault, () => {
      const broken = policyContract(make).filter(({ run }) => {
        try {
          run()
          return false
        } catch {
          return true
        }
      })
      expect(broken.map(({ name }) => name)).not.toEqual([])
    })
  }
})

interface Fault {
  onInsert?: (slot: number, lru: LRU) => void
  onHit?: (slot: number, lru: LRU) => void
  onRemove?: (slot: number) => void
  victim?: (lru: LRU) => number
  order?: (slots: number[]) => number[]
}

function overLRU(fault: Fault): Policy {
  const lru = new LRU()
  return {
    onInsert: (slot) => (fault.onInsert ? fault.onInsert(slot, lru) : lru.onInsert(slot)),
    onHit: (slot) => (fault.onHit ? fault.onHit(slot, lru) : lru.onHit(slot)),
    onUpdate: (slot) => lru.onUpdate(slot),
    onRemove: (slot) => (fault.onRemove ? fault.onRemove(slot) : lru.onRemove(slot)),
    victim: () => (fault.victim ? fault.victim(lru) : lru.victim()),
    order: () => (fault.order ? fault.order([...lru.order()]) : lru.order()),
  }
}

/** The policy that the README shows. */
class LIFO implements Policy {
  private readonly slots: number[] = []
  onInsert(slot: number) {
    this.slots.unshift(slot)
  }
  onHit() {}
  onUpdate() {}
  onRemove(slot: number) {
    this.slots.splice(this.slots.indexOf(slot), 1)
  }
  victim() {
    return this.slots[0] ?? -1
  }
  order() {
    return this.slots
  }
}

describe('a policy of the user keeps the contract', () => {
  for (const { name, run } of policyContract(() => new LIFO())) it(name, run)
})
