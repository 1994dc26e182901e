import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EvictionPolicy } from '../eviction-policy.js'
import { Optimum } from './belady.js'
import { RequestsBuilder, requestsOf } from './requests.js'
import { simulate } from './simulate.js'

/** The most hits that any choice of whom to evict, or to refuse, leads to. Tries them all. */
function bestOfAll(keys: readonly string[], capacity: number): number {
  const known = new Map<string, number>()
  const from = (at: number, residents: readonly string[]): number => {
    if (at === keys.length) return 0
    const state = `${at} ${[...residents].sort().join('')}`
    const before = known.get(state)
    if (before !== undefined) return before
    const key = keys[at]!
    let best: number
    if (residents.includes(key)) best = 1 + from(at + 1, residents)
    else {
      best = from(at + 1, residents)
      if (residents.length < capacity) best = Math.max(best, from(at + 1, [...residents, key]))
      for (const leaving of residents) {
        best = Math.max(best, from(at + 1, [...residents.filter((other) => other !== leaving), key]))
      }
    }
    known.set(state, best)
    return best
  }
  return from(0, [])
}

const keysFrom = (alphabet: string, maxLength: number) =>
  fc.array(fc.constantFrom(...alphabet), { minLength: 1, maxLength, size: 'max' })

describe('Optimum', () => {
  it('hits as often as the best of all choices', () => {
    fc.assert(
      fc.property(keysFrom('abcdef', 14), fc.integer({ min: 1, max: 4 }), (keys, capacity) => {
        expect(new Optimum(requestsOf(keys)).at(capacity).hits).toBe(bestOfAll(keys, capacity))
      }),
      { numRuns: 500 },
    )
  })

  it('refuses a newcomer where that is better', () => {
    // With one place: keeping a hits twice, while a forced insertion of b and c would hit never.
    expect(new Optimum(requestsOf(['a', 'b', 'a', 'c', 'a'])).at(1).hits).toBe(2)
  })

  it('is beaten by no policy', () => {
    fc.assert(
      fc.property(keysFrom('abcdefghijklmnop', 200), fc.integer({ min: 1, max: 12 }), (keys, capacity) => {
        const requests = requestsOf(keys)
        const { hits } = new Optimum(requests).at(capacity)
        for (const policy of Object.values(EvictionPolicy)) {
          expect(simulate(requests, { policy, capacity }).hits).toBeLessThanOrEqual(hits)
        }
      }),
    )
  })

  it('with weights that are all 1 hits as often as without', () => {
    fc.assert(
      fc.property(keysFrom('abcdefghijkl', 300), fc.integer({ min: 1, max: 8 }), (keys, capacity) => {
        const builder = new RequestsBuilder()
        for (const key of keys) builder.add(key, 1)
        const weighted = new Optimum(builder.build())
        expect(weighted.isExact).toBe(false)
        expect(weighted.at(capacity).hits).toBe(new Optimum(requestsOf(keys)).at(capacity).hits)
      }),
    )
  })

  it('with weights never holds more than the capacity, and sends nobody away for a newcomer that does not fit', () => {
    const trace = (requests: [string, number][]) => {
      const builder = new RequestsBuilder()
      for (const [key, weight] of requests) builder.add(key, weight)
      return new Optimum(builder.build())
    }
    // 'big' would need the places of both, and a is used before it.
    expect(trace(Array.from('abBaBb', (key) => [key, key === 'B' ? 2 : 1])).at(2).hits).toBe(2)
    const { hits, weightHitRatio } = trace(Array.from('aXaXaX', (key) => [key, key === 'X' ? 5 : 1])).at(4)
    expect(hits).toBe(2)
    expect(weightHitRatio).toBeCloseTo(2 / 18)
  })

  it('tells how far it is, and hits nothing of nothing', () => {
    const told: number[] = []
    const keys = Array.from({ length: 250_000 }, (_, at) => String(at % 7))
    expect(new Optimum(requestsOf(keys)).at(7, (done) => told.push(done)).hits).toBe(250_000 - 7)
    expect(told).toEqual([100_000, 200_000, 250_000])
    expect(new Optimum(requestsOf([])).at(1)).toEqual({ requests: 0, hits: 0, hitRatio: 0 })
  })

  it.each([0, -1, Number.NaN])('refuses a capacity of %d', (capacity) => {
    expect(() => new Optimum(requestsOf(['a'])).at(capacity)).toThrow(/positive number/)
  })
})
