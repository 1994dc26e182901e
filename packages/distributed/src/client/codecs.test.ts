import { randomBytes } from 'node:crypto'
import { CacheSerializationError } from '@mtaio/exceptions'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RespClient } from '../../test-support/resp-client.js'
import { CacheNode } from '../node/index.js'
import { DistributedCache } from './distributed-cache.js'
import type { DistributedCacheOptions } from './options.js'

let node: CacheNode
const caches: DistributedCache<unknown>[] = []

function open(options: Partial<DistributedCacheOptions>): DistributedCache<unknown> {
  const cache = new DistributedCache<unknown>({ nodes: [node.address], ...options })
  caches.push(cache)
  return cache
}

const page = Array.from({ length: 300 }, (_, id) => ({ id, name: 'somebody' }))
const settings: Record<string, Partial<DistributedCacheOptions>> = {
  compressed: { compression: true },
  'compressed by brotli': { compression: { algorithm: 'brotli', threshold: 64 } },
  encrypted: { encryption: { keys: [{ id: 'k', key: randomBytes(32) }] } },
  'compressed and encrypted': { compression: true, encryption: { keys: [{ id: 'k', key: randomBytes(32) }] } },
}

describe('values on a node', () => {
  beforeAll(async () => {
    node = new CacheNode({ port: 0 })
    await node.start()
  })
  afterAll(async () => {
    for (const cache of caches) await cache[Symbol.asyncDispose]()
    await node.stop()
  })

  for (const [how, options] of Object.entries(settings)) {
    it(`every verb works on values that are ${how}`, async () => {
      const cache = open({ namespace: `verbs-${how.replaceAll(' ', '-')}`, ...options })
      await cache.set('a', page, { ttl: 60, tags: ['t'] })
      expect(await cache.get('a')).toEqual(page)
      expect(await cache.touch('a', '1h')).toBe(true)
      expect(await cache.get('a')).toEqual(page)
      expect(await cache.ttl('a')).toBeGreaterThan(3000)
      expect(await cache.getOrSet('b', () => page)).toEqual(page)
      expect(await cache.getOrSet('b', () => 1)).toEqual(page)
      await cache.transaction(async (txn) => {
        const value = (await txn.get('{x}')) ?? page
        await txn.set('{x}', value)
      })
      expect(await cache.get('{x}')).toEqual(page)
      await cache.deleteByTag('t')
      expect(await cache.get('a')).toBeUndefined()
      expect(await cache.delete('b')).toBe(true)
    })
  }

  it('a small write after a large one wins, though the large one takes longer to be compressed', async () => {
    const cache = open({ namespace: 'order', compression: { algorithm: 'brotli', level: 9 } })
    await Promise.all([cache.set('a', page), cache.set('a', 'last')])
    expect(await cache.get('a')).toBe('last')
  })

  it('an encrypted value that somebody moves to another key is refused there', async () => {
    const cache = open({ namespace: 'moved', ...settings.encrypted })
    await cache.set('mine', 'rich')
    await cache.set('yours', 'poor')
    const raw = await RespClient.open(Number(node.address.split(':').at(-1)))
    const bytes = (await raw.send('GET', 'moved:mine')) as Uint8Array
    await raw.send('SET', 'moved:yours', bytes)
    await raw.close()
    await expect(cache.get('yours')).rejects.toThrow(CacheSerializationError)
    await expect(cache.get('yours')).rejects.toMatchObject({ key: 'yours' })
    await cache.set('yours', 'anew')
    expect(await cache.get('yours')).toBe('anew')
  })

  it('keys rotate and codecs change while clients of both kinds are there', async () => {
    const [first, second] = [randomBytes(32), randomBytes(32)].map((key, i) => ({ id: `k${i}`, key }))
    const before = open({ namespace: 'roll', encryption: { keys: [first!] } })
    const ready = open({ namespace: 'roll', codec: 'json', encryption: { keys: [first!, second!] } })
    const after = open({ namespace: 'roll', codec: 'json', encryption: { keys: [second!, first!] } })
    await before.set('a', { old: true })
    expect(await after.get('a')).toEqual({ old: true })
    await after.set('a', { old: false })
    expect(await ready.get('a')).toEqual({ old: false })
    await expect(before.get('a')).rejects.toThrow(/k1/)
  })

  it('zero keeps its sign', async () => {
    const cache = open({ namespace: 'zero' })
    await cache.set('a', -0)
    expect(await cache.get('a')).toBe(-0)
  })
})
