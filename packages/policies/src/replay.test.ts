/** What sets the policies apart: how many requests each answers on traces of a known kind. */
import { describe, expect, it } from 'vitest'
import { EvictionPolicy } from './index.js'
import { requestsOf } from './simulator/requests.js'
import { simulate } from './simulator/simulate.js'
import { seededRandom } from './testing/seeded-random.js'

const CAPACITY = 500

/** How many of the requests for `keys` a cache answers. */
function replay(policy: EvictionPolicy, capacity: number, keys: Int32Array): number {
  return simulate(requestsOf(Array.from(keys, String)), { policy, capacity }).hits
}

function ratios(keys: Int32Array): Record<EvictionPolicy, number> {
  const of = (name: EvictionPolicy) => replay(name, CAPACITY, keys) / keys.length
  return Object.fromEntries(Object.values(EvictionPolicy).map((name) => [name, of(name)])) as never
}

/** Draws key `k` of `keys` about as often as 1 / (k + 1). */
function zipf(keys: number, seed: number): () => number {
  const random = seededRandom(seed)
  return () => Math.floor((keys + 1) ** (random(2 ** 31) / 2 ** 31)) - 1
}

describe('replay', () => {
  it('counts hits as one would by hand', () => {
    const keys = Int32Array.of(1, 2, 1, 3, 2, 1, 1)
    // LRU of two: 1 2, hit, 3 takes the place of 2, 2 that of 1, 1 that of 3, hit.
    expect(replay('lru', 2, keys)).toBe(2)
    expect(replay('lru', 3, keys)).toBe(4)
  })

  it('never answers more than came before, whatever the policy and the capacity', () => {
    const draw = zipf(50, 1)
    const keys = Int32Array.from({ length: 2_000 }, draw)
    for (const name of Object.values(EvictionPolicy)) {
      for (const capacity of [1, 2, 3, 10, 49, 1_000]) {
        const hits = replay(name, capacity, keys)
        expect(hits).toBeLessThanOrEqual(keys.length - new Set(keys).size)
        if (capacity === 1_000) expect(hits).toBe(keys.length - new Set(keys).size)
      }
    }
  })

  it('few keys that are asked for much: those that notice it do better than LRU', () => {
    const draw = zipf(20_000, 2)
    const found = ratios(Int32Array.from({ length: 100_000 }, draw))
    for (const name of ['sieve', 's3-fifo', 'w-tinylfu', 'adaptive'] as const)
      expect(found[name]).toBeGreaterThan(found.lru + 0.03)
    expect(found.lru).toBeGreaterThan(found.fifo)
  })

  it('scans between: a policy that resists them keeps what is asked for again', () => {
    const draw = zipf(1_000, 3)
    let scanned = 1_000
    // Two thousand at once that are never asked for again, after as many requests for others.
    const keys = Int32Array.from({ length: 100_000 }, (_, at) => (at % 4_000 < 2_000 ? draw() : scanned++))
    const found = ratios(keys)
    for (const name of ['sieve', 's3-fifo', 'w-tinylfu', 'adaptive'] as const)
      expect(found[name]).toBeGreaterThan(found.lru + 0.03)
  })

  it('a loop that does not fit: LRU finds nothing, admission most of what fits', () => {
    const found = ratios(Int32Array.from({ length: 100_000 }, (_, at) => at % 1_000))
    expect(found.lru).toBe(0)
    expect(found.fifo).toBe(0)
    // Half of the keys fit.
    expect(found['w-tinylfu']).toBeGreaterThan(0.4)
    expect(found.adaptive).toBeGreaterThan(0.4)
  })

  it('keys that are popular for a while: recency still counts', () => {
    const draw = zipf(2_000, 4)
    const found = ratios(Int32Array.from({ length: 100_000 }, (_, at) => 50 * Math.floor(at / 100) + draw()))
    expect(found.lfu).toBeLessThan(0.1)
    for (const name of ['sieve', 's3-fifo', 'w-tinylfu', 'adaptive'] as const)
      expect(found[name]).toBeGreaterThan(found.lfu + 0.3)
  })
})
