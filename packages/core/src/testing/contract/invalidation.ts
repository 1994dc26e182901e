/** Contract: what is removed, or only expired, by several tags at once, by a tag, and by the beginning of its key. */
import { CacheConfigError, CacheKeyError } from '@mtaio/exceptions'
import { equal, rejects } from './assert.js'
import { BAD_KEYS } from './bad-input.js'
import { gatedLoad, othersHadTheirTurn } from './gated-load.js'
import type { Cases } from './subject.js'

const BAD_TAG: readonly unknown[] = ['', 1, null, undefined, ['t'], {}]

export const invalidationCases: Cases = {
  'deleteByTags deletes what carries any of the tags, and nothing else': async ({ open }) => {
    const { cache } = await open()
    await cache.set('red', 1, { tags: ['red'] })
    await cache.set('blue', 2, { tags: ['blue'] })
    await cache.set('both', 3, { tags: ['red', 'blue'] })
    await cache.set('green', 4, { tags: ['green'] })
    await cache.set('none', 5)
    await cache.deleteByTags([])
    equal([...(await cache.getMany(['red', 'blue'])).values()], [1, 2], 'after the deletion of no tags')
    await cache.deleteByTags(new Set(['red', 'blue', 'nobody carries it']))
    const left = await cache.getMany(['red', 'blue', 'both', 'green', 'none'])
    equal([...left.values()], [undefined, undefined, undefined, 4, 5], 'the values')
    await cache.set('red', 'new', { tags: ['red'] })
    equal(await cache.get('red'), 'new', 'what was stored after it')
  },

  'what expireByTag expired is absent for every read, and can be stored again': async ({ open }) => {
    const { cache } = await open()
    await cache.set('k', 'old', { tags: ['t', 'u'] })
    await cache.set('other', 'kept', { tags: ['u'] })
    await cache.expireByTag('t')
    equal(await cache.get('k', 'none'), 'none', 'get')
    equal(await cache.peek('k'), undefined, 'peek')
    equal(await cache.has('k'), false, 'has')
    equal(await cache.ttl('k'), undefined, 'ttl')
    equal(await cache.touch('k'), false, 'touch')
    equal([...(await cache.getMany(['k', 'other'])).values()], [undefined, 'kept'], 'getMany')
    await cache.set('k', 'new', { tags: ['t'] })
    equal(await cache.get('k'), 'new', 'what was stored after it')
    await cache.expireByTag('t')
    equal(await cache.getOrSet('k', () => 'loaded'), 'loaded', 'what getOrSet answers, expired again')
  },

  'deleteByPrefix deletes the keys that begin with it, and nothing else': async ({ open }) => {
    const { cache } = await open()
    await cache.setMany({ 'user:1': 1, 'user:2': 2, 'user:': 3, users: 4, 'a user:': 5, üser: 6, 'User:1': 7 })
    await cache.deleteByPrefix('user:')
    const left = await cache.getMany(['user:1', 'user:2', 'user:', 'users', 'a user:', 'üser', 'User:1'])
    equal([...left.values()], [undefined, undefined, undefined, 4, 5, 6, 7], 'the values')
    equal([await cache.has('user:1'), await cache.delete('user:2')], [false, false], 'has and delete')
    await cache.set('user:1', 'new')
    equal(await cache.get('user:1'), 'new', 'what was stored after it')
    await cache.deleteByPrefix('ü')
    await cache.deleteByPrefix('nobody begins with it')
    equal([...(await cache.getMany(['user:1', 'users', 'üser'])).values()], ['new', 4, undefined], 'after two more')
  },

  'a prefix is any text, not a pattern': async ({ open }) => {
    const { cache } = await open()
    for (const prefix of ['*', '?', '[a', '{t}', 'a/', 'a:b', ' ', '😀', '.', '\\', '%', '__proto__']) {
      await cache.setMany({ [`${prefix}1`]: 1, [`x${prefix}`]: 2 })
      await cache.deleteByPrefix(prefix)
      equal([await cache.get(`${prefix}1`), await cache.get(`x${prefix}`)], [undefined, 2], `after '${prefix}'`)
    }
  },

  'many prefixes in turn, with clear between them, each take what they name': async ({ open }) => {
    const { cache } = await open()
    for (let round = 0; round < 3; round++) {
      await cache.setMany({ 'a:1': 1, 'b:1': 1, 'c:1': 1 })
      await cache.deleteByPrefix('a:')
      await cache.deleteByPrefix('b:')
      await cache.set('a:2', 2)
      equal([...(await cache.getMany(['a:1', 'b:1', 'c:1', 'a:2'])).values()], [undefined, undefined, 1, 2], 'prefixes')
      await cache.clear()
      equal([await cache.get('c:1'), await cache.get('a:2')], [undefined, undefined], 'after clear')
    }
  },

  'tags and prefixes are those of one cache, not of its namespaces or its parent': async ({ open }) => {
    const { cache } = await open()
    const view = cache.namespace('n')
    const everywhere = async () => [await cache.get('k:1'), await view.get('k:1')]
    const both = { tags: ['t'] }
    const invalidations = {
      deleteByTags: (one: typeof cache) => one.deleteByTags(['t', 'u']),
      expireByTag: (one: typeof cache) => one.expireByTag('t'),
      deleteByPrefix: (one: typeof cache) => one.deleteByPrefix('k'),
    }
    for (const [verb, invalidate] of Object.entries(invalidations)) {
      await cache.set('k:1', 'above', both)
      await view.set('k:1', 'below', both)
      await invalidate(cache)
      equal(await everywhere(), [undefined, 'below'], `after ${verb} above`)
      await cache.set('k:1', 'above', both)
      await invalidate(view)
      equal(await everywhere(), ['above', undefined], `after ${verb} below`)
    }
  },

  'what cannot be a tag, tags or a prefix is a typed error and changes nothing': async ({ open }) => {
    const { cache } = await open()
    await cache.set('k', 'kept', { tags: ['t'] })
    for (const tags of ['t', ['t', ''], ['t', 1], [null], null, undefined, 5, {}]) {
      await rejects(
        () => cache.deleteByTags(tags as never),
        CacheConfigError,
        `deleteByTags of ${JSON.stringify(tags)}`,
      )
    }
    for (const tag of BAD_TAG) {
      await rejects(() => cache.expireByTag(tag as never), CacheConfigError, `expireByTag of ${JSON.stringify(tag)}`)
    }
    for (const prefix of BAD_KEYS) {
      await rejects(() => cache.deleteByPrefix(prefix as never), CacheKeyError, `deleteByPrefix of ${String(prefix)}`)
    }
    equal(await cache.get('k'), 'kept', 'the value')
  },

  'deleteByPrefix keeps no load of another key from being stored': async ({ open }) => {
    const { cache } = await open()
    const source = gatedLoad()
    const caller = cache.getOrSet('k', source.load)
    await source.started
    await cache.deleteByPrefix('other')
    await cache.deleteByPrefix('k:')
    source.open('loaded')
    equal(await caller, 'loaded', "the caller's value")
    equal(await cache.get('k'), 'loaded', 'the cached value')
  },
}

