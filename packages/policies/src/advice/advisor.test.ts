import { describe, expect, it } from 'vitest'
import { EvictionPolicy } from '../eviction-policy.js'
import { LRU } from '../lru.js'
import { requestsOf } from '../simulator/requests.js'
import { simulate } from '../simulator/simulate.js'
import { seededRandom } from '../testing/seeded-random.js'
import type { Advice } from './advice.js'
import { Advisor, type AdvisorOptions } from './advisor.js'
import { GhostCache } from './ghost-cache.js'

const POLICIES = Object.values(EvictionPolicy)

function mixed(key: number): number {
  let hash = Math.imul(key ^ (key >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}

function zipf(keys: number, exponent: number): () => number {
  const random = seededRandom(5)
  const sums = new Float64Array(keys)
  let total = 0
  for (let key = 0; key < keys; key++) {
    total += (key + 1) ** -exponent
    sums[key] = total
  }
  return () => {
    const wanted = (random(2 ** 30) / 2 ** 30) * total
    let low = 0
    let high = keys - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if (sums[middle]! < wanted) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** Hashes for so many requests; keys by the number of the request. */
function trace(length: number, key: (at: number) => number): Int32Array {
  return Int32Array.from({ length }, (_, at) => mixed(key(at)))
}

/** Puts requests to an advisor as a cache does. */
function ask(advisor: Advisor, hashes: Int32Array): Advice {
  for (const hash of hashes) if (advisor.wants(hash)) advisor.read(hash)
  return advisor.advice()
}

const TRACES: Record<string, (capacity: number) => (at: number) => number> = {
  'Zipf 0.7': (capacity) => zipf(20 * capacity, 0.7),
  'Zipf 0.9': (capacity) => zipf(20 * capacity, 0.9),
  'Zipf 1.1': (capacity) => zipf(20 * capacity, 1.1),
  'Zipf and scans': (capacity) => {
    const popular = zipf(10 * capacity, 0.9)
    return (at) => (at % (7 * capacity) < capacity ? 1e8 + at : popular())
  },
  'a loop': (capacity) => (at) => at % (3 * capacity),
  drifting: (capacity) => {
    const popular = zipf(10 * capacity, 0.9)
    return (at) => popular() + Math.floor(at / 200)
  },
}

describe('Advisor', () => {
  it('says what the simulator says when every key is sampled', () => {
    const capacity = 200
    const next = zipf(2000, 0.9)
    const requests = requestsOf(Array.from({ length: 4000 }, () => `key ${next()}`))
    const advisor = new Advisor({ capacity, policy: 'sieve', policies: POLICIES, rate: 1 })
    const { rows, ...advice } = ask(
      advisor,
      requests.ids.map((id) => requests.hashes[id]!),
    )
    expect(advice).toMatchObject({ rate: 1, duty: 1, requests: 4000, sampled: 4000 })
    expect(rows.map((row) => [row.policy, row.capacity])).toEqual([
      ['sieve', 100],
      ['sieve', 200],
      ['sieve', 400],
      ...POLICIES.filter((policy) => policy !== 'sieve').map((policy) => [policy, 200]),
    ])
    for (const row of rows) {
      const { hitRatio } = simulate(requests, { policy: row.policy as EvictionPolicy, capacity: row.capacity })
      expect(row.hitRatio).toBeCloseTo(hitRatio, 12)
      expect(row.error).toBe(0)
    }
  })

  it.each([0.045, undefined])(
    'is within its error of the full simulation in 95 of 100 rows, at a rate of %s',
    (rate) => {
      const capacity = 6000
      let rows = 0
      let within = 0
      let sum = 0
      for (const keys of Object.values(TRACES)) {
        const hashes = trace(25 * capacity, keys(capacity))
        // One turn of ten capacities to warm up, then those that count.
        const options = {
          capacity,
          policy: EvictionPolicy.LRU,
          policies: POLICIES,
          ...(rate === undefined ? {} : { rate }),
        }
        const told = [1, 2].map((seed) => ask(new Advisor({ ...options, seed }), hashes).rows)
        for (let at = 0; at < told[0]!.length; at++) {
          const { policy, capacity: size } = told[0]![at]!
          const full = new GhostCache(policy as EvictionPolicy, size)
          for (let request = 0; request < 10 * capacity; request++) full.request(hashes[request]!)
          full.requests = full.hits = 0
          for (let request = 10 * capacity; request < hashes.length; request++) full.request(hashes[request]!)
          for (const each of told) {
            rows++
            const off = Math.abs(each[at]!.hitRatio - full.hits / full.requests)
            sum += off
            if (off <= each[at]!.error) within++
            // An error that is always kept by being wide says nothing; LFU's is, where there are pauses.
            if (rate !== undefined || policy !== 'lfu') expect(each[at]!.error).toBeLessThan(0.25)
          }
        }
      }
      expect(within / rows).toBeGreaterThanOrEqual(0.95)
      expect(sum / rows).toBeLessThan(0.02)
    },
    60_000,
  )

  it('looks at no more than its share of the requests, however small the cache', () => {
    for (const capacity of [1, 100, 1000]) {
      const advisor = new Advisor({ capacity, policy: 'lru', rate: 0.02 })
      const next = zipf(20 * capacity, 0.5)
      let looked = 0
      for (let at = 0; at < 1e6; at++) if (advisor.wants(mixed(next()))) looked++
      expect(looked / 1e6).toBeLessThan(0.06)
      expect(looked).toBeGreaterThan(1000)
    }
  })

  it('follows the traffic', () => {
    const capacity = 400
    const advisor = new Advisor({ capacity, policy: 'lru', rate: 1 })
    expect(
      ask(
        advisor,
        trace(200 * capacity, (at) => at),
      ).rows[1]!.hitRatio,
    ).toBe(0)
    expect(
      ask(
        advisor,
        trace(80 * capacity, (at) => at % 50),
      ).rows[1]!.hitRatio,
    ).toBe(1)
  })

  it('has bounded memory', () => {
    for (const capacity of [1000, 100_000, 10_000_000]) {
      const capacities: number[] = []
      new Advisor({
        capacity,
        policy: (entries) => {
          capacities.push(entries)
          return new LRU()
        },
        policies: POLICIES,
      })
      expect(Math.max(...capacities)).toBeLessThanOrEqual(4096)
      expect(Math.min(...capacities)).toBeGreaterThanOrEqual(128)
    }
  })

  it('says the same for the same seed, and samples other keys for another', () => {
    const options: AdvisorOptions = { capacity: 50_000, policy: 'lru', policies: POLICIES, seed: 3 }
    const hashes = trace(200_000, zipf(100_000, 0.8))
    const advice = ask(new Advisor(options), hashes)
    expect(ask(new Advisor(options), hashes)).toEqual(advice)
    expect(ask(new Advisor({ ...options, seed: 4 }), hashes).sampled).not.toBe(advice.sampled)
  })

  it('says that it knows nothing before there is traffic, and after a change of size', () => {
    const advisor = new Advisor({ capacity: 1000, policy: 'lru', policies: ['lru', 'fifo'] })
    const nothing = advisor.advice()
    expect(nothing).toMatchObject({ requests: 0, sampled: 0, summary: 'no requests yet' })
    expect(nothing.rows).toHaveLength(4)
    expect(nothing.rows.every((row) => row.hitRatio === 0 && row.error === 1)).toBe(true)
    expect(nothing.best).toBe(nothing.rows[1])
    expect(
      ask(
        advisor,
        trace(5000, (at) => at % 10),
      ).requests,
    ).toBeGreaterThan(0)
    advisor.resize(2000)
    expect(advisor.advice()).toMatchObject({ requests: 0, rows: [{ capacity: 1000 }, { capacity: 2000 }, {}, {}] })
  })

  it('is plain frozen data, said in words', () => {
    const advisor = new Advisor({ capacity: 100, policy: 'lru', policies: ['lfu'], rate: 1 })
    const advice = ask(
      advisor,
      trace(20_000, (at) => at % 150),
    )
    for (const data of [advice, advice.rows, ...advice.rows]) expect(Object.isFrozen(data)).toBe(true)
    expect(JSON.parse(JSON.stringify(advice))).toEqual(advice)
    expect(advice.rows[2]!.hitRatio).toBeGreaterThan(0.98)
    expect(advice.summary).toContain('hit ratio now 0.0 % (± 0.0)')
    expect(advice.summary).toContain('double the size')
  })

  it('hears of writes and deletions', () => {
    const advisor = new Advisor({ capacity: 100, policy: 'lru', rate: 1 })
    const request = (hash: number) => {
      if (advisor.wants(hash)) advisor.read(hash)
    }
    if (advisor.samples(1)) advisor.wrote(1)
    request(1)
    expect(advisor.advice().rows[1]!.hitRatio).toBe(1)
    advisor.removed(1)
    request(1)
    expect(advisor.advice().rows[1]!.hitRatio).toBe(0.5)
  })

  it('refuses what is no capacity and no rate', () => {
    for (const capacity of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => new Advisor({ capacity, policy: 'lru' })).toThrow('capacity')
    }
    for (const rate of [0, 1.1, Number.NaN]) {
      expect(() => new Advisor({ capacity: 10, policy: 'lru', rate })).toThrow('rate')
    }
    expect(() => new Advisor({ capacity: 10, policy: 'none' as EvictionPolicy })).toThrow('evictionPolicy')
  })
})
