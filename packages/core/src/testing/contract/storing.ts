/** Contract: what writes do, and for how long. */
import { CacheConfigError } from '@mtaio/exceptions'
import type { Duration } from '../../cache.js'
import { equal, rejects } from './assert.js'
import { BAD_DURATIONS } from './bad-input.js'
import type { Cases } from './subject.js'

const bad = (value: unknown) => value as Duration

// Some 25 days: where a count of milliseconds in a signed integer overflows.
const MORE_THAN_31_BITS = 2 ** 31 + 1_000

export const storingCases: Cases = {
  'set replaces the value, the TTL and the tags': async ({ open }) => {
    const { cache, advance } = await open()
    await cache.set('k', 'old', { ttl: 10, tags: ['old'] })
    await cache.set('k', 'new', 100)
    equal(await cache.get('k'), 'new', 'the value')
    await cache.deleteByTag('old')
    equal(await cache.get('k'), 'new', "the value after the old value's tag was deleted")
    await advance(50_000)
    equal(await cache.get('k'), 'new', 'the value after the old TTL')
  },

  'of two writes that are not awaited in between, the later stays': async ({ open }) => {
    const { cache } = await open()
    await Promise.all([cache.set('k', 1), cache.set('k', 2), cache.set('k', 3)])
    equal(await cache.get('k'), 3, 'the value')
  },

  'delete tells whether the key was there': async ({ open }) => {
    const { cache, advance } = await open()
    await cache.set('k', 'value', 10)
    equal(await cache.delete('k'), true, 'a live key')
    equal(await cache.get('k'), undefined, 'the deleted value')
    equal(await cache.delete('k'), false, 'a deleted key')
    equal(await cache.delete('absent'), false, 'an absent key')
    await cache.set('k', 'value', 10)
    await advance(10_000)
    equal(await cache.delete('k'), false, 'an expired key')
  },

  'clear empties the cache, and it can be filled again': async ({ open }) => {
    const { cache } = await open()
    await cache.setMany({ a: 1, b: 2 })
    await cache.clear()
    equal([...(await cache.getMany(['a', 'b'])).values()], [undefined, undefined], 'the values')
    await cache.set('a', 3)
    equal(await cache.get('a'), 3, 'a value stored after clear')
    equal(await cache.get('b'), undefined, 'a value not stored after clear')
  },

  'an entry is gone when its TTL is over, for every read': async ({ open }) => {
    const { cache, advance } = await open()
    await cache.set('k', 'value', 100)
    await advance(50_000)
    equal(await cache.get('k'), 'value', 'the value before')
    await advance(50_000)
    equal(await cache.get('k'), undefined, 'get')
    equal(await cache.ttl('k'), undefined, 'ttl')
    equal((await cache.getMany(['k'])).get('k'), undefined, 'getMany')
    equal(await cache.touch('k'), false, 'touch')
    equal(await cache.get('k'), undefined, 'get, after touch')
    equal(await cache.getOrSet('k', () => 'loaded'), 'loaded', 'getOrSet')
  },

  'durations are seconds, or carry their unit': async ({ open }) => {
    const { cache, advance } = await open()
    const durations: readonly [Duration, number][] = [
      [100, 100_000],
      [0.5, 500],
      ['250ms', 250],
      ['30s', 30_000],
      ['5m', 300_000],
      ['2h', 7_200_000],
      ['1d', 86_400_000],
    ]
    for (const [ttl, milliseconds] of durations) {
      await cache.set('k', 'value', ttl)
      await cache.set('in options', 'value', { ttl })
      await advance(milliseconds)
      equal(await cache.get('k'), undefined, `the value after ${ttl}`)
      equal(await cache.get('in options'), undefined, `the value after { ttl: ${ttl} }`)
    }
  },

  'durations of weeks and years do not overflow': async ({ open }) => {
    const { cache, advance } = await open()
    const durations: readonly [Duration, number][] = [
      ['4w', 28 * 86_400],
      ['2y', 730 * 86_400],
      [31_536_000, 365 * 86_400],
    ]
    for (const [ttl, seconds] of durations) {
      await cache.set(`for ${ttl}`, 'value', ttl)
      equal(Math.ceil((await cache.ttl(`for ${ttl}`))! / 100), seconds / 100, `ttl of ${ttl}, in hundreds of seconds`)
    }
    await advance(MORE_THAN_31_BITS)
    for (const [ttl] of durations) equal(await cache.get(`for ${ttl}`), 'value', `the value of ${ttl}`)
  },

  'Infinity never ends': async ({ open }) => {
    const { cache, advance } = await open()
    await cache.set('k', 'value', Number.POSITIVE_INFINITY)
    equal(await cache.ttl('k'), Number.POSITIVE_INFINITY, 'ttl')
    await advance(MORE_THAN_31_BITS)
    equal(await cache.get('k'), 'value', 'the value after a month')
  },

  'without a TTL, the default holds': async ({ open }) => {
    const { cache, advance } = await open({ defaultTtl: 10 })
    await cache.set('k', 'value')
    await cache.set('options', 'value', {})
    await cache.setMany({ many: 'value' })
    await cache.getOrSet('loaded', () => 'value')
    await cache.set('longer', 'value', 1_000)
    await advance(10_000)
    for (const key of ['k', 'options', 'many', 'loaded'])
      equal(await cache.get(key), undefined, `the value of '${key}'`)
    equal(await cache.get('longer'), 'value', 'a value with a TTL of its own')
  },

  'a default of Infinity never ends': async ({ open }) => {
    const { cache, advance } = await open({ defaultTtl: Number.POSITIVE_INFINITY })
    await cache.set('k', 'value')
    await advance(MORE_THAN_31_BITS)
    equal(await cache.get('k'), 'value', 'the value after a month')
    equal(await cache.ttl('k'), Number.POSITIVE_INFINITY, 'ttl')
  },

  'touch restarts the life, with its TTL or the default': async ({ open }) => {
    const { cache, advance } = await open({ defaultTtl: 10 })
    await cache.set('default', 'value', 100)
    await cache.set('longer', 'value', 5)
    await cache.set('for ever', 'value', 5)
    equal(await cache.touch('default'), true, 'touch')
    equal(await cache.touch('longer', '100s'), true, 'touch with a TTL')
    equal(await cache.touch('for ever', Number.POSITIVE_INFINITY), true, 'touch with Infinity')
    equal(await cache.touch('absent'), false, 'touch of an absent key')
    equal(await cache.has('absent'), false, 'an absent key after touch')
    await advance(10_000)
    equal(await cache.get('default'), undefined, 'a value whose life was shortened to the default')
    equal(await cache.get('longer'), 'value', 'a value whose life was prolonged')
    await advance(1_000_000)
    equal(await cache.get('for ever'), 'value', 'a value that was made to last')
  },

  'touch keeps value and tags': async ({ open }) => {
    const { cache } = await open()
    await cache.set('k', 'value', { tags: ['t'] })
    await cache.touch('k', 50)
    equal(await cache.get('k'), 'value', 'the value')
    await cache.deleteByTag('t')
    equal(await cache.get('k'), undefined, 'the value after its tag was deleted')
  },

  'options are taken together, and a weight is accepted': async ({ open }) => {
    const { cache, advance } = await open()
    await cache.set('k', 'value', { ttl: '10s', tags: ['t'], weight: 2 })
    equal(await cache.get('k'), 'value', 'the value')
    await advance(10_000)
    equal(await cache.get('k'), undefined, 'the value after its TTL')
  },

  'what is no duration is a CacheConfigError and changes nothing': async ({ open }) => {
    const { cache } = await open()
    await cache.set('k', 'kept', 1_000)
    for (const value of BAD_DURATIONS) {
      const what = `with ${typeof value} ${String(value)} for a TTL`
      await rejects(() => cache.set('k', 'new', bad(value)), CacheConfigError, `set ${what}`)
      await rejects(() => cache.set('k', 'new', { ttl: bad(value) }), CacheConfigError, `set { ttl } ${what}`)
      await rejects(() => cache.setMany({ k: 'new' }, bad(value)), CacheConfigError, `setMany ${what}`)
      await rejects(() => cache.touch('k', bad(value)), CacheConfigError, `touch ${what}`)
      await rejects(() => cache.getOrSet('absent', () => 1, { ttl: bad(value) }), CacheConfigError, `getOrSet ${what}`)
    }
    await rejects(() => cache.touch('k', bad({})), CacheConfigError, 'touch with {}')
    await rejects(() => cache.set('k', 'new', { ttl: bad({}) }), CacheConfigError, 'set with { ttl: {} }')
    equal(await cache.get('k'), 'kept', 'the value')
    equal(await cache.has('absent'), false, 'a key that was not loaded')
  },

  'a bad default TTL is refused when the cache is made': async ({ open }) => {
    for (const value of [...BAD_DURATIONS, {}]) {
      await rejects(() => open({ defaultTtl: bad(value) }), CacheConfigError, `a defaultTtl of ${String(value)}`)
    }
  },

  'an unknown or malformed option of set is a CacheConfigError': async ({ open }) => {
    const { cache } = await open()
    for (const options of [{ tll: 5 }, { weight: 0 }, { weight: -1 }, { weight: Number.NaN }, { weight: '1' }]) {
      await rejects(() => cache.set('k', 1, options as never), CacheConfigError, `set with ${JSON.stringify(options)}`)
    }
    equal(await cache.has('k'), false, 'the key')
  },
}

export const exactTimeCases: Cases = {
  'ttl tells the seconds left': async ({ open }) => {
    const { cache, advance } = await open({ defaultTtl: '1m' })
    equal(await cache.ttl('absent'), undefined, 'an absent key')
    await cache.set('k', 'value', 10)
    await cache.set('default', 'value')
    equal(await cache.ttl('k'), 10, 'at first')
    equal(await cache.ttl('default'), 60, 'of a value with the default')
    await advance(2_500)
    equal(await cache.ttl('k'), 7.5, 'after 2.5 seconds')
    await cache.touch('k', 20)
    equal(await cache.ttl('k'), 20, 'after touch')
  },

  'a value lives until its deadline and not a millisecond longer': async ({ open }) => {
    const { cache, advance } = await open()
    await cache.set('k', 'value', 10)
    await advance(9_999)
    equal(await cache.get('k'), 'value', 'the value a millisecond before')
    equal(await cache.has('k'), true, 'has, a millisecond before')
    await advance(1)
    equal(await cache.get('k'), undefined, 'the value at its deadline')
    equal(await cache.has('k'), false, 'has, at the deadline')
  },
}