const down = () => Promise.reject(new Error('down'))

export const softExpiryCases: Cases = {
  'what expireByTag expired is answered to those who allow stale values, when loading fails': async ({ open }) => {
    const { cache } = await open()
    await cache.set('k', 'old', { tags: ['t'], ttl: 600 })
    await cache.set('up', 'old', { tags: ['t'], ttl: 600 })
    await cache.expireByTag('t')
    equal(await cache.getOrSet('up', () => 'new', { staleIfError: 60 }), 'new', 'when loading does not fail')
    await rejects(() => cache.getOrSet('k', down), Error, 'who allows none', { message: 'down' })
    equal(await cache.getOrSet('k', down, { staleIfError: 60 }), 'old', 'who allows it')
    equal(await cache.get('k'), undefined, 'get, after it was answered')
  },

  'what expireByTag expired is answered while a new one is loaded behind the caller': async ({ open }) => {
    const { cache } = await open()
    const source = gatedLoad()
    await cache.set('k', 'old', { tags: ['t'], ttl: 600 })
    await cache.expireByTag('t')
    equal(await cache.getOrSet('k', source.load, { staleWhileRevalidate: 60 }), 'old', 'the stale value')
    equal((await source.started).stale, 'old', 'what the load is told')
    const waiting = cache.getOrSet('k', source.load)
    await othersHadTheirTurn(cache, 'k')
    source.open('new')
    equal(await waiting, 'new', 'who waits for the load')
    equal(await cache.get('k'), 'new', 'the cached value')
    equal(source.calls, 1, 'loads')
  },

  'what is stale is answered for as long as its reader allows, counted from when it expired': async ({ open }) => {
    const { cache, advance } = await open()
    await cache.set('k', 'old', { tags: ['t'], ttl: 600 })
    await advance(100_000)
    await cache.expireByTag('t')
    await advance(30_000)
    equal(await cache.getOrSet('k', down, { staleIfError: 60 }), 'old', 'within')
    await advance(31_000)
    await rejects(() => cache.getOrSet('k', down, { staleIfError: 60 }), Error, 'beyond', { message: 'down' })
  },

  'what was removed is no stale value, though it had expired before': async ({ open }) => {
    const { cache } = await open()
    const removals = {
      delete: () => cache.delete('k'),
      clear: () => cache.clear(),
      deleteByTag: () => cache.deleteByTag('t'),
      deleteByTags: () => cache.deleteByTags(['t', 'u']),
      deleteByPrefix: () => cache.deleteByPrefix('k'),
    }
    for (const [verb, remove] of Object.entries(removals)) {
      for (const isExpired of [false, true]) {
        await cache.set('k', 'old', { tags: ['t'], ttl: 600 })
        if (isExpired) await cache.expireByTag('t')
        await remove()
        const what = `after ${verb}${isExpired ? ' of what had expired' : ''}`
        await rejects(() => cache.getOrSet('k', down, { staleIfError: 60 }), Error, what, { message: 'down' })
      }
    }
  },
}
