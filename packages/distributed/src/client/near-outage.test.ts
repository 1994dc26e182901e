/** Reads of every kind while no node is in reach, also where not even who the nodes are can be asked: strict, after a lease. */
import { CacheError, CacheQuorumError } from '@mtaio/exceptions'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { CacheNode } from '../node/index.js'
import { DistributedCache } from './distributed-cache.js'
import type { DistributedCacheOptions } from './options.js'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

/** A cache that has read `a`, `b` and `c`, and whose nodes are gone. */
async function outage({ isLeaseOver, ...options }: Partial<DistributedCacheOptions> & { isLeaseOver?: true }) {
  const nodes = [0, 1, 2].map(() => new CacheNode({ port: 0 }))
  for (const node of nodes) {
    await node.start()
    closers.push(() => node.stop())
  }
  const nearCache = { serveStaleOnOutage: '1m', negativeTtl: '1m' } as const
  const cache = new DistributedCache<string>({
    ...{ nodes: nodes.map(({ address }) => address), nearCache, operationTimeout: '300ms' },
    ...options,
  })
  closers.push(() => cache[Symbol.asyncDispose]())
  await cache.start()
  await cache.setMany({ a: '1', b: '2', c: '3' }, '1h')
  await Reflect.get(cache, 'nearCache').ears.prove()
  await cache.getMany(['a', 'b', 'c', 'absent'])
  const told: string[] = []
  cache.on('outage', (key) => told.push(key))
  await Promise.all(nodes.map((node) => node.stop()))
  const near = () => cache.getStats().near!
  await vi.waitUntil(() => near().listening === 0)
  if (isLeaseOver) Reflect.set(Reflect.get(cache, 'followed').membership, 'checkedAt', Number.NEGATIVE_INFINITY)
  return { cache, near, told }
}

describe.each<[string, Parameters<typeof outage>[0]]>([
  ['sloppy', {}],
  ['strict', { quorum: 'strict' }],
  ['strict, and its lease is over', { quorum: 'strict', isLeaseOver: true }],
])('a near cache that is %s', (_how, options) => {
  it('answers every kind of read from what it has, counts it and tells of it, while no node is there', async () => {
    const { cache, near, told } = await outage(options)
    expect(await cache.get('a')).toBe('1')
    expect(await cache.get('absent', 'none')).toBe('none')
    expect([...(await cache.getMany(['a', 'b', 'absent'], 'none'))]).toEqual([
      ['a', '1'],
      ['b', '2'],
      ['absent', 'none'],
    ])
    expect(await cache.peek('b')).toBe('2')
    expect(await cache.has('c')).toBe(true)
    expect(await cache.getOrSet('c', () => 'loaded')).toBe('3')
    expect([...(await cache.getOrSetMany(['b', 'c'], () => []))]).toEqual([
      ['b', '2'],
      ['c', '3'],
    ])
    expect(told.toSorted()).toEqual(['a', 'a', 'absent', 'absent', 'b', 'b', 'b', 'c', 'c', 'c'])
    expect(near().outageHits).toBe(told.length)
  })

  it('makes nothing up, answers no part of a call, and does not count what it did not answer', async () => {
    const { cache, near } = await outage(options)
    const before = near().outageHits
    await expect(cache.get('d')).rejects.toThrow(CacheError)
    await expect(cache.peek('d')).rejects.toThrow(CacheError)
    expect(near().outageHits).toBe(before)
    const failed = await cache.getMany(['b', 'd']).catch((error: CacheError) => error)
    expect(failed).toBeInstanceOf(CacheError)
    if (options.isLeaseOver) {
      expect(failed).toBeInstanceOf(CacheQuorumError)
      expect(near().outageHits).toBe(before)
      // Nothing was sent, so what was is still true.
      await expect(cache.set('a', '4')).rejects.toThrow(CacheQuorumError)
      expect(await cache.get('a')).toBe('1')
      return
    }
    expect(failed).toMatchObject({ succeeded: ['b'], failed: new Map([['d', expect.any(CacheError)]]) })
    await expect(cache.set('a', '4')).rejects.toThrow(CacheError)
    // A write that may have happened leaves nothing behind of what was.
    await expect(cache.get('a')).rejects.toThrow(CacheError)
  })
})
