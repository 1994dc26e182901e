import { afterEach, describe, expect, it, vi } from 'vitest'
import { requireRedis, startRedisServer } from '../../test-support/redis-server.js'
import { CacheNode } from '../node/index.js'
import { DistributedCache } from './distributed-cache.js'
import type { DistributedCacheOptions } from './options.js'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

interface Member {
  readonly port: number
  kill(): Promise<void>
}

async function startNode(port = 0): Promise<Member> {
  const node = new CacheNode({ port })
  await node.start()
  closers.push(() => node.stop())
  return { port: node.port, kill: () => node.stop() }
}

async function startServer(port = 0): Promise<Member> {
  const server = await startRedisServer({ port })
  closers.push(() => server.kill())
  return server
}

const engines = [
  ['CacheNodes', true, startNode],
  ['Redis servers', requireRedis(), startServer],
] as const

for (const [name, isThere, start] of engines) {
  describe.runIf(isThere)(`a near cache over ${name}`, () => {
    /** Three members, and clients of them. */
    async function room(
      nearCache: DistributedCacheOptions['nearCache'] = {},
      more: Partial<DistributedCacheOptions> = {},
    ) {
      const members = await Promise.all([start(), start(), start()])
      const open = (options: Partial<DistributedCacheOptions> = {}) => {
        const nodes = members.map(({ port }) => ['127.0.0.1', port] as const)
        const cache = new DistributedCache<unknown>({ nodes, ...more, ...options })
        closers.push(() => cache[Symbol.asyncDispose]())
        return cache
      }
      const cache = open({ nearCache })
      await cache.start()
      const near = () => cache.getStats().near!
      /** Resolves once all that nodes have to say has been heard. */
      const news = () => Reflect.get(cache, 'nearCache').ears.prove() as Promise<void>
      return { members, open, cache, other: open(), near, news }
    }

    it('is told of by inspect: what it holds, a value or that there is none, until somebody changes it', async () => {
      const { cache, other, near, news } = await room({ ttl: 30, negativeTtl: 30 })
      await other.set('key', 'value', { ttl: 600, tags: ['t'] })
      expect(await cache.inspect('key')).toMatchObject({ state: 'live', tier: 'nodes', near: undefined })
      await cache.getMany(['key', 'absent'])
      const held = await cache.inspect('key')
      expect(held).toMatchObject({ state: 'live', tier: 'near', tags: ['t'], near: { holds: 'value' } })
      expect([held.near!.ttl > 0, held.near!.ttl <= 30, held.ttl! > 500]).toEqual([true, true, true])
      expect(await cache.inspect('absent')).toMatchObject({ state: 'absent', near: { holds: 'absence' } })
      expect(await cache.with({ consistency: 'quorum' }).inspect('key')).toMatchObject({ tier: 'nodes' })
      expect(near()).toMatchObject({ hits: 0 })
      await other.deleteByTag('t')
      await news()
      const removal = { cause: 'deleted', by: { tag: 't' } }
      expect(await cache.inspect('key')).toMatchObject({ state: 'absent', tier: undefined, near: undefined, removal })
    })

    it('answers again without asking, with the very same value, until somebody else writes', async () => {
      const { cache, other, near, news } = await room()
      expect(near()).toMatchObject({ hits: 0, listening: 3 })
      await other.set('key', { a: 1 })
      await news()
      const first = await cache.get('key')
      expect(await cache.get('key')).toBe(first)
      expect(near()).toMatchObject({ hits: 1, misses: 1, fills: 1, items: 1 })
      expect(cache.getStats()).toMatchObject({ hits: 2, misses: 0 })
      await other.set('key', { a: 2 })
      await news()
      expect(near()).toMatchObject({ items: 0 })
      expect(await cache.get('key')).toEqual({ a: 2 })
    })

    it.each<[string, (other: DistributedCache<unknown>) => Promise<unknown>, unknown]>([
      ['delete', (other) => other.delete('key'), undefined],
      ['touch', (other) => other.touch('key', 1000), 'old'],
      ['clear', (other) => other.clear(), undefined],
      ['deleteByTag', (other) => other.deleteByTag('tag'), undefined],
      ['expireByTag', (other) => other.expireByTag('tag'), undefined],
      ['deleteByPrefix', (other) => other.deleteByPrefix('ke'), undefined],
      ['a transaction', (other) => other.transaction((txn) => txn.set('key', 'new')), 'new'],
      ['setMany', (other) => other.setMany({ key: 'new' }), 'new'],
    ])("%s of another client's empties it", async (_verb, change, expected) => {
      const { cache, other, near, news } = await room()
      await other.set('key', 'old', { tags: ['tag'] })
      await news()
      await cache.get('key')
      await cache.get('key')
      expect(near().hits).toBe(1)
      await change(other)
      await news()
      expect(near().items).toBe(0)
      expect(await cache.get('key')).toBe(expected)
      expect(near().hits).toBe(1)
    })

    it.each<[string, (cache: DistributedCache<unknown>) => Promise<unknown>, unknown]>([
      ['set', (cache) => cache.set('key', 'new'), 'new'],
      ['delete', (cache) => cache.delete('key'), undefined],
      ['clear', (cache) => cache.clear(), undefined],
      ['deleteByTag', (cache) => cache.deleteByTag('tag'), undefined],
      ['expireByTag', (cache) => cache.expireByTag('tag'), undefined],
      ['deleteByPrefix', (cache) => cache.deleteByPrefix('ke'), undefined],
      ['a transaction', (cache) => cache.transaction((txn) => txn.set('key', 'new')), 'new'],
    ])('its own %s is seen at once', async (_verb, change, expected) => {
      const { cache } = await room()
      await cache.set('key', 'old', { tags: ['tag'] })
      for (let round = 0; round < 20; round++) {
        await cache.get('key')
        await change(cache)
        expect(await cache.get('key')).toBe(expected)
        await cache.set('key', 'old', { tags: ['tag'] })
        expect(await cache.get('key')).toBe('old')
      }
    })

    it('keeps namespaces apart; clearing one empties those below it and no other', async () => {
      const { cache, other, near, news } = await room()
      const paths = (root: DistributedCache<unknown>) =>
        [root, root.namespace('a'), root.namespace('a').namespace('b'), root.namespace('c')] as const
      for (const [i, view] of paths(other).entries()) await view.set('key', i)
      await news()
      for (const view of paths(cache)) for (let twice = 0; twice < 2; twice++) await view.get('key')
      await other.namespace('a').clear()
      await news()
      const read = await Promise.all(paths(cache).map((view) => view.get('key')))
      expect(read).toEqual([0, undefined, undefined, 3])
      expect(paths(cache).map((view) => view.getStats().near?.hits)).toEqual([2, 1, 1, 2])
      expect(near().items).toBe(1)
      await other.namespace('ab').clear()
      await news()
      expect(near().items).toBe(1)
    })

    it('keeps that a key is absent only where told, and drops it when there is something', async () => {
      const without = await room()
      await without.cache.get('key')
      await without.cache.get('key')
      expect(without.near()).toMatchObject({ hits: 0, items: 0 })
      const { cache, other, near, news } = await room({ negativeTtl: '1m' })
      expect(await cache.get('key', 'none')).toBe('none')
      expect(await cache.get('key', 'nothing')).toBe('nothing')
      expect(near()).toMatchObject({ hits: 1 })
      expect(cache.getStats()).toMatchObject({ hits: 0, misses: 2 })
      await other.set('key', 1)
      await news()
      expect(await cache.get('key')).toBe(1)
      await cache.delete('key')
      expect(await cache.get('key')).toBe(undefined)
      expect(await cache.getOrSet('key', () => 2)).toBe(2)
      // Known to be absent, which answers no load: no hit.
      expect(near()).toMatchObject({ hits: 1, misses: 4 })
      expect(await cache.get('key')).toBe(2)
    })

    it('serves getMany, peek, has and getOrSet, and is passed by who wants to know it from the nodes', async () => {
      const { cache, other, near, news } = await room()
      await other.setMany({ a: 1, b: 2, c: 3 })
      await news()
      const keys = ['a', 'b', 'c', 'd']
      const all = [1, 2, 3, undefined]
      expect([...(await cache.getMany(keys)).values()]).toEqual(all)
      expect([...(await cache.getMany(keys)).values()]).toEqual(all)
      expect(near()).toMatchObject({ hits: 3, misses: 5 })
      expect(await cache.getOrSet('a', () => 9)).toBe(1)
      expect(await cache.getOrSet('b', () => 9, { staleWhileRevalidate: 60, refreshAhead: 1 })).toBe(2)
      expect(near()).toMatchObject({ hits: 5, misses: 5 })
      expect(await cache.peek('a')).toBe(1)
      expect(await cache.has('a')).toBe(true)
      expect(near()).toMatchObject({ hits: 5 })
      expect(await cache.with({ consistency: 'quorum' }).get('a')).toBe(1)
      expect(await cache.with({ consistency: 'one' }).get('a')).toBe(1)
      expect(await cache.transaction((txn) => txn.get('a'))).toBe(1)
      expect((await cache.getEntry('a')).replicas.length).toBeGreaterThan(0)
      expect(near()).toMatchObject({ hits: 5, misses: 5 })
      expect(await cache.with({ timeout: 1 }).get('a')).toBe(1)
      expect(near()).toMatchObject({ hits: 6 })
      await expect(cache.with({ signal: AbortSignal.abort('left') }).get('a')).rejects.toBe('left')
      cache.resetStats()
      expect(near()).toMatchObject({ hits: 0, misses: 0, items: 3 })
    })

    it('does not stand before a linearizable cache', async () => {
      const { open } = await room()
      const cache = open({ nearCache: {}, consistency: 'linearizable', replicationFactor: 3 })
      await cache.start()
      await cache.set('key', 1)
      expect(await cache.get('key')).toBe(1)
      expect(cache.getStats().near).toBe(undefined)
    })

    it('drops what it may have missed when a node is gone, at once; keys of others stay', async () => {
      const { members, cache, other, near, news } = await room()
      const keys = Array.from({ length: 60 }, (_, i) => `key${i}`)
      await other.setMany(keys.map((key) => [key, key] as const))
      await news()
      await cache.getMany(keys)
      const told: string[] = []
      cache.on('not-listening', (node) => told.push(node))
      cache.on('listening', (node) => told.push(`again ${node}`))
      const [gone] = members
      await gone!.kill()
      await vi.waitUntil(() => near().listening === 2)
      expect(told).toEqual([`127.0.0.1:${gone!.port}`])
      cache.resetStats()
      expect([...(await cache.getMany(keys)).values()]).toEqual(keys)
      const { hits, misses } = near()
      expect(hits).toBeGreaterThan(0)
      expect(misses).toBeGreaterThan(hits)
      expect(hits + misses).toBe(60)
      // Nothing is kept of that node's keys meanwhile.
      cache.resetStats()
      await cache.getMany(keys)
      expect(near()).toMatchObject({ hits, misses })
      await start(gone!.port)
      await vi.waitUntil(() => near().listening === 3, { timeout: 5000 })
      await cache.getMany(keys)
      await vi.waitUntil(
        async () => {
          cache.resetStats()
          await cache.getMany(keys)
          return near().hits === 60
        },
        { timeout: 10_000, interval: 100 },
      )
    })

    it('closes with the cache', async () => {
      const { cache } = await room()
      await cache.set('key', 1)
      await cache.get('key')
      await cache.get('key')
      await cache[Symbol.asyncDispose]()
      await expect(cache.get('key')).rejects.toThrow('disposed')
    })
  })
}
