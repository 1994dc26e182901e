/** Contract: what only a synchronous cache can be asked: that it answers at once, loads that do, and transactions in one step. */
import { CacheConfigError, CacheTransactionError, CacheValueError } from '@mtaio/exceptions'
import type { SyncCache } from '../../cache.js'
import { equal, throws } from './assert.js'
import type { SyncCases } from './subject.js'

const A = '{t}a'
const B = '{t}b'

export const atOnceCases: SyncCases = {
  'every call answers a plain value': ({ open }) => {
    const { cache } = open()
    const answers: Readonly<Record<string, unknown>> = {
      set: cache.set('k', 1, { ttl: 60, tags: ['t'] }),
      get: cache.get('k'),
      'get of an absent key': cache.get('absent'),
      'get with a default': cache.get('absent', 'default'),
      getOrThrow: cache.getOrThrow('k'),
      has: cache.has('k'),
      peek: cache.peek('k'),
      touch: cache.touch('k', 30),
      ttl: typeof cache.ttl('k'),
      getMany: [...cache.getMany(['k', 'absent'])],
      setMany: cache.setMany({ a: 1 }),
      deleteMany: cache.deleteMany(['a']),
      getOrSet: cache.getOrSet('loaded', () => 'loaded'),
      inspect: cache.inspect('k').state,
      items: [...cache.items()].length,
      keys: [...cache.keys()].sort(),
      values: [...cache.values()].length,
      iterator: [...cache].length,
      delete: cache.delete('k'),
      start: cache.start(),
      stop: cache.stop(),
      clear: cache.clear(),
    }
    const expected: Readonly<Record<string, unknown>> = {
      ...{ set: undefined, get: 1, 'get of an absent key': undefined, 'get with a default': 'default', getOrThrow: 1 },
      ...{ has: true, peek: 1, touch: true, ttl: 'number', setMany: undefined, deleteMany: 1, getOrSet: 'loaded' },
      getMany: [
        ['k', 1],
        ['absent', undefined],
      ],
      ...{ inspect: 'live', items: 2, keys: ['k', 'loaded'], values: 2, iterator: 2, delete: true },
      ...{ start: undefined, stop: undefined, clear: undefined },
    }
    for (const [call, answer] of Object.entries(answers)) equal(answer, expected[call], call)
  },
}

export const syncLoadingCases: SyncCases = {
  'getOrSet answers the cached value, else what its load returns, stored': ({ open }) => {
    const { cache } = open()
    let loads = 0
    const load = () => ++loads
    equal([cache.getOrSet('k', load), cache.getOrSet('k', load), cache.get('k')], [1, 1, 1], 'the answers')
    for (const value of [null, 0, '', false]) {
      cache.set('falsy', value)
      equal(cache.getOrSet('falsy', load), value, 'a stored falsy value')
    }
    equal(loads, 1, 'loads')
  },

  'a load is told its key, and may set the life and the tags of its value, or keep it out': ({ open, advance }) => {
    const { cache } = open()
    cache.getOrSet('k', ({ key, setTtl, setTags }) => {
      equal(key, 'k', 'the key')
      setTtl(10)
      setTags(['t'])
      return 1
    })
    cache.getOrSet('short', ({ setTtl }) => {
      setTtl('5s')
      return 1
    })
    equal(
      cache.getOrSet('kept out', ({ noStore }) => void noStore()),
      undefined,
      'the answer of what is not stored',
    )
    equal(cache.has('kept out'), false, 'whether it is there')
    advance(5_000)
    equal([cache.has('k'), cache.has('short')], [true, false], 'after five seconds')
    cache.deleteByTag('t')
    equal(cache.has('k'), false, 'after its tag was deleted')
  },

  'a load that throws is not cached, and its error comes through': ({ open }) => {
    const { cache } = open()
    const failure = new Error('down')
    let thrown: unknown
    try {
      cache.getOrSet('k', () => {
        throw failure
      })
    } catch (error) {
      thrown = error
    }
    equal(thrown === failure, true, 'whether it is the very same error')
    equal(
      cache.getOrSet('k', () => 'up'),
      'up',
      'the next load',
    )
    throws(() => cache.getOrSet('absent', () => undefined), CacheValueError, 'a load of undefined')
    equal(cache.has('absent'), false, 'what was loaded as undefined')
  },

  'what a load itself changes is not overwritten by its value': ({ open }) => {
    const changes: Readonly<Record<string, (cache: SyncCache<unknown>) => unknown>> = {
      set: (cache) => cache.set('k', 'newer'),
      delete: (cache) => cache.delete('k'),
      clear: (cache) => cache.clear(),
      deleteByTag: (cache) => cache.deleteByTag('t'),
      deleteByTags: (cache) => cache.deleteByTags(['u', 't']),
      expireByTag: (cache) => cache.expireByTag('t'),
      deleteByPrefix: (cache) => cache.deleteByPrefix('k'),
      transaction: (cache) => cache.transaction((txn) => txn.set('k', 'newer')),
    }
    for (const [verb, change] of Object.entries(changes)) {
      const { cache } = open()
      const load = () => {
        change(cache)
        return 'older'
      }
      equal(cache.getOrSet('k', load, { tags: ['t'] }), 'older', `the caller's value, with ${verb} in its load`)
      const left = verb === 'set' || verb === 'transaction' ? 'newer' : undefined
      equal(cache.get('k'), left, `what is left, with ${verb} in its load`)
    }
  },
}

