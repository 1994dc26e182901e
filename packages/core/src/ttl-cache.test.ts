import {
  CacheClosedError,
  CacheConfigError,
  CacheKeyError,
  CacheTransactionError,
  CacheValueError,
} from '@mtaio/exceptions'
import { describe, expect, it } from 'vitest'
import { TTLCache, type TTLCacheOptions, TTLFIFOCache, TTLLFUCache, TTLLRUCache } from './index.js'
import { ManualClock } from './testing/manual-clock.js'

const NEVER_FITS: unknown[] = [0, -1, Number.NaN, Number.POSITIVE_INFINITY, '', '5 parsecs', {}, null]

describe('options', () => {
  const accepted: Partial<Record<keyof TTLCacheOptions<unknown>, unknown[]>> = {
    defaultTtl: [Number.POSITIVE_INFINITY],
    cleanupInterval: [Number.POSITIVE_INFINITY],
  }
  const options = [
    'defaultTtl',
    'maxSize',
    'maxWeight',
    'weigher',
    'cleanupInterval',
    'evictionPolicy',
    'onEvicted',
    'evictionReasons',
    'clock',
  ] as const
  for (const option of options) {
    for (const value of NEVER_FITS) {
      const fine = accepted[option]?.includes(value) ?? false
      it(`${fine ? 'takes' : 'refuses'} ${option}: ${String(JSON.stringify(value) ?? value)} (${String(value)})`, () => {
        const make = () => new TTLCache({ [option]: value } as TTLCacheOptions<unknown>)
        if (fine) expect(make).not.toThrow()
        else {
          expect(make).toThrow(CacheConfigError)
          expect(make).toThrow(option)
        }
      })
    }
  }

  it('names an option that does not exist and the one that was meant', () => {
    expect(() => new TTLCache({ maxsize: 5 } as never)).toThrow(/maxsize.*maxSize/s)
  })

  it('names the policies when one does not exist, and refuses a policy where it is fixed', () => {
    expect(() => new TTLCache({ evictionPolicy: 'lur' as never })).toThrow(/lru.*lur/s)
    for (const Fixed of [TTLLRUCache, TTLLFUCache, TTLFIFOCache]) {
      expect(() => new Fixed({ evictionPolicy: 'lru' } as never)).toThrow(CacheConfigError)
    }
  })

  it('refuses a weigher that would weigh nothing, and weights that are none', () => {
    expect(() => new TTLCache({ weigher: () => 1 })).toThrow(/maxWeight/)
    const { sync } = new TTLCache<number>({ maxWeight: 10, weigher: (value) => value })
    for (const weight of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => sync.set('key', weight)).toThrow(CacheConfigError)
    expect(sync.has('key')).toBe(false)
  })
})

describe('calls out of contract', () => {
  for (const value of NEVER_FITS) {
    const shown = String(JSON.stringify(value) ?? value)
    it(`refuses the ttl ${shown} (${String(value)}) in set, setMany, touch, getOrSet and transactions, and stores nothing`, async () => {
      if (value === Number.POSITIVE_INFINITY)
        return expect(new TTLCache().set('key', 1, Number.POSITIVE_INFINITY)).resolves.toBe(undefined)
      const cache = new TTLCache<number>()
      const ttl = value as number
      const options = typeof value === 'object' && value !== null ? { ttl } : ttl
      await expect(cache.set('key', 1, options)).rejects.toThrow(CacheConfigError)
      await expect(cache.set('key', 1, { ttl })).rejects.toThrow(CacheConfigError)
      await expect(cache.setMany({ key: 1 }, { ttl })).rejects.toThrow(CacheConfigError)
      await expect(cache.touch('key', ttl)).rejects.toThrow(CacheConfigError)
      await expect(cache.getOrSet('key', () => 1, { ttl })).rejects.toThrow(CacheConfigError)
      await expect(cache.transaction((txn) => txn.set('key', 1, { ttl }))).rejects.toThrow(CacheConfigError)
      expect(() => cache.sync.getOrSet('key', () => 1, { ttl })).toThrow(CacheConfigError)
      expect(await cache.has('key')).toBe(false)
    })
  }

  it('refuses keys that are no keys, in every verb', () => {
    for (const key of ['', 5, null, undefined, {}, Symbol.iterator] as never[]) {
      const { sync } = new TTLCache<number>()
      for (const call of [
        () => sync.get(key),
        () => sync.getOrThrow(key),
        () => sync.peek(key),
        () => sync.has(key),
        () => sync.set(key, 1),
        () => sync.delete(key),
        () => sync.touch(key),
        () => sync.ttl(key),
        () => sync.getMany([key]),
        () => sync.setMany([[key, 1]]),
        () => sync.deleteMany([key]),
        () => sync.getOrSet(key, () => 1),
        () => sync.transaction((txn) => txn.set(key, 1)),
      ]) {
        expect(call).toThrow(CacheKeyError)
      }
    }
  })

  it('refuses undefined, and setMany stores nothing when one pair is bad', () => {
    const { sync } = new TTLCache<unknown>()
    expect(() => sync.set('key', undefined)).toThrow(CacheValueError)
    expect(() =>
      sync.setMany([
        ['a', 1],
        ['b', undefined],
      ]),
    ).toThrow(CacheValueError)
    expect(() =>
      sync.setMany([
        ['a', 1],
        ['', 2],
      ]),
    ).toThrow(CacheKeyError)
    expect([...sync.keys()]).toEqual([])
  })

  it('refuses every call after disposal', async () => {
    const cache = new TTLCache<number>()
    await cache.set('key', 1)
    const view = cache.namespace('view')
    await cache[Symbol.asyncDispose]()
    await cache[Symbol.asyncDispose]()
    await expect(cache.get('key')).rejects.toThrow(CacheClosedError)
    await expect(view.set('key', 1)).rejects.toThrow(CacheClosedError)
    expect(() => cache.sync.get('key')).toThrow(CacheClosedError)
    expect(() => cache.getStats()).toThrow(CacheClosedError)
  })
})

