import { describe, expect, it } from 'vitest'
import { EvictionPolicy } from '../eviction-policy.js'
import { LRU } from '../lru.js'
import { requestsOf } from '../simulator/requests.js'
import { simulate } from '../simulator/simulate.js'
import { seededRandom } from '../testing/seeded-random.js'
import { GhostCache } from './ghost-cache.js'

const POLICIES = Object.values(EvictionPolicy)

/** Some keys often, many once, and a scan now and then. */
function mixedTrace(length: number) {
  const random = seededRandom(7)
  return requestsOf(
    Array.from({ length }, (_, at) =>
      at % 3000 < 400 ? `scan ${at}` : `key ${Math.floor(2000 * (random(1e6) / 1e6) ** 4)}`,
    ),
  )
}

describe('GhostCache', () => {
  const trace = mixedTrace(30_000)

  for (const policy of POLICIES) {
    for (const capacity of [1, 2, 31, 256, 1000]) {
      it(`hits as the simulator does: ${policy} at ${capacity}`, () => {
        const ghost = new GhostCache(policy, capacity)
        for (const id of trace.ids) ghost.request(trace.hashes[id]!)
        expect(ghost.requests).toBe(trace.ids.length)
        expect(ghost.hits).toBe(simulate(trace, { policy, capacity }).hits)
        expect(ghost.size).toBeLessThanOrEqual(capacity)
      })
    }

    it(`agrees with a map while keys are written and deleted: ${policy}`, () => {
      // Nothing is ever evicted, so every hit is foretold; the hashes crowd into few homes.
      const random = seededRandom(11)
      const ghost = new GhostCache(policy, 512)
      const residents = new Set<number>()
      for (let at = 0; at < 20_000; at++) {
        const hash = random(500) - 250
        const what = random(10)
        if (what < 4) {
          ghost.remove(hash)
          residents.delete(hash)
        } else if (what < 6) {
          ghost.write(hash)
          residents.add(hash)
        } else {
          expect(ghost.request(hash)).toBe(residents.has(hash))
          residents.add(hash)
        }
        expect(ghost.size).toBe(residents.size)
      }
    })
  }

  it('takes a factory', () => {
    const capacities: number[] = []
    new GhostCache((capacity) => {
      capacities.push(capacity)
      return new LRU()
    }, 8)
    expect(capacities).toEqual([8])
  })

  it('does not grow', () => {
    const ghost = new GhostCache('lru', 4096)
    const before = ghost.bytes
    for (let hash = 0; hash < 100_000; hash++) ghost.request(hash)
    expect(ghost.bytes).toBe(before)
    expect(before).toBeLessThan(4096 * 32)
  })

  it('takes hashes of 32 bits with or without a sign', () => {
    const cache = new GhostCache('lru', 100)
    for (let request = 0; request < 1000; request++) cache.request((2 ** 31 + (request % 150)) >>> 0)
    expect(cache.request(-(2 ** 31) + 99)).toBe(true)
    cache.write(2 ** 32 - 1)
    cache.remove(-1)
    expect(cache.request(2 ** 32 - 1)).toBe(false)
  })
})
