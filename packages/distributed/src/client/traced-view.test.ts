/** What is published of a cache over nodes: each call once, by template of its key. */
import { tracingChannel } from 'node:diagnostics_channel'
import type { CacheTrace } from '@mtaio/core'
import { CacheConfigError } from '@mtaio/exceptions'
import { afterEach, describe, expect, it } from 'vitest'
import { CacheNode } from '../node/index.js'
import { DistributedCache } from './distributed-cache.js'
import type { DistributedView } from './distributed-view.js'

type Trace = CacheTrace & { result?: unknown; error?: unknown }
const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const call of undo.splice(0).reverse()) await call()
})

/** The outcomes that are published from now on, on any channel. */
function listen(): Trace[] {
  const told: Trace[] = []
  for (const name of ['mtaio.get', 'mtaio.set', 'mtaio.delete', 'mtaio.load', 'mtaio.transaction']) {
    const { asyncEnd } = tracingChannel(name)
    const handler = (trace: unknown) => void told.push({ ...(trace as Trace) })
    asyncEnd.subscribe(handler)
    undo.push(() => asyncEnd.unsubscribe(handler))
  }
  return told
}

async function open(): Promise<DistributedCache<number>> {
  const node = new CacheNode({ port: 0 })
  await node.start()
  undo.push(() => node.stop())
  const cache = new DistributedCache<number>({ nodes: [['127.0.0.1', node.port]], namespace: 'app' })
  undo.push(() => cache[Symbol.asyncDispose]())
  return cache
}

async function everyCall(cache: DistributedView<number>) {
  await cache.set('user:1', 1, { tags: ['group:9'] })
  await cache.setMany({ 'user:2': 2, 'user:3': 3 })
  await cache.setMany(new Map([['user:2', 2]]))
  await cache.touch('user:1')
  await cache.getMany(['user:1', 'absent'], 0)
  await cache.getOrThrow('user:1')
  await cache.getOrSet('user:4', () => 4)
  await cache.getOrSetMany(['user:4', 'user:5'], () => ({ 'user:5': 5 }))
  await cache.delete('user:2')
  await cache.deleteMany(new Set(['user:2', 'user:3']))
  await cache.deleteByTag('group:9')
  await cache.deleteByTags(['a', 'b'])
  await cache.expireByTag('group:9')
  await cache.deleteByPrefix('user:')
  await cache.clear()
  await cache.has('user:1')
  await cache.ttl('user:1')
}

describe('tracing of a cache over nodes', () => {
  it('tells of each call once, of views and of namespaces, too', async () => {
    const cache = await open()
    const told = listen()
    const faces = { '': cache, 'a/b': cache.namespace('a').namespace('b').with({ timeout: 5 }) }
    for (const [namespace, face] of Object.entries(faces)) {
      told.length = 0
      await everyCall(face)
      expect(told.every((trace) => trace.cache === 'app' && trace.namespace === namespace && !trace.isSync)).toBe(true)
      expect(told.map(({ operation, key, keys, isHit, hits }) => [operation, key, keys, isHit ?? hits])).toEqual([
        ['set', 'user:*', 1, undefined],
        ['setMany', undefined, 2, undefined],
        ['setMany', undefined, 1, undefined],
        ['touch', 'user:*', 1, undefined],
        ['getMany', undefined, 2, 1],
        ['get', 'user:*', 1, true],
        ['load', 'user:*', 1, undefined],
        ['getOrSet', 'user:*', 1, false],
        ['loadMany', undefined, 1, undefined],
        ['getOrSetMany', undefined, 2, 1],
        ['delete', 'user:*', 1, undefined],
        ['deleteMany', undefined, 2, undefined],
        ['deleteByTag', 'group:*', undefined, undefined],
        ['deleteByTags', undefined, undefined, undefined],
        ['expireByTag', 'group:*', undefined, undefined],
        ['deleteByPrefix', 'user:*', undefined, undefined],
        ['clear', undefined, undefined, undefined],
      ])
    }
  })

  it('tells of transactions: what is done inside, the commit, the whole', async () => {
    const cache = await open()
    const told = listen()
    const face = cache.namespace('a').with({ timeout: 5 })
    await face.transaction(async (txn) => {
      await txn.set('cart:{7}:a', 1)
      expect(await txn.getMany(['cart:{7}:a', 'cart:{7}:b'], 0)).toEqual(
        new Map([
          ['cart:{7}:a', 1],
          ['cart:{7}:b', 0],
        ]),
      )
    })
    await using txn = face.transaction()
    await txn.delete('cart:{7}:a')
    await txn.rollback()
    expect(told.map(({ operation, key, keys, hits, attempts }) => [operation, key, keys, hits ?? attempts])).toEqual([
      ['set', 'cart:*', 1, undefined],
      ['getMany', undefined, 2, 1],
      ['commit', undefined, 2, undefined],
      ['transaction', undefined, undefined, 1],
      ['delete', 'cart:*', 1, undefined],
      ['rollback', undefined, undefined, undefined],
    ])
    expect(told.every(({ cache, namespace }) => cache === 'app' && namespace === 'a')).toBe(true)
  })

  it('changes no answer and no failure', async () => {
    const cache = await open()
    const told = listen()
    expect(await cache.get('absent', 7)).toBe(7)
    expect(await cache.getMany(['absent'], 7)).toEqual(new Map([['absent', 7]]))
    expect(await cache.deleteMany(['absent'])).toBe(0)
    await expect(cache.set('', 1)).rejects.toThrow()
    await expect(cache.setMany(5 as never)).rejects.toThrow()
    await expect(cache.deleteMany(null as never)).rejects.toThrow()
    await expect(cache.getOrSet('k', 5 as never)).rejects.toThrow(CacheConfigError)
    expect(told.map(({ error }) => error !== undefined)).toEqual([false, false, false, true, true, true, true])
    for (const options of [{ name: '' }, { keyTemplate: 'x' }]) {
      expect(() => new DistributedCache({ nodes: ['localhost:1'], ...options } as never)).toThrow(CacheConfigError)
    }
  })
})
