/** Contract: many keys in one call. */
import { CacheConfigError, CacheKeyError, CacheValueError } from '@mtaio/exceptions'
import { equal, rejects } from './assert.js'
import type { Cases } from './subject.js'

export const batchCases: Cases = {
  'getMany answers one entry a key, in the order of the keys': async ({ open }) => {
    const { cache } = await open()
    await cache.setMany({ a: 1, b: null, c: 3 })
    equal(
      [...(await cache.getMany(['c', 'absent', 'b', 'a']))],
      [
        ['c', 3],
        ['absent', undefined],
        ['b', null],
        ['a', 1],
      ],
      'without a default',
    )
    equal(
      [...(await cache.getMany(['absent', 'b'], 'default'))],
      [
        ['absent', 'default'],
        ['b', null],
      ],
      'with a default',
    )
    equal([...(await cache.getMany([]))], [], 'of no keys')
  },

  'getMany of a repeated key answers it once, at its first place': async ({ open }) => {
    const { cache } = await open()
    await cache.setMany({ a: 1, b: 2 })
    equal(
      [...(await cache.getMany(['b', 'a', 'b']))],
      [
        ['b', 2],
        ['a', 1],
      ],
      'the entries',
    )
  },

  'getMany and deleteMany take any iterable of keys': async ({ open }) => {
    const { cache } = await open()
    await cache.setMany({ a: 1, b: 2, c: 3 })
    function* keys() {
      yield* ['a', 'b']
    }
    equal([...(await cache.getMany(new Set(['a', 'b']))).values()], [1, 2], 'getMany of a set')
    equal([...(await cache.getMany(keys())).values()], [1, 2], 'getMany of a generator')
    equal(await cache.deleteMany(keys()), 2, 'deleteMany of a generator')
  },

  'setMany takes a record, a Map or any iterable of pairs': async ({ open }) => {
    const { cache } = await open()
    function* pairs(): Iterable<[string, unknown]> {
      yield ['generated', 4]
    }
    await cache.setMany({ record: 1 })
    await cache.setMany(new Map([['map', 2]]))
    await cache.setMany([['pairs', 3]])
    await cache.setMany(pairs())
    await cache.setMany(JSON.parse('{"__proto__": 5}'))
    await cache.setMany({})
    equal(
      [...(await cache.getMany(['record', 'map', 'pairs', 'generated', '__proto__'])).values()],
      [1, 2, 3, 4, 5],
      'the values',
    )
  },

  'of a repeated key, setMany stores the last value': async ({ open }) => {
    const { cache } = await open()
    await cache.setMany([
      ['k', 1],
      ['k', 2],
    ])
    equal(await cache.get('k'), 2, 'the value')
  },

  'setMany gives TTL and tags to all': async ({ open }) => {
    const { cache, advance } = await open()
    await cache.setMany({ a: 1, b: 2 }, '10s')
    await cache.setMany({ c: 3, d: 4 }, { tags: ['t'] })
    await cache.deleteByTag('t')
    equal([...(await cache.getMany(['a', 'b', 'c', 'd'])).values()], [1, 2, undefined, undefined], 'after deleteByTag')
    await advance(10_000)
    equal([...(await cache.getMany(['a', 'b'])).values()], [undefined, undefined], 'after the TTL')
  },

  'setMany with anything bad stores nothing': async ({ open }) => {
    const { cache } = await open()
    await cache.set('a', 'kept')
    const pairs = (...more: unknown[]) => [['a', 'new'], ['b', 'new'], ...more] as never
    await rejects(() => cache.setMany(pairs(['', 1])), CacheKeyError, 'a bad key at the end')
    await rejects(() => cache.setMany(pairs(['c', undefined])), CacheValueError, 'undefined at the end')
    await rejects(() => cache.setMany(pairs(['c', 1]), 0), CacheConfigError, 'a bad TTL')
    await rejects(() => cache.setMany(pairs(['c', 1]), { tags: [''] }), CacheConfigError, 'bad tags')
    await rejects(() => cache.setMany(pairs('c')), CacheConfigError, 'what is no pair at the end')
    for (const none of [null, undefined, 5, 'ab', true]) {
      await rejects(() => cache.setMany(none as never), CacheConfigError, `${String(none)} for entries`)
    }
    equal([...(await cache.getMany(['a', 'b', 'c'])).values()], ['kept', undefined, undefined], 'the values')
  },

  'deleteMany tells how many were there': async ({ open }) => {
    const { cache, advance } = await open()
    await cache.setMany({ a: 1, b: 2, c: 3 })
    await cache.set('expired', 4, 10)
    await advance(10_000)
    equal(await cache.deleteMany(['a', 'absent', 'b', 'expired']), 2, 'of two live keys')
    equal([...(await cache.getMany(['a', 'b', 'c'])).values()], [undefined, undefined, 3], 'the values')
    equal(await cache.deleteMany([]), 0, 'of no keys')
    equal(await cache.deleteMany(['c', 'c']), 1, 'of a repeated key')
  },

  'what is no iterable of keys is a CacheKeyError': async ({ open }) => {
    const { cache } = await open()
    for (const none of [null, undefined, 5, 'abc', {}]) {
      await rejects(() => cache.getMany(none as never), CacheKeyError, `getMany of ${String(none)}`)
      await rejects(() => cache.deleteMany(none as never), CacheKeyError, `deleteMany of ${String(none)}`)
    }
  },
}
