/** Contract: what is counted. */
import { equal, rejectsWith } from './assert.js'
import type { Cases } from './subject.js'

export const statisticsCases: Cases = {
  'statistics begin at zero, with a hit rate of 0': async ({ open }) => {
    const { cache } = await open()
    const { hits, misses, evictions, expirations, sets, deletes, loads, loadFailures, hitRate } = cache.getStats()
    const counters = [hits, misses, evictions, expirations, sets, deletes, loads, loadFailures, hitRate]
    equal(
      counters,
      counters.map(() => 0),
      'the counters',
    )
  },

  'reads, writes, deletes and loads are counted': async ({ open }) => {
    const { cache } = await open()
    await cache.set('a', 1)
    await cache.setMany({ b: 2, c: 3 })
    await cache.get('a')
    await cache.get('absent')
    await cache.getOrThrow('b')
    await cache.getMany(['a', 'b', 'absent'])
    await cache.delete('a')
    await cache.delete('absent')
    await cache.deleteMany(['b', 'absent'])
    await cache.getOrSet('loaded', () => 1)
    await cache.getOrSet('loaded', () => 1)
    const failure = new Error('no')
    await rejectsWith(
      cache.getOrSet('failed', () => {
        throw failure
      }),
      failure,
      'a load that fails',
    )
    const { hits, misses, sets, deletes, loads, loadFailures, hitRate } = cache.getStats()
    equal({ hits, misses }, { hits: 5, misses: 4 }, 'hits and misses')
    equal({ sets, deletes }, { sets: 4, deletes: 2 }, 'sets and deletes')
    equal({ loads, loadFailures }, { loads: 1, loadFailures: 1 }, 'loads and their failures')
    equal(hitRate, 5 / 9, 'the hit rate')
  },

  'an expired entry found by a read is a miss': async ({ open }) => {
    const { cache, advance } = await open()
    await cache.set('k', 1, 10)
    await advance(10_000)
    await cache.get('k')
    const { hits, misses } = cache.getStats()
    equal({ hits, misses }, { hits: 0, misses: 1 }, 'hits and misses')
  },

  'a snapshot does not change, and cannot be changed': async ({ open }) => {
    const { cache } = await open()
    const before = cache.getStats()
    await cache.set('k', 1)
    await cache.get('k')
    equal(before.hits, 0, 'the hits of an older snapshot')
    equal(Object.isFrozen(before), true, 'whether it is frozen')
  },

  'resetStats sets the counters to zero and leaves entries; clear leaves the counters': async ({ open }) => {
    const { cache } = await open()
    await cache.set('k', 1)
    await cache.get('k')
    await cache.clear()
    equal([cache.getStats().hits, cache.getStats().sets], [1, 1], 'hits and sets after clear')
    await cache.set('k', 2)
    cache.resetStats()
    const { hits, misses, sets, deletes, hitRate } = cache.getStats()
    equal([hits, misses, sets, deletes, hitRate], [0, 0, 0, 0, 0], 'the counters after resetStats')
    equal(await cache.get('k'), 2, 'the value after resetStats')
    equal(cache.getStats().hits, 1, 'the hits counted since')
  },

  'a committed transaction counts its reads and writes': async ({ open }) => {
    const { cache } = await open()
    await cache.set('{t}a', 1)
    cache.resetStats()
    await cache.transaction(async (txn) => {
      await txn.get('{t}a')
      await txn.get('{t}absent')
      await txn.set('{t}b', 1)
    })
    const { hits, misses, sets } = cache.getStats()
    equal({ hits, misses, sets }, { hits: 1, misses: 1, sets: 1 }, 'hits, misses and sets')
  },
}

export const exactItemsCases: Cases = {
  'items and weight are what is resident': async ({ open }) => {
    const { cache } = await open()
    const counts = () => [cache.getStats().items, cache.getStats().weight]
    equal(counts(), [0, 0], 'at first')
    await cache.setMany({ a: 1, b: 2, c: 3 })
    await cache.set('a', 'again')
    equal(counts(), [3, 3], 'after three keys were stored')
    await cache.delete('a')
    equal(counts(), [2, 2], 'after one was deleted')
    await cache.clear()
    equal(counts(), [0, 0], 'after clear')
  },

  'an expired entry found by a read counts once as an expiration': async ({ open }) => {
    const { cache, advance } = await open()
    await cache.set('k', 1, 10)
    await advance(10_000)
    await cache.get('k')
    await cache.get('k')
    const { expirations, misses, items, evictions } = cache.getStats()
    equal(
      { expirations, misses, items, evictions },
      { expirations: 1, misses: 2, items: 0, evictions: 0 },
      'the counters',
    )
  },
}

export const unknownItemsCases: Cases = {
  'items and weight that cannot be known are NaN': async ({ open }) => {
    const { cache } = await open()
    await cache.set('k', 1)
    equal([cache.getStats().items, cache.getStats().weight], [Number.NaN, Number.NaN], 'items and weight')
  },
}
