import { CacheKeyError } from '@mtaio/exceptions'
import { describe, expect, it } from 'vitest'
import type { TTLCacheOptions } from './index.js'
import { ManualClock } from './testing/manual-clock.js'
import { TTLCache } from './ttl-cache.js'

const open = (options: TTLCacheOptions<string> = {}) => {
  const clock = new ManualClock()
  return { clock, cache: new TTLCache<string>({ clock, inspectable: true, ...options }) }
}

describe('inspect', () => {
  it('tells of a live entry, without a trace', async () => {
    const { cache, clock } = open({ maxSize: 2, maxWeight: 100 })
    await cache.set('k', 'v', { ttl: 10, tags: ['a', 'b'], weight: 5 })
    await cache.set('other', 'v')
    clock.advance(2500)
    await cache.touch('k', 20)
    const before = cache.getStats()
    expect(await cache.inspect('k')).toEqual({
      key: 'k',
      state: 'live',
      tier: 'memory',
      age: 2.5,
      ttl: 20,
      tags: ['a', 'b'],
      weight: 5,
      removal: undefined,
      isLoading: false,
      failure: undefined,
    })
    expect(cache.getStats()).toEqual(before)
    // Its recency is what it was: the first in is the first out.
    await cache.set('third', 'v')
    expect(await cache.has('k')).toBe(false)
    await expect(cache.inspect('')).rejects.toThrow(CacheKeyError)
  })

  it('knows no age and no removal where these are not kept, except a clear and an end of life that nobody noticed', async () => {
    const { cache, clock } = open({ inspectable: false })
    await cache.set('k', 'v', 5)
    expect(await cache.inspect('k')).toMatchObject({ state: 'live', age: undefined, ttl: 5 })
    clock.advance(6000)
    expect((await cache.inspect('k')).removal).toEqual({ cause: 'expired', ago: 1, by: undefined })
    await cache.delete('k')
    expect((await cache.inspect('k')).removal).toBeUndefined()
    await cache.clear()
    expect((await cache.inspect('k')).removal).toMatchObject({ cause: 'cleared' })
  })

  it('tells of a stale entry, and who ended its life', async () => {
    const { cache, clock } = open()
    await cache.set('k', 'v', { tags: ['t'], ttl: 100 })
    clock.advance(1000)
    await cache.expireByTag('t')
    clock.advance(3000)
    const removal = { cause: 'expired', ago: 3, by: { tag: 't' } }
    expect(await cache.inspect('k')).toMatchObject({ state: 'stale', tier: 'memory', ttl: -3, removal })
    clock.advance(200_000)
    expect(await cache.inspect('k')).toMatchObject({ state: 'absent', removal: { ...removal, ago: 203 } })
    expect(await cache.get('k')).toBeUndefined()
    expect(await cache.inspect('k')).toMatchObject({ state: 'absent', removal: { ...removal, ago: 203 } })
  })

  it('tells what removed an absent one last, and when', async () => {
    const { cache, clock } = open({ maxSize: 4 })
    const removals: [string, () => Promise<unknown>, object][] = [
      ['delete', () => cache.delete('k'), { cause: 'deleted', by: undefined }],
      ['tag', () => cache.deleteByTags(['x', 't']), { cause: 'deleted', by: { tag: 't' } }],
      ['prefix', () => cache.deleteByPrefix('k'), { cause: 'deleted', by: { prefix: 'k' } }],
      ['clear', () => cache.clear(), { cause: 'cleared', by: undefined }],
      ['eviction', () => cache.setMany({ a: '', b: '', c: '', d: '' }), { cause: 'capacity', by: undefined }],
      ['transaction', () => cache.transaction((txn) => txn.delete('k')), { cause: 'deleted', by: undefined }],
    ]
    expect((await cache.inspect('k')).removal).toBeUndefined()
    for (const [, remove, told] of removals) {
      await cache.set('k', 'v', { tags: ['t'] })
      await remove()
      clock.advance(2000)
      expect(await cache.inspect('k')).toMatchObject({ state: 'absent', removal: { ...told, ago: 2 } })
    }
    await cache.set('k', 'v', 1)
    clock.advance(5000)
    // Nobody has noticed yet, and then somebody does.
    const expired = { state: 'absent', removal: { cause: 'expired', ago: 4, by: undefined } }
    expect(await cache.inspect('k')).toMatchObject(expired)
    await cache.get('k')
    expect(await cache.inspect('k')).toMatchObject(expired)
  })

  it('keeps namespaces apart, and forgets after 1,024 further removals', async () => {
    const { cache } = open()
    const other = cache.namespace('n')
    await cache.set('k', 'v')
    await cache.delete('k')
    expect((await other.inspect('k')).removal).toBeUndefined()
    for (let index = 0; index < 1023; index++) {
      await other.set('k', 'v')
      await other.deleteByTag('none')
      await other.delete('k')
    }
    expect((await cache.inspect('k')).removal).toMatchObject({ cause: 'deleted' })
    await other.set('k', 'v')
    await other.delete('k')
    expect((await cache.inspect('k')).removal).toBeUndefined()
  })

  it('sees loads under way and failures that are remembered, from both faces', async () => {
    const { cache, clock } = open()
    let answer!: (value: string) => void
    const loading = cache.getOrSet('k', () => new Promise<string>((resolve) => (answer = resolve)))
    expect((await cache.inspect('k')).isLoading).toBe(true)
    expect(cache.sync.inspect('k').isLoading).toBe(true)
    answer('v')
    await loading
    expect(await cache.inspect('k')).toMatchObject({ isLoading: false, state: 'live' })
    const error = new Error('down')
    await cache.getOrSet('f', () => Promise.reject(error), { negativeTtl: 10 }).catch(() => undefined)
    clock.advance(4000)
    expect((await cache.inspect('f')).failure).toEqual({ error, ttl: 6 })
    clock.advance(6000)
    expect((await cache.inspect('f')).failure).toBeUndefined()
  })
})