describe('time', () => {
  it('lets an entry go at its deadline exactly, swept or not', () => {
    const clock = new ManualClock()
    const { sync } = new TTLCache<string>({ clock, cleanupInterval: Number.POSITIVE_INFINITY })
    sync.set('key', 'value', 1.5)
    clock.advance(1499)
    expect(sync.get('key')).toBe('value')
    clock.advance(1)
    expect(sync.get('key')).toBe(undefined)
    expect(sync.getStats()).toMatchObject({ hits: 1, misses: 1, expirations: 1, items: 0 })
  })

  it('sweeps what is over in the background, and tells why', () => {
    const clock = new ManualClock()
    const left: string[] = []
    const cache = new TTLCache<number>({
      clock,
      cleanupInterval: 10,
      onEvicted: (key, _, reason) => left.push(`${key} ${reason}`),
    })
    cache.sync.setMany({ a: 1, b: 2 }, 5)
    cache.sync.set('c', 3, 50)
    clock.advance(9999)
    expect(left).toEqual([])
    clock.advance(1)
    expect(left).toEqual(['a expired', 'b expired'])
    expect(cache.getStats()).toMatchObject({ items: 1, expirations: 2, misses: 0 })
  })

  it('sweeps in bounded pieces', () => {
    const clock = new ManualClock()
    const { sync } = new TTLCache<number>({ clock, cleanupInterval: Number.POSITIVE_INFINITY })
    for (let number = 0; number < 50_000; number++) sync.set(`key${number}`, number, 5)
    clock.advance(10_000)
    let pieces = 0
    while (sync.engine.sweep() === 'more') pieces++
    expect(pieces).toBeGreaterThanOrEqual(3)
    expect(sync.getStats()).toMatchObject({ items: 0, expirations: 50_000 })
  })

  it('sweeps for about a millisecond at a time', () => {
    let now = 0
    let perLook = 0
    const clock = {
      now: () => {
        now += perLook
        return now
      },
    }
    const { sync } = new TTLCache<number>({ clock })
    for (let number = 0; number < 5000; number++) sync.set(`key${number}`, number, 5)
    now = 10_000
    // Each look at the clock finds it 0.3 ms later: after the fourth, the sweep's time is up.
    perLook = 0.3
    expect(sync.engine.sweep()).toBe('more')
    expect(sync.getStats().expirations).toBe(4 * 256)
  })

  it('lives on beyond 2^31 ms and across years', () => {
    const clock = new ManualClock()
    const { sync } = new TTLCache<number>({ clock })
    sync.set('month', 1, '30d')
    sync.set('years', 1, '3y')
    clock.advance(30 * 86_400_000 - 1)
    expect(sync.peek('month')).toBe(1)
    clock.advance(1)
    expect(sync.peek('month')).toBe(undefined)
    expect(sync.peek('years')).toBe(1)
  })

  it('stops sweeping after stop and goes on after start', async () => {
    const clock = new ManualClock()
    const cache = new TTLCache<number>({ clock, cleanupInterval: 1 })
    await cache.set('key', 1, 1)
    await cache.stop()
    clock.advance(60_000)
    expect(cache.getStats().items).toBe(1)
    await cache.start()
    clock.advance(2000)
    expect(cache.getStats().items).toBe(0)
  })
})

