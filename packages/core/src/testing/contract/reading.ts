/** Contract: what reads answer, and what leaves no trace. */
import { CacheKeyError } from '@mtaio/exceptions'
import { equal, rejects } from './assert.js'
import type { Cases } from './subject.js'

export const readingCases: Cases = {
  'get answers the value, else the default, else undefined': async ({ open }) => {
    const { cache } = await open()
    await cache.set('k', 'value')
    equal(await cache.get('k'), 'value', 'a stored value')
    equal(await cache.get('k', 'default'), 'value', 'a stored value, with a default')
    equal(await cache.get('absent'), undefined, 'an absent key')
    equal(await cache.get('absent', 'default'), 'default', 'an absent key, with a default')
    equal(await cache.get('absent', null), null, 'an absent key, with null for default')
  },

  'a stored falsy value is not mistaken for absence': async ({ open }) => {
    const { cache } = await open()
    for (const value of [null, 0, '', false, Number.NaN]) {
      await cache.set('k', value)
      equal(await cache.get('k', 'default'), value, 'get')
      equal(await cache.getOrThrow('k'), value, 'getOrThrow')
      equal(await cache.has('k'), true, `has, of ${String(value)}`)
      equal(await cache.peek('k'), value, 'peek')
      equal((await cache.getMany(['k'], 'default')).get('k'), value, 'getMany')
      equal(await cache.getOrSet('k', () => 'loaded'), value, 'getOrSet')
      equal(await cache.delete('k'), true, `delete, of ${String(value)}`)
    }
  },

  'getOrThrow answers the value, else throws CacheKeyError with the key': async ({ open }) => {
    const { cache } = await open()
    await cache.set('k', 'value')
    equal(await cache.getOrThrow('k'), 'value', 'a stored value')
    await rejects(() => cache.getOrThrow('absent'), CacheKeyError, 'an absent key', {
      code: 'KEY_NOT_FOUND',
      key: 'absent',
    })
  },

  'has and peek see what is live and leave statistics alone': async ({ open }) => {
    const { cache, advance } = await open()
    await cache.set('k', 'value', 10)
    const before = cache.getStats()
    equal(await cache.has('k'), true, 'has, of a live key')
    equal(await cache.has('absent'), false, 'has, of an absent key')
    equal(await cache.peek('k'), 'value', 'peek, of a live key')
    equal(await cache.peek('absent'), undefined, 'peek, of an absent key')
    await cache.ttl('k')
    const after = cache.getStats()
    equal([after.hits, after.misses], [before.hits, before.misses], 'hits and misses after has, peek and ttl')
    await advance(10_000)
    equal(await cache.has('k'), false, 'has, of an expired key')
    equal(await cache.peek('k'), undefined, 'peek, of an expired key')
  },
}
