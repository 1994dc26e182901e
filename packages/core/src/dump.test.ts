import { CacheKeyError, CacheValueError } from '@mtaio/exceptions'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import type { CacheDump } from './dump.js'
import { TTLCache, type TTLCacheOptions } from './index.js'
import { ManualClock } from './testing/index.js'

function cacheAt(options: TTLCacheOptions<unknown> = {}) {
  const clock = new ManualClock()
  return { clock, cache: new TTLCache<unknown>({ clock, ...options }) }
}

describe('dump and load', () => {
  it('keep values, remaining lives, tags, weights and namespaces, through JSON', async () => {
    const { clock, cache } = cacheAt({ maxWeight: 100 })
    await cache.set('a', { id: 1 }, { ttl: 60, tags: ['t'], weight: 3 })
    await cache.set('forever', [2], Infinity)
    await cache.namespace('outer').namespace('inner').set('a', 3, 30)
    clock.advance(10_000)

    const other = cacheAt({ maxWeight: 100 })
    expect(other.cache.load(JSON.parse(JSON.stringify(cache.dump())))).toBe(3)
    expect(await other.cache.get('a')).toEqual({ id: 1 })
    expect(await other.cache.ttl('a')).toBeCloseTo(50, 0)
    expect(await other.cache.ttl('forever')).toBe(Infinity)
    expect(await other.cache.namespace('outer').namespace('inner').ttl('a')).toBeCloseTo(20, 0)
    expect(other.cache.getStats()).toMatchObject({ weight: 4, items: 2, sets: 0 })
    await other.cache.deleteByTag('t')
    expect(await other.cache.has('a')).toBe(false)
  })

  it('leave out what has expired, before the dump or while it lay on a disk', async () => {
    const { clock, cache } = cacheAt()
    await cache.set('short', 1, 5)
    await cache.set('middle', 2, 20)
    await cache.set('long', 3, 60)
    clock.advance(6000)
    const dumped = cache.dump()
    expect(dumped.entries.map(({ key }) => key)).toEqual(['middle', 'long'])
    const later = { ...dumped, at: dumped.at - 30_000 }
    const other = cacheAt().cache
    expect(other.load(later)).toBe(1)
    expect(await other.ttl('long')).toBeCloseTo(24, 0)
  })

  it('leave alone what is there already, and tell a transaction of what they store', async () => {
    const { cache } = cacheAt()
    await cache.set('a', 'old')
    const dumped = cache.dump()
    await cache.set('a', 'new')
    expect(cache.load(dumped)).toBe(0)
    expect(await cache.get('a')).toBe('new')
    await cache.delete('a')
    const transaction = cache.sync.transaction()
    expect(transaction.get('a')).toBeUndefined()
    cache.load(dumped)
    transaction.set('b', 1)
    expect(() => transaction.commit()).toThrow(expect.objectContaining({ code: 'CONFLICT' }))
  })

  it('give the same next victims for every policy with an order of its own', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('lru' as const, 'fifo' as const),
        fc.array(fc.tuple(fc.boolean(), fc.nat(15)), { maxLength: 60 }),
        (evictionPolicy, calls) => {
          const victims = (cache: TTLCache<unknown>) => cache.dump().entries.map(({ key }) => key)
          const first = cacheAt({ maxSize: 8, evictionPolicy })
          for (const [reads, number] of calls) {
            if (reads) first.cache.sync.get(String(number))
            else first.cache.sync.set(String(number), number)
          }
          const second = cacheAt({ maxSize: 8, evictionPolicy }).cache
          second.load(first.cache.dump())
          expect(victims(second)).toEqual(victims(first.cache))
          const small = cacheAt({ maxSize: 3, evictionPolicy }).cache
          small.load(first.cache.dump())
          expect(victims(small)).toEqual(victims(first.cache).slice(-3))
        },
      ),
    )
  })

  it('store nothing when anything is wrong', () => {
    const { cache } = cacheAt()
    const good = { key: 'good', value: 1 }
    const dumpOf = (entry: unknown) => ({ version: 1, at: Date.now(), entries: [good, entry] }) as CacheDump<unknown>
    expect(() => cache.load(dumpOf({ key: '', value: 1 }))).toThrow(CacheKeyError)
    expect(() => cache.load(dumpOf({ key: 'a' }))).toThrow(CacheValueError)
    expect(() => cache.load(dumpOf(null))).toThrow(/entries\[1\]/)
    expect(() => cache.load(dumpOf({ key: 'a', value: 1, ttl: -1 }))).toThrow(/ttl of entries\[1\]/)
    expect(() => cache.load(dumpOf({ key: 'a', value: 1, weight: 0 }))).toThrow(/weight of entries\[1\]/)
    expect(() => cache.load(dumpOf({ key: 'a', value: 1, tags: [''] }))).toThrow(/tag/)
    expect(() => cache.load(dumpOf({ key: 'a', value: 1, namespace: ['a:b'] }))).toThrow(/namespace/)
    for (const no of [undefined, null, {}, { version: 2, at: 0, entries: [] }, { version: 1, at: 0, entries: 'no' }]) {
      expect(() => cache.load(no as never)).toThrow(/what dump\(\) gave/)
    }
    expect(cache.getStats().items).toBe(0)
  })
})