describe('onEvicted and events', () => {
  it('is told of capacity and expiry by default, of others when asked, after the entry is gone', () => {
    const clock = new ManualClock()
    const told: string[] = []
    const cache: TTLCache<number> = new TTLCache<number>({
      clock,
      maxSize: 2,
      onEvicted: (key, value, reason) => told.push(`${key}=${value} ${reason} ${cache.sync.has(key)}`),
    })
    cache.sync.setMany({ a: 1, b: 2, c: 3 })
    cache.sync.set('b', 4)
    cache.sync.delete('b')
    cache.sync.set('c', 5, 1)
    clock.advance(1000)
    cache.sync.get('c')
    cache.sync.clear()
    expect(told).toEqual(['a=1 capacity false', 'c=5 expired false'])
  })

  it('is never called inside itself, and a callback that stores finds the cache whole', () => {
    let depth = 0
    const told: string[] = []
    const cache: TTLCache<number> = new TTLCache<number>({
      maxSize: 2,
      onEvicted: (key) => {
        expect(++depth).toBe(1)
        told.push(key)
        if (told.length < 5) cache.sync.set(`${key}'`, 0)
        depth--
      },
    })
    cache.sync.setMany({ a: 1, b: 2, c: 3 })
    expect(told).toEqual(['a', 'b', 'c', "a'", "b'"])
    expect([...cache.sync.keys()].length).toBe(2)
  })

  it('is waited for by flush when it is asynchronous, and its failure becomes an error event', async () => {
    const failures: unknown[] = []
    let finished = false
    const cache = new TTLCache<number>({
      maxSize: 1,
      onEvicted: async (key) => {
        await Promise.resolve()
        await Promise.resolve()
        finished = true
        if (key === 'a') throw new Error('from onEvicted')
      },
    })
    cache.on('error', (error) => failures.push(error))
    await cache.setMany({ a: 1, b: 2 })
    await cache.flush()
    expect(finished).toBe(true)
    expect(failures).toMatchObject([{ message: 'from onEvicted' }])
    expect(await cache.get('b')).toBe(2)
  })

  it('tells each event once, with its arguments, and no more after the undo', async () => {
    const clock = new ManualClock()
    const cache = new TTLCache<number>({ maxSize: 1, clock })
    const told: unknown[] = []
    const undos = (['hit', 'miss', 'set', 'delete', 'evict', 'expire', 'clear', 'load'] as const).map((event) =>
      cache.on(event, (...args: unknown[]) => told.push([event, ...args])),
    )
    await cache.get('a')
    await cache.set('a', 1)
    await cache.get('a')
    await cache.set('b', 2, 1)
    clock.advance(1000)
    await cache.get('b')
    await cache.getOrSet('c', () => 3)
    await cache.delete('c')
    await cache.clear()
    expect(told).toEqual([
      ['miss', 'a'],
      ['set', 'a', 1],
      ['hit', 'a', 1],
      ['evict', 'a', 1],
      ['set', 'b', 2],
      ['expire', 'b', 2],
      ['miss', 'b'],
      ['miss', 'c'],
      ['set', 'c', 3],
      ['load', 'c', 3],
      ['delete', 'c'],
      ['clear'],
    ])
    for (const undo of undos) undo()
    await cache.set('d', 4)
    expect(told.length).toBe(12)
  })
})

