import { CacheConfigError } from '@mtaio/exceptions'
import { EvictionPolicy } from '@mtaio/policies'
import { describe, expect, it } from 'vitest'
import { TTLCache } from './index.js'

/** Key `k` of many about as often as 1 / (k + 1), by a seed. */
function zipf(keys: number, seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((keys + 1) ** (state / 2 ** 32)) - 1
  }
}

/** Asks as a program does: `get`, and `set` after a miss. */
function ask(cache: TTLCache<number>, next: () => number, requests: number, name = 'key'): number {
  let hits = 0
  for (let request = 0; request < requests; request++) {
    const key = `${name}:${next()}`
    if (cache.sync.get(key) === undefined) cache.sync.set(key, request)
    else hits++
  }
  return hits / requests
}

describe('advice', () => {
  it('tells what the cache hits, what it would hit at other sizes, and under the other policies', () => {
    const cache = new TTLCache<number>({ maxSize: 500, advise: true })
    ask(cache, zipf(20_000, 1), 40_000)
    const hitRatio = ask(cache, zipf(20_000, 2), 20_000)
    const advice = cache.advice()
    const [half, now, twice] = advice.rows
    expect(half).toMatchObject({ policy: 'lru', capacity: 250 })
    expect(now).toMatchObject({ policy: 'lru', capacity: 500 })
    expect(twice).toMatchObject({ policy: 'lru', capacity: 1000 })
    expect(Math.abs(now!.hitRatio - hitRatio)).toBeLessThan(now!.error + 0.01)
    const bigger = ask(new TTLCache<number>({ maxSize: 1000 }), zipf(20_000, 1), 60_000)
    expect(Math.abs(twice!.hitRatio - bigger)).toBeLessThan(twice!.error + 0.03)
    const names = advice.rows.slice(3).map(({ policy }) => policy)
    expect(names.sort()).toEqual(
      Object.values(EvictionPolicy)
        .filter((name) => name !== 'lru')
        .sort(),
    )
    expect(advice.summary).toMatch(/%/)
  })

  it('tells keys of namespaces apart, and begins anew after a resize', () => {
    const cache = new TTLCache<number>({ maxSize: 200, advise: true })
    for (let round = 0; round < 30_000; round++) {
      const view = cache.sync.namespace(`n${round % 3}`)
      if (view.get(`key:${round % 100}`) === undefined) view.set(`key:${round % 100}`, round)
    }
    // Three hundred keys in turn, room for two hundred.
    expect(cache.advice().rows[1]!.hitRatio).toBeLessThan(0.1)
    expect(cache.advice().rows[2]!.hitRatio).toBeGreaterThan(0.9)
    cache.resize({ maxSize: 400 })
    expect(cache.advice()).toMatchObject({ requests: 0 })
    expect(cache.advice().rows[1]).toMatchObject({ capacity: 400 })
  })

  it('is for caches that were made for it, and have a size', () => {
    expect(() => new TTLCache({ maxSize: 10 }).advice()).toThrow(/advise: true/)
    expect(() => new TTLCache({ advise: true })).toThrow(/maxSize/)
    expect(() => new TTLCache({ maxSize: 10, advise: 1 as never })).toThrow(CacheConfigError)
  })
})