describe('resize', () => {
  it('evicts at once what is too much, tells of it, and lets the cache grow again', async () => {
    const onEvicted = vi.fn()
    const { cache } = cacheAt({ maxSize: 5, onEvicted })
    for (let number = 0; number < 5; number++) await cache.set(`k${number}`, number)
    cache.resize({ maxSize: 2 })
    expect(cache.getStats()).toMatchObject({ items: 2, evictions: 3 })
    expect(onEvicted.mock.calls.map(([key]) => key)).toEqual(['k0', 'k1', 'k2'])
    cache.resize({ maxSize: 10 })
    for (let number = 0; number < 20; number++) await cache.set(`n${number}`, number)
    expect(cache.getStats().items).toBe(10)
  })

  it('changes only what is given', async () => {
    const { cache } = cacheAt({ maxSize: 4, maxWeight: 10, weigher: (value) => value as number })
    cache.resize({ maxWeight: 5 })
    for (const value of [1, 1, 1, 1, 1]) await cache.set(`k${Math.random()}`, value)
    expect(cache.getStats()).toMatchObject({ items: 4, weight: 4 })
    await cache.set('heavy', 4)
    expect(cache.getStats()).toMatchObject({ items: 2, weight: 5 })
  })

  it('refuses what is no limit, and a unit that the cache does not weigh in', () => {
    const { cache } = cacheAt({ maxSize: 4 })
    expect(() => cache.resize({ maxSize: 0 })).toThrow(/maxSize/)
    expect(() => cache.resize({ maxsize: 3 } as never)).toThrow(/did you mean 'maxSize'/)
    expect(() => cache.resize({ maxMemory: '1mb' })).toThrow(/maxWeight/)
    const byMemory = cacheAt({ maxMemory: '1mb' }).cache
    expect(() => byMemory.resize({ maxWeight: 3 })).toThrow(/maxMemory/)
  })
})

describe('maxMemory', () => {
  it('holds about as many bytes, whatever their shape', async () => {
    const { cache } = cacheAt({ maxMemory: '1mb' })
    for (let number = 0; number < 300; number++) await cache.set(`k${number}`, new Uint8Array(10_000))
    expect(cache.getStats().items).toBeGreaterThan(90)
    expect(cache.getStats().items).toBeLessThanOrEqual(104)
    cache.resize({ maxMemory: '100kb' })
    expect(cache.getStats().items).toBeLessThanOrEqual(10)
    await cache.set('too much', new Uint8Array(200_000))
    expect(await cache.has('too much')).toBe(false)
  })

  it('is an amount of memory, and no second weigher', () => {
    for (const maxMemory of [0, -1, NaN, Infinity, '64', '64 mb', 'mb', '-1mb', '0kb', null]) {
      expect(() => cacheAt({ maxMemory: maxMemory as never })).toThrow(/maxMemory must be/)
    }
    expect(() => cacheAt({ maxMemory: 1000, maxWeight: 3 })).toThrow(/leave out/)
    expect(() => cacheAt({ maxMemory: 1000, weigher: () => 1 })).toThrow(/leave out/)
  })
})