describe('hooks', () => {
  class Custom extends TTLCache<string> {
    protected override async preSet(_key: string, value: string): Promise<string | undefined> {
      await Promise.resolve()
      if (value === 'forbidden') throw new RangeError('vetoed')
      return value === 'plain' ? undefined : value.toUpperCase()
    }

    protected override postGet(key: string, value: string | undefined): string | undefined {
      return value && `${key}:${value}`
    }
  }

  it('run per key in single, batch, loading and transactional calls alike', async () => {
    const cache = new Custom()
    await cache.set('a', 'x')
    await cache.set('b', 'plain')
    expect(await cache.get('a')).toBe('a:X')
    expect(await cache.getOrThrow('b')).toBe('b:plain')
    await cache.setMany({ c: 'y', d: 'z' })
    expect(await cache.getMany(['c', 'd', 'e'], 'none')).toEqual(
      new Map([
        ['c', 'c:Y'],
        ['d', 'd:Z'],
        ['e', 'none'],
      ]),
    )
    expect(await cache.getOrSet('f', () => 'loaded')).toBe('f:LOADED')
    await cache.transaction(async (txn) => {
      await txn.set('g', 'inside')
      expect(await txn.get('g')).toBe('g:INSIDE')
    })
    expect(await cache.get('g')).toBe('g:INSIDE')
    expect(await cache.namespace('view').getOrSet('h', () => 'v')).toBe('h:V')
  })

  it('veto by throwing, and one veto in a batch stores nothing', async () => {
    const cache = new Custom()
    await expect(cache.set('a', 'forbidden')).rejects.toThrow('vetoed')
    await expect(cache.setMany({ a: 'x', b: 'forbidden' })).rejects.toThrow('vetoed')
    await expect(cache.getOrSet('a', () => 'forbidden')).rejects.toThrow('vetoed')
    await expect(cache.transaction((txn) => txn.set('a', 'forbidden'))).rejects.toThrow('vetoed')
    expect(await cache.has('a')).toBe(false)
  })

  it('refuses a synchronous call whose hook is asynchronous, and takes one whose hook is not', () => {
    expect(() => new Custom().sync.set('a', 'x')).toThrow(/asynchronous/)
    class Plain extends TTLCache<number> {
      protected override preSet(_key: string, value: number): number {
        return value * 2
      }
    }
    const { sync } = new Plain()
    sync.set('a', 1)
    sync.setMany({ b: 2 })
    expect(sync.getOrSet('c', () => 3)).toBe(6)
    expect(sync.getMany(['a', 'b', 'c'])).toEqual(
      new Map([
        ['a', 2],
        ['b', 4],
        ['c', 6],
      ]),
    )
  })

  it('does not cache a value that was invalidated while an asynchronous preSet held it up', async () => {
    let go = () => {}
    class Slow extends TTLCache<string> {
      protected override preSet(): Promise<undefined> {
        return new Promise((resolve) => {
          go = () => resolve(undefined)
        })
      }
    }
    const cache = new Slow()
    const loading = cache.getOrSet('key', () => 'old')
    for (let turn = 0; turn < 5; turn++) await Promise.resolve()
    await cache.delete('key')
    go()
    expect(await loading).toBe('old')
    expect(await cache.get('key')).toBe(undefined)
  })
})

describe('namespaces and tags', () => {
  it('share the capacity, and a cleared one gives way before any live entry is evicted', () => {
    const { sync } = new TTLCache<number>({ maxSize: 100 })
    const view = sync.namespace('view')
    for (let number = 0; number < 60; number++) view.set(`key${number}`, number)
    for (let number = 0; number < 40; number++) sync.set(`key${number}`, number)
    view.clear()
    expect(view.getStats().items).toBe(0)
    for (let number = 40; number < 100; number++) sync.set(`key${number}`, number)
    expect(sync.getStats()).toMatchObject({ items: 100, evictions: 0 })
    view.set('one more', 1)
    expect(sync.getStats()).toMatchObject({ items: 99, evictions: 1 })
  })

  it('has a cleared namespace freed by the sweeps', () => {
    const clock = new ManualClock()
    const { sync } = new TTLCache<number>({ clock, cleanupInterval: 1 })
    const view = sync.namespace('view')
    for (let number = 0; number < 5000; number++) view.set(`key${number}`, number, Number.POSITIVE_INFINITY)
    view.clear()
    view.set('key1', -1)
    clock.advance(5000)
    expect(sync.engine.store.weight).toBe(1)
    expect([...view.items()]).toEqual([['key1', -1]])
  })

  it('keeps the entry that was retagged, and counts what a tag removed as deleted', () => {
    const { sync } = new TTLCache<number>()
    sync.set('a', 1, { tags: ['x', 'y'] })
    sync.set('b', 2, { tags: ['x'] })
    sync.set('b', 3, { tags: ['y'] })
    sync.deleteByTag('x')
    expect([...sync.items()]).toEqual([['b', 3]])
    expect(sync.getStats().deletes).toBe(1)
    sync.set('b', 4)
    sync.deleteByTag('y')
    expect(sync.get('b')).toBe(4)
  })

  it('fences a load by a tag that its value turns out to carry, and no other', async () => {
    const cache = new TTLCache<string>()
    let finish = (_: string) => {}
    const load = ({ setTags }: { setTags(tags: string[]): void }) =>
      new Promise<string>((resolve) => {
        finish = (tag) => {
          setTags([tag])
          resolve('value')
        }
      })
    for (const [tag, cached] of [
      ['other', true],
      ['x', false],
    ] as const) {
      await cache.clear()
      const loading = cache.getOrSet('key', load)
      await cache.deleteByTag('x')
      finish(tag)
      expect(await loading).toBe('value')
      expect(await cache.has('key')).toBe(cached)
    }
  })
})