export const syncTransactionCases: SyncCases = {
  'a transaction commits when its body returns, and answers what the body does': ({ open }) => {
    const { cache } = open()
    cache.setMany({ [A]: 1, [B]: 2 })
    const answer = cache.transaction((txn) => {
      txn.set(A, (txn.get(A) as number) + 1)
      equal([txn.delete(B), txn.get(B), cache.get(A), cache.get(B)], [true, undefined, 1, 2], 'before the commit')
      return 'answer'
    })
    equal([answer, cache.get(A), cache.get(B)], ['answer', 2, undefined], 'afterwards')
  },

  'a body that throws rolls everything back, and its error comes through': ({ open }) => {
    const { cache } = open()
    const failure = new Error('changed my mind')
    let thrown: unknown
    try {
      cache.transaction((txn) => {
        txn.set(A, 1)
        throw failure
      })
    } catch (error) {
      thrown = error
    }
    equal([thrown === failure, cache.has(A)], [true, false], 'the error, and what is there')
  },

  'a body that answers a promise is refused, and nothing of it is stored': ({ open }) => {
    const { cache } = open()
    const body = async (txn: { set(key: string, value: unknown): void }) => txn.set(A, 1)
    throws(() => cache.transaction(body as never), CacheConfigError, 'a body that answers a promise')
    equal(cache.has(A), false, 'what is there')
  },

  'a conflict is not run again unless asked, and then as often as asked': ({ open }) => {
    const { cache } = open()
    const disturbed = (times: number, retries?: number) => {
      cache.set(A, 0)
      let runs = 0
      const body = (txn: { get(key: string): unknown; set(key: string, value: unknown): void }) => {
        const value = txn.get(A) as number
        if (++runs <= times) cache.set(A, runs * 10)
        txn.set(A, value + 1)
        return runs
      }
      return cache.transaction(body, retries === undefined ? undefined : { retries })
    }
    throws(() => disturbed(1), CacheTransactionError, 'without retries')
    equal(cache.get(A), 10, 'the value, without retries')
    equal([disturbed(2, 2), cache.get(A)], [3, 21], 'runs and the value, with enough of them')
    throws(() => disturbed(3, 2), CacheTransactionError, 'with too few retries')
    for (const retries of [-1, 1.5, Number.NaN, '1', null]) {
      throws(() => cache.transaction(() => 1, { retries: retries as number }), CacheConfigError, `${retries} retries`)
    }
  },
}
