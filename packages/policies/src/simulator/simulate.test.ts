import { CacheConfigError } from '@mtaio/exceptions'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Policy } from '../eviction-policy.js'
import { FIFO } from '../fifo.js'
import { RequestsBuilder, requestsOf, totalWeight } from './requests.js'
import { simulate } from './simulate.js'

type Weighed = [key: string, weight: number]

/** LRU by the order of a Map. */
function dumbLru(requests: readonly Weighed[], capacity: number) {
  const residents = new Map<string, number>()
  let hits = 0
  let weightOfHits = 0
  for (const [key, weight] of requests) {
    const before = residents.get(key)
    if (before !== undefined) {
      hits++
      weightOfHits += weight
      residents.delete(key)
      residents.set(key, before)
    } else if (weight <= capacity) {
      const held = () => [...residents.values()].reduce((sum, each) => sum + each, 0)
      while (held() + weight > capacity) residents.delete(residents.keys().next().value!)
      residents.set(key, weight)
    }
  }
  return { hits, weightOfHits }
}

const weighed = fc.array(fc.tuple(fc.constantFrom(...'abcdefghijkl'), fc.integer({ min: 0, max: 9 })), {
  minLength: 1,
  maxLength: 200,
  size: 'max',
})

function traceOf(requests: readonly Weighed[]) {
  const builder = new RequestsBuilder()
  for (const [key, weight] of requests) builder.add(key, weight)
  return builder.build()
}

/** Turns every newcomer away once it is full. */
class Closed extends FIFO {
  readonly admits = true
  private newest = -1

  override onInsert(slot: number): void {
    super.onInsert(slot)
    this.newest = slot
  }

  override victim(): number {
    return this.newest
  }
}

describe('simulate', () => {
  it('hits as a dumb LRU does', () => {
    fc.assert(
      fc.property(weighed, fc.integer({ min: 1, max: 14 }), (requests, capacity) => {
        const units = requests.map(([key]): Weighed => [key, 1])
        const { hits } = simulate(requestsOf(units.map(([key]) => key)), { policy: 'lru', capacity })
        expect(hits).toBe(dumbLru(units, capacity).hits)
      }),
    )
  })

  it('hits as a dumb LRU does where entries are weighed', () => {
    fc.assert(
      fc.property(weighed, fc.integer({ min: 1, max: 40 }), (requests, capacity) => {
        const told = simulate(traceOf(requests), { policy: 'lru', capacity })
        const wanted = dumbLru(requests, capacity)
        const total = requests.reduce((sum, [, weight]) => sum + weight, 0)
        expect(told.hits).toBe(wanted.hits)
        expect(told.weightHitRatio).toBeCloseTo(total === 0 ? 0 : wanted.weightOfHits / total)
      }),
    )
  })

  it('lets a policy that admits turn the newcomer away', () => {
    const requests = requestsOf(['a', 'b', 'c', 'c', 'a', 'b'])
    expect(simulate(requests, { policy: () => new Closed(), capacity: 2 }).hits).toBe(2)
    expect(simulate(requests, { policy: 'fifo', capacity: 2 }).hits).toBe(1)
  })

  it('tells the policy the same hash for a key each time, another for another, and re-uses slots', () => {
    const hashes = new Map<number, number>()
    let largest = 0
    const spy = (): Policy => {
      const fifo = new FIFO()
      return Object.assign(fifo, {
        onInsert(slot: number, hash: number) {
          largest = Math.max(largest, slot)
          hashes.set(hash, (hashes.get(hash) ?? 0) + 1)
          FIFO.prototype.onInsert.call(fifo, slot)
        },
      })
    }
    simulate(requestsOf(Array.from({ length: 3000 }, (_, at) => `key ${at % 1000}`)), { policy: spy, capacity: 10 })
    expect(hashes.size).toBe(1000)
    expect(new Set(hashes.values())).toEqual(new Set([3]))
    expect(largest).toBe(9)
  })

  it('tells how far it is', () => {
    const told: number[] = []
    const requests = requestsOf(Array.from({ length: 200_001 }, () => 'a'))
    simulate(requests, { policy: 'lru', capacity: 1, onProgress: (done) => told.push(done) })
    expect(told).toEqual([100_000, 200_000, 200_001])
  })

  it('refuses what it cannot run', () => {
    const requests = requestsOf(['a'])
    expect(() => simulate(requests, { policy: 'lru', capacity: 0 })).toThrow(CacheConfigError)
    expect(() => simulate(requests, { policy: 'lur' as 'lru', capacity: 1 })).toThrow(/did you mean 'lru'/)
  })
})

describe('RequestsBuilder', () => {
  it('knows keys by their text, whatever form they come in', () => {
    const builder = new RequestsBuilder()
    builder.add('ключ')
    const bytes = new TextEncoder().encode('< ключ >')
    builder.addBytes(bytes, 2, bytes.length - 2)
    builder.add('')
    builder.add('x'.repeat(10_000))
    builder.add('x'.repeat(10_001))
    expect([...builder.build().ids]).toEqual([0, 0, 1, 2, 3])
    expect(builder.size).toBe(5)
  })

  it('tells keys apart that differ little', () => {
    const builder = new RequestsBuilder()
    const keys = Array.from({ length: 300_000 }, (_, at) => String(at))
    for (const round of [0, 1]) {
      for (const key of keys) builder.add(key)
      expect(builder.build().hashes).toHaveLength(300_000)
      expect(builder.size).toBe(300_000 * (round + 1))
    }
    // About n²/2³³ = 10 of the hashes that policies see coincide by chance.
    expect(new Set(builder.build().hashes).size).toBeGreaterThan(300_000 - 40)
  })

  it('weighs all requests or none', () => {
    const some = new RequestsBuilder()
    some.add('a', 1)
    expect(() => some.add('b')).toThrow(/all requests or for none/)
    const none = new RequestsBuilder()
    none.add('a')
    expect(() => none.add('b', 1)).toThrow(/all requests or for none/)
    for (const weight of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => new RequestsBuilder().add('a', weight)).toThrow(/finite number/)
    }
  })

  it('tells what one entry of each key weighs together', () => {
    expect(
      totalWeight(
        traceOf([
          ['a', 3],
          ['b', 4],
          ['a', 9],
        ]),
      ),
    ).toBe(7)
    expect(totalWeight(requestsOf(['a', 'b', 'a']))).toBe(2)
  })
})