describe('transactions', () => {
  it('are never split by eviction, and one that cannot fit is refused whole', async () => {
    for (const evictionPolicy of ['lru', 'lfu', 'fifo'] as const) {
      const cache = new TTLCache<number>({ maxSize: 4, evictionPolicy })
      await cache.setMany({ a: 1, b: 2, c: 3, d: 4 })
      for (const key of ['b', 'c', 'd']) for (let use = 0; use < 3; use++) await cache.get(key)
      await cache.transaction((txn) => txn.setMany({ a: 10, x: 11, y: 12 }))
      expect(await cache.getMany(['a', 'x', 'y'])).toEqual(
        new Map([
          ['a', 10],
          ['x', 11],
          ['y', 12],
        ]),
      )
      const before = [...cache.sync.items()].sort()
      const stats = cache.getStats()
      await expect(cache.transaction((txn) => txn.setMany({ p: 1, q: 2, r: 3, s: 4, t: 5 }))).rejects.toMatchObject({
        code: 'TOO_LARGE',
      })
      expect([...cache.sync.items()].sort()).toEqual(before)
      expect(cache.getStats()).toEqual(stats)
    }
  })

  it('conflict when what was read is replaced, deleted, appears, is cleared, expires or is evicted', async () => {
    const clock = new ManualClock()
    const changes: [string, (cache: TTLCache<number>) => unknown, boolean][] = [
      ['replaced', (cache) => cache.set('read', 2), true],
      ['deleted', (cache) => cache.delete('read'), true],
      ['appears', (cache) => cache.set('absent', 2), true],
      ['cleared', (cache) => cache.clear(), true],
      ['expires', () => clock.advance(5000), true],
      ['evicted', (cache) => cache.setMany({ p: 1, q: 1 }), true],
      ['touched', (cache) => cache.touch('read'), false],
      ['another key', (cache) => cache.set('other', 2), false],
    ]
    for (const [name, change, conflicts] of changes) {
      const cache = new TTLCache<number>({ clock, maxSize: 2 })
      await cache.set('read', 1, 5)
      const txn = cache.transaction()
      await txn.get('read')
      await txn.get('absent')
      await txn.set('written', 3)
      await change(cache)
      const commit = txn.commit()
      if (conflicts) await expect(commit, name).rejects.toMatchObject({ code: 'CONFLICT' })
      else await expect(commit, name).resolves.toBe(undefined)
      expect(await cache.has('written'), name).toBe(!conflicts)
    }
  })

  it('run again after a conflict as often as allowed', async () => {
    const cache = new TTLCache<number>()
    await cache.set('counter', 0)
    let runs = 0
    const increment = async (txn: {
      get(key: string): Promise<number | undefined>
      set(key: string, value: number): Promise<void>
    }) => {
      runs++
      const value = (await txn.get('counter'))!
      if (runs <= 2) await cache.set('counter', value + 10)
      await txn.set('counter', value + 1)
      return runs
    }
    await expect(cache.transaction(increment)).rejects.toThrow(CacheTransactionError)
    runs = 0
    expect(await cache.transaction(increment, { retries: 2 })).toBe(3)
    expect(await cache.get('counter')).toBe(31)
  })

  it('leave recency, statistics and callbacks as if they had not been when rolled back', async () => {
    const told: unknown[] = []
    const cache = new TTLCache<number>({ maxSize: 2, onEvicted: (key) => told.push(key) })
    await cache.setMany({ a: 1, b: 2 })
    const before = cache.getStats()
    {
      await using txn = cache.transaction()
      await txn.get('a')
      await txn.set('c', 3)
      await txn.delete('b')
    }
    expect(cache.getStats()).toEqual(before)
    expect(told).toEqual([])
    await cache.set('c', 3)
    expect(told).toEqual(['a'])
  })

  it('count and refresh what they read when committed', async () => {
    const cache = new TTLCache<number>({ maxSize: 2 })
    await cache.setMany({ a: 1, b: 2 })
    await cache.transaction(async (txn) => {
      await txn.get('a')
      await txn.get('nothing')
    })
    expect(cache.getStats()).toMatchObject({ hits: 1, misses: 1 })
    await cache.set('c', 3)
    expect(await cache.has('a')).toBe(true)
  })
})
