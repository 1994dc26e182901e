/** The tables of docs/migration.md: each row has a proof here that what it says of our side is so, and none has one that is gone. */
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { TTLCache, type TTLCacheOptions } from '@mtaio/core'
import * as otel from '@mtaio/core/otel'
import * as prometheus from '@mtaio/core/prometheus'
import { ManualClock } from '@mtaio/core/testing'
import { CacheNode, DistributedCache } from '@mtaio/distributed'
import { CacheConfigError, CacheConnectionError, CacheKeyError, CacheTimeoutError } from '@mtaio/exceptions'
import { describe, expect, it } from 'vitest'

const page = readFileSync(new URL('../docs/migration.md', import.meta.url), 'utf8')

/** Rows of a library's table, by what stands in its first cell. */
function rowsOf(library: string): string[] {
  const section = page.split(/^## /m).find((each) => each.startsWith(`From ${library}`))!
  const rows = section.split('\n').filter((line) => line.startsWith('|'))
  // A bar within a cell is escaped.
  return rows.slice(2).map((line) =>
    line
      .split(/(?<!\\)\|/)[1]!
      .trim()
      .replaceAll('`', ''),
  )
}

const fails = () => Promise.reject(new Error('the source is down'))

/** A cache whose time is moved by hand. */
function cacheOf<T = unknown>(options: TTLCacheOptions<T> = {}) {
  const clock = new ManualClock()
  const cache = new TTLCache<T>({ clock, ...options })
  return { clock, cache, sync: cache.sync }
}

async function staleValuesAreLimited() {
  const { clock, cache } = cacheOf<string>()
  await cache.getOrSet('a', () => 'old', { ttl: 1, staleIfError: 10 })
  clock.advance(5000)
  expect(await cache.get('a')).toBe(undefined)
  expect(await cache.getOrSet('a', fails, { staleIfError: 10 })).toBe('old')
  expect(await cache.getOrSet('a', () => 'new', { staleWhileRevalidate: 10, ttl: 1 })).toBe('old')
  await sleep(0)
  expect(await cache.get('a')).toBe('new')
  clock.advance(60_000)
  await expect(cache.getOrSet('a', fails, { staleIfError: 10 })).rejects.toThrow('down')
}

async function lifeIsLimitedInSeconds() {
  const { clock, sync } = cacheOf()
  sync.set('a', 1)
  expect(sync.ttl('a')).toBe(300)
  const { sync: two } = cacheOf({ defaultTtl: 2 })
  two.set('a', 1)
  expect(two.ttl('a')).toBe(2)
  const { sync: ever, clock: later } = cacheOf({ defaultTtl: Number.POSITIVE_INFINITY })
  ever.set('a', 1)
  later.advance(1e12)
  expect(ever.get('a')).toBe(1)
  expect(() => cacheOf({ defaultTtl: 0 })).toThrow(CacheConfigError)
  expect(() => sync.set('b', 1, 0)).toThrow(CacheConfigError)
  clock.advance(1)
}

async function keysAreStrings() {
  const { sync } = cacheOf()
  expect(() => sync.set(1 as unknown as string, 1)).toThrow(CacheKeyError)
  expect(() => sync.get({} as unknown as string)).toThrow(CacheKeyError)
}

async function sweepsWithoutReads() {
  const { clock, cache, sync } = cacheOf({ defaultTtl: 1, cleanupInterval: 60 })
  sync.set('a', 1)
  clock.advance(2000)
  expect(sync.get('b')).toBe(undefined)
  expect(cache.getStats().items).toBe(1)
  clock.advance(120_000)
  expect(cache.getStats().items).toBe(0)
}

async function manyAtOnce() {
  const { sync } = cacheOf()
  sync.setMany({ a: 1, b: 2 })
  expect(sync.getMany(['a', 'c'])).toEqual(
    new Map([
      ['a', 1],
      ['c', undefined],
    ]),
  )
  expect(sync.deleteMany(['a', 'b', 'c'])).toBe(2)
}

async function whatWasDeletedMeanwhileIsNotCached() {
  const { cache } = cacheOf<string>()
  const loading = cache.getOrSet('a', () => sleep(1, 'loaded'))
  await cache.delete('a')
  expect(await loading).toBe('loaded')
  expect(await cache.get('a')).toBe(undefined)
}

/** Two nodes, two clients, and the one with a near cache hears of what the other one writes. */
async function othersWritesAreHeardOf() {
  const nodes = [new CacheNode({ port: 0 }), new CacheNode({ port: 0 })]
  for (const node of nodes) await node.start()
  const addresses = nodes.map(({ address }) => address)
  const near = new DistributedCache<number>({ nodes: addresses, nearCache: {} })
  const other = new DistributedCache<number>({ nodes: addresses })
  await near.start()
  await other.set('a', 1)
  await expect.poll(async () => [await near.get('a'), near.getStats().near!.hits > 0]).toEqual([1, true])
  await other.set('a', 2)
  await expect.poll(() => near.get('a')).toBe(2)
  for (const each of [near, other, ...nodes]) await each[Symbol.asyncDispose]()
}

async function nodesAreServers() {
  expect(() => new DistributedCache({ nodes: ['sqlite://file'] })).toThrow(CacheConfigError)
  for (const nodes of [['localhost:6379'], [['localhost', 6379]], ['redis://localhost:6379']] as const) {
    await new DistributedCache({ nodes: [...nodes] as string[] })[Symbol.asyncDispose]()
  }
}

const PROOFS: Readonly<Record<string, Readonly<Record<string, () => Promise<unknown>>>>> = {
  'lru-cache': {
    max: async () => {
      const { cache, sync } = cacheOf({ maxSize: 2 })
      for (const key of ['a', 'b', 'c']) sync.set(key, key)
      expect(cache.getStats()).toMatchObject({ items: 2, evictions: 1 })
      const { cache: unbounded, sync: all } = cacheOf()
      for (let i = 0; i < 5000; i++) all.set(`${i}`, i)
      expect(unbounded.getStats()).toMatchObject({ items: 5000, evictions: 0 })
    },
    'ttl (ms)': lifeIsLimitedInSeconds,
    'maxSize, sizeCalculation': async () => {
      const { cache, sync } = cacheOf<string>({ maxWeight: 10, weigher: (value) => value.length })
      sync.set('a', '12345678')
      sync.set('b', '12345')
      expect(cache.getStats()).toMatchObject({ items: 1, weight: 5 })
      cacheOf({ maxMemory: '64mb' })
    },
    maxEntrySize: async () => {
      const { sync } = cacheOf<string>({ maxWeight: 3, weigher: (value) => value.length })
      sync.set('a', '1234')
      expect(sync.has('a')).toBe(false)
    },
    'fetchMethod, fetch': async () => {
      const { cache } = cacheOf<string>({ load: ({ key }) => `loaded ${key}` })
      expect(await cache.fetch('a')).toBe('loaded a')
      expect(await cache.getOrSet('b', () => 'own')).toBe('own')
      await whatWasDeletedMeanwhileIsNotCached()
    },
    allowStale: staleValuesAreLimited,
    noDeleteOnFetchRejection: staleValuesAreLimited,
    updateAgeOnGet: async () => {
      const { clock, sync } = cacheOf({ defaultTtl: 10 })
      sync.set('a', 1)
      clock.advance(8000)
      expect(sync.get('a')).toBe(1)
      expect(sync.touch('a')).toBe(true)
      clock.advance(8000)
      expect(sync.get('a')).toBe(1)
    },
    'dispose, disposeAfter': async () => {
      const told: unknown[] = []
      const onEvicted = (key: string, value: unknown, reason: string): void => {
        told.push([key, value, reason, cache.sync.peek(key)])
      }
      const { clock, sync, cache }: ReturnType<typeof cacheOf> = cacheOf({ maxSize: 1, defaultTtl: 1, onEvicted })
      sync.set('a', 1)
      sync.set('b', 2)
      clock.advance(2000)
      sync.get('b')
      sync.set('c', 3)
      sync.delete('c')
      expect(told).toEqual([
        ['a', 1, 'capacity', undefined],
        ['b', 2, 'expired', undefined],
      ])
      const { sync: all } = cacheOf({ evictionReasons: ['deleted'], onEvicted: (...args) => void told.push(args) })
      all.set('d', 4)
      all.delete('d')
      expect(told.at(-1)).toEqual(['d', 4, 'deleted'])
    },
    'noDisposeOnSet, noUpdateTTL': async () => {
      const { clock, sync } = cacheOf({ defaultTtl: 10 })
      sync.set('a', 1)
      clock.advance(8000)
      sync.set('a', 2)
      expect(sync.ttl('a')).toBe(10)
    },
    'peek, has, delete, clear': async () => {
      const { sync } = cacheOf()
      sync.set('a', 1)
      expect([sync.peek('a'), sync.has('a'), sync.delete('a'), sync.has('a')]).toEqual([1, true, true, false])
      sync.set('a', 1)
      sync.clear()
      expect(sync.has('a')).toBe(false)
    },
    'getRemainingTTL(key) (ms)': async () => {
      const { clock, sync } = cacheOf({ defaultTtl: 10 })
      sync.set('a', 1)
      clock.advance(4000)
      expect([sync.ttl('a'), sync.ttl('b')]).toEqual([6, undefined])
    },
    'entries(), rentries(), keys()': async () => {
      const { sync } = cacheOf()
      sync.set('a', 1)
      expect([[...sync.items()], [...sync.keys()], [...sync.values()]]).toEqual([[['a', 1]], ['a'], [1]])
    },
    'dump(), load()': async () => {
      const { cache } = cacheOf<number>()
      cache.sync.set('a', 1)
      const { cache: next } = cacheOf<number>()
      next.load(cache.dump())
      expect(next.sync.get('a')).toBe(1)
    },
    ttlAutopurge: sweepsWithoutReads,
    size: async () => {
      const { cache, sync } = cacheOf()
      sync.set('a', 1)
      expect(cache.getStats().items).toBe(1)
    },
    'keys of any type': keysAreStrings,
  },
  'node-cache': {
    'stdTTL, 0 = for ever': lifeIsLimitedInSeconds,
    checkperiod: sweepsWithoutReads,
    'maxKeys: set throws when full': async () => {
      const { sync } = cacheOf({ maxSize: 1 })
      sync.set('a', 1)
      sync.set('b', 2)
      expect([sync.has('a'), sync.has('b')]).toEqual([false, true])
    },
    'useClones: true': async () => {
      const { sync } = cacheOf()
      const value = { n: 1 }
      sync.set('a', value)
      expect(sync.get('a')).toBe(value)
    },
    'deleteOnExpire: false': staleValuesAreLimited,
    'mget, mset, del([…]), take': manyAtOnce,
    'ttl(key, s), getTtl(key)': async () => {
      const { clock, sync } = cacheOf()
      sync.set('a', 1)
      expect(sync.touch('a', 100)).toBe(true)
      clock.advance(1000)
      expect(sync.ttl('a')).toBe(99)
    },
    "on('set' \\| 'del' \\| 'expired' \\| 'flush')": async () => {
      const { clock, cache, sync } = cacheOf({ defaultTtl: 1 })
      const told: string[] = []
      for (const event of ['set', 'delete', 'expire', 'clear'] as const) cache.on(event, () => told.push(event))
      sync.set('a', 1)
      sync.delete('a')
      sync.set('b', 1)
      clock.advance(2000)
      sync.get('b')
      sync.clear()
      expect(told).toEqual(['set', 'delete', 'set', 'expire', 'clear'])
    },
    'flushAll(), close()': async () => {
      const { cache, sync } = cacheOf()
      sync.set('a', 1)
      await cache.clear()
      expect(sync.has('a')).toBe(false)
      await cache[Symbol.asyncDispose]()
      expect(() => sync.get('a')).toThrow('disposed')
    },
    'keys of numbers': keysAreStrings,
  },
  'cache-manager': {
    'ttl (ms), for ever by default': lifeIsLimitedInSeconds,
    'wrap(key, fn, ttl, threshold)': async () => {
      const { clock, cache } = cacheOf<string>()
      await cache.getOrSet('a', () => 'old', { ttl: 10, refreshAhead: 5 })
      clock.advance(6000)
      expect(await cache.getOrSet('a', () => 'new', { ttl: 10, refreshAhead: 5 })).toBe('old')
      await sleep(0)
      expect(await cache.get('a')).toBe('new')
      await whatWasDeletedMeanwhileIsNotCached()
    },
    'stores: [memory, redis]': othersWritesAreHeardOf,
    'Keyv stores of any kind': nodesAreServers,
    nonBlocking: async () => {
      await new DistributedCache({ nodes: ['a:1', 'b:1', 'c:1'], replicationFactor: 3, readQuorum: 2 })[
        Symbol.asyncDispose
      ]()
    },
    'mget, mset, mdel': manyAtOnce,
    "on('set' \\| 'del' \\| 'refresh')": async () => {
      const { cache } = cacheOf<number>()
      const told: [string, string, number?][] = []
      cache.on('set', (key, value) => told.push(['set', key, value]))
      cache.on('delete', (key) => told.push(['delete', key]))
      cache.on('load', (key, value) => told.push(['load', key, value]))
      await cache.getOrSet('a', () => 1)
      await cache.delete('a')
      expect(told).toContainEqual(['load', 'a', 1])
      expect(told).toContainEqual(['set', 'a', 1])
      expect(told.at(-1)).toEqual(['delete', 'a'])
    },
    'a failing store answers a miss': async () => {
      await using cache = new DistributedCache({ nodes: ['127.0.0.1:1'], operationTimeout: '500ms' })
      const error = await cache.get('a').catch((cause: unknown) => cause)
      expect(error instanceof CacheConnectionError || error instanceof CacheTimeoutError).toBe(true)
    },
  },
  BentoCache: {
    'one object a call: { key, value }': async () => {
      const { cache } = cacheOf()
      await cache.set('a', 1, { ttl: 5, tags: ['t'] })
      expect(await cache.ttl('a')).toBe(5)
    },
    'ttl: ms or a string': async () => {
      const { sync } = cacheOf({ defaultTtl: '1h' })
      sync.set('a', 1)
      sync.set('b', 1, 30)
      expect([sync.ttl('a'), sync.ttl('b')]).toEqual([3600, 30])
    },
    grace: staleValuesAreLimited,
    'timeout (soft), hardTimeout': async () => {
      const { clock, cache } = cacheOf<string>()
      await cache.getOrSet('a', () => 'old', { ttl: 1, staleIfError: 60 })
      clock.advance(2000)
      const never = () => new Promise<string>(() => {})
      const soft = cache.getOrSet('a', never, { softTimeout: '200ms', staleIfError: 60 })
      await sleep(0)
      clock.advance(250)
      expect(await soft).toBe('old')
      const hard = cache.getOrSet('b', never, { timeout: '1s' })
      const failed = expect(hard).rejects.toMatchObject({ code: 'TIMEOUT' })
      await sleep(0)
      clock.advance(1100)
      await failed
    },
    graceBackoff: async () => {
      const { clock, cache } = cacheOf<string>()
      let tries = 0
      const load = () => {
        tries++
        throw new Error('the source is down')
      }
      await cache.getOrSet('a', () => 'old', { ttl: 1, staleWhileRevalidate: 600 })
      const triesWithin = async (ms: number) => {
        const before = tries
        for (let waited = 0; waited < ms; waited += 100) {
          clock.advance(100)
          await cache.getOrSet('a', load, { ttl: 1, staleWhileRevalidate: 600 })
          await sleep(0)
        }
        return tries - before
      }
      const first = await triesWithin(10_000)
      expect(first).toBeGreaterThan(0)
      expect(await triesWithin(10_000)).toBeLessThan(first)
    },
    'factory, ctx.setTtl, ctx.skip': async () => {
      const { cache } = cacheOf<number>()
      const lived = await cache.getOrSet('a', (context) => {
        context.setTtl(7)
        return 1
      })
      await cache.getOrSet('b', (context) => {
        context.noStore()
        return 1
      })
      expect([lived, await cache.ttl('a'), await cache.has('b')]).toEqual([1, 7, false])
      await whatWasDeletedMeanwhileIsNotCached()
    },
    lockTimeout: async () => {
      const { cache } = cacheOf<number>()
      let loads = 0
      const load = () => sleep(1, ++loads)
      expect(await Promise.all([cache.getOrSet('a', load), cache.getOrSet('a', load)])).toEqual([1, 1])
    },
    forceFresh: async () => {
      const { cache } = cacheOf<number>()
      await cache.set('a', 1)
      await cache.delete('a')
      expect(await cache.getOrSet('a', () => 2)).toBe(2)
    },
    'tags, deleteByTag({ tags })': async () => {
      const { cache, sync } = cacheOf<number>()
      for (const tag of ['s', 't', 'u']) await cache.set(tag, 1, { tags: [tag] })
      await cache.deleteByTag('s')
      await cache.deleteByTags(['t'])
      expect([...sync.keys()]).toEqual(['u'])
    },
    'expire({ key }), expireByTag': async () => {
      const { clock, cache } = cacheOf<string>()
      await cache.getOrSet('a', () => 'old', { ttl: 60, staleIfError: 60, tags: ['t'] })
      await cache.expireByTag('t')
      expect(await cache.get('a')).toBe(undefined)
      expect(await cache.getOrSet('a', fails, { staleIfError: 60 })).toBe('old')
      await cache.set('b', 'x')
      await cache.touch('b', '1ms')
      clock.advance(2)
      expect(await cache.get('b')).toBe(undefined)
    },
    'namespace(name)': async () => {
      const { cache } = cacheOf<number>()
      await cache.set('a', 1)
      await cache.namespace('n').set('a', 2)
      await cache.namespace('n').clear()
      expect([await cache.get('a'), await cache.namespace('n').get('a')]).toEqual([1, undefined])
    },
    'L1 + L2 + bus': othersWritesAreHeardOf,
    'L2 over DynamoDB, SQL, files': nodesAreServers,
    'a multi-process file cache': nodesAreServers,
    'plugins for Prometheus, OTel': async () => {
      expect(Object.keys(prometheus).length).toBeGreaterThan(0)
      expect(Object.keys(otel).length).toBeGreaterThan(0)
    },
  },
}

describe.each(Object.entries(PROOFS))('what the page says to who comes from %s', (library, proofs) => {
  it('has a proof for each row', () => expect(Object.keys(proofs)).toEqual(rowsOf(library)))
  it.each(Object.entries(proofs))('of %s, holds', async (_row, proof) => {
    await proof()
  })
})
