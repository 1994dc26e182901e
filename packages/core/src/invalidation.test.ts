import { CacheClosedError, CacheConfigError, CacheKeyError } from '@mtaio/exceptions'
import { describe, expect, it } from 'vitest'
import { ManualClock } from './testing/manual-clock.js'
import { TTLCache } from './ttl-cache.js'

const open = () => {
  const clock = new ManualClock()
  return { clock, cache: new TTLCache<string>({ clock }) }
}

describe('deleteByTags', () => {
  it('removes what carries any of them, each once, and takes any iterable', async () => {
    const { cache } = open()
    await cache.set('both', 'x', { tags: ['a', 'b'] })
    await cache.set('b', 'x', { tags: ['b'] })
    await cache.set('c', 'x', { tags: ['c'] })
    await cache.deleteByTags(new Set(['a', 'b', 'nobody']))
    expect([...cache.sync.keys()]).toEqual(['c'])
    expect(cache.getStats().deletes).toBe(2)
    await cache.deleteByTags([])
    expect([...cache.sync.keys()]).toEqual(['c'])
  })

  it('refuses what are no tags, whole', async () => {
    const { cache } = open()
    await cache.set('k', 'x', { tags: ['a'] })
    for (const bad of ['a', ['a', ''], ['a', 1], undefined, null, 5]) {
      await expect(cache.deleteByTags(bad as never)).rejects.toThrow(CacheConfigError)
    }
    expect(await cache.has('k')).toBe(true)
  })
})

describe('expireByTag', () => {
  it('ends lives at once for every read, and leaves the values to those who allow stale ones', async () => {
    const { cache, clock } = open()
    await cache.set('k', 'old', { tags: ['t'], ttl: 100 })
    await cache.set('other', 'x', { tags: ['u'] })
    clock.advance(1000)
    await cache.expireByTag('t')
    expect(await cache.get('k')).toBeUndefined()
    expect(await cache.ttl('k')).toBeUndefined()
    expect([...cache.sync.keys()]).toEqual(['other'])
    expect(await cache.touch('k')).toBe(false)
    const down = () => Promise.reject(new Error('down'))
    clock.advance(20_000)
    await expect(cache.getOrSet('k', down)).rejects.toThrow('down')
    await expect(cache.getOrSet('k', down, { staleIfError: 10 })).rejects.toThrow('down')
    expect(await cache.getOrSet('k', down, { staleIfError: 60 })).toBe('old')
    expect(cache.getStats().staleHits).toBe(1)
    // It is kept for as long as it would have lived.
    clock.advance(79_000)
    await expect(cache.getOrSet('k', down, { staleIfError: 600 })).rejects.toThrow('down')
  })

  it('is a conflict for a transaction that read it, and fences off a load that began before', async () => {
    const { cache } = open()
    await cache.set('k', 'old', { tags: ['t'] })
    const txn = cache.transaction()
    await txn.get('k')
    await txn.set('n', 'x')
    let answer!: (value: string) => void
    const loading = cache.getOrSet('l', () => new Promise<string>((resolve) => (answer = resolve)), { tags: ['t'] })
    await cache.expireByTag('t')
    await expect(txn.commit()).rejects.toMatchObject({ code: 'CONFLICT', keys: ['k'] })
    answer('read before')
    expect(await loading).toBe('read before')
    expect(await cache.has('l')).toBe(false)
    for (const tag of ['', 1, undefined])
      await expect(cache.expireByTag(tag as never)).rejects.toThrow(CacheConfigError)
  })
})

describe('deleteByPrefix', () => {
  it('removes the keys of this cache that begin with it, and no other', async () => {
    const { cache } = open()
    const users = cache.namespace('n')
    await cache.setMany({ 'user:1': 'x', 'user:2': 'x', users: 'x', 'a user:': 'x' })
    await users.setMany({ 'user:1': 'x', 'post:1': 'x' })
    await cache.deleteByPrefix('user:')
    expect([...cache.sync.keys()].sort()).toEqual(['a user:', 'users'])
    expect([...users.sync.keys()].sort()).toEqual(['post:1', 'user:1'])
    await users.deleteByPrefix('user')
    expect([...users.sync.keys()]).toEqual(['post:1'])
    expect(cache.getStats().deletes).toBe(2)
  })

  it('fences off the loads of such keys, present or not, and forgets their failures', async () => {
    const { cache } = open()
    let answer!: (value: string) => void
    const loading = cache.getOrSet('user:1', () => new Promise<string>((resolve) => (answer = resolve)))
    const failing = () => Promise.reject(new Error('down'))
    await expect(cache.getOrSet('user:2', failing, { negativeTtl: 100 })).rejects.toThrow('down')
    await cache.deleteByPrefix('user:')
    answer('read before')
    await loading
    expect(await cache.has('user:1')).toBe(false)
    expect(await cache.getOrSet('user:2', () => 'up')).toBe('up')
  })

  it('refuses an empty prefix and what is no string', async () => {
    const { cache } = open()
    await expect(cache.deleteByPrefix('')).rejects.toThrow(/use clear\(\)/)
    for (const bad of ['', undefined, null, 1]) {
      await expect(cache.deleteByPrefix(bad as never)).rejects.toThrow(CacheKeyError)
    }
    await cache[Symbol.asyncDispose]()
    await expect(cache.deleteByPrefix('a')).rejects.toThrow(CacheClosedError)
    await expect(cache.deleteByTags(['a'])).rejects.toThrow(CacheClosedError)
    await expect(cache.expireByTag('a')).rejects.toThrow(CacheClosedError)
    await expect(cache.inspect('a')).rejects.toThrow(CacheClosedError)
  })
})
