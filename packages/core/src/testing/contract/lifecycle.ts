/** Contract: start, stop, and the end. */
import { CacheClosedError } from '@mtaio/exceptions'
import type { Cache } from '../../cache.js'
import { equal, rejects, throws } from './assert.js'
import type { Cases } from './subject.js'

async function drained(elements: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of elements) {
    // Only whether it can be walked matters.
  }
}

const asynchronous: Readonly<Record<string, (cache: Cache<unknown>) => Promise<unknown>>> = {
  get: (cache) => cache.get('k'),
  getOrThrow: (cache) => cache.getOrThrow('k'),
  has: (cache) => cache.has('k'),
  peek: (cache) => cache.peek('k'),
  set: (cache) => cache.set('k', 1),
  delete: (cache) => cache.delete('k'),
  touch: (cache) => cache.touch('k'),
  ttl: (cache) => cache.ttl('k'),
  getMany: (cache) => cache.getMany(['k']),
  'getMany of nothing': (cache) => cache.getMany([]),
  setMany: (cache) => cache.setMany({ k: 1 }),
  deleteMany: (cache) => cache.deleteMany(['k']),
  clear: (cache) => cache.clear(),
  deleteByTag: (cache) => cache.deleteByTag('t'),
  deleteByTags: (cache) => cache.deleteByTags(['t']),
  'deleteByTags of nothing': (cache) => cache.deleteByTags([]),
  expireByTag: (cache) => cache.expireByTag('t'),
  deleteByPrefix: (cache) => cache.deleteByPrefix('k'),
  getOrSet: (cache) => cache.getOrSet('k', () => 1),
  inspect: (cache) => cache.inspect('k'),
  items: (cache) => drained(cache.items()),
  keys: (cache) => drained(cache.keys()),
  values: (cache) => drained(cache.values()),
  'the walk over itself': (cache) => drained(cache),
  transaction: (cache) => cache.transaction((txn) => txn.get('k')),
  start: (cache) => cache.start(),
  stop: (cache) => cache.stop(),
}

const synchronous: Readonly<Record<string, (cache: Cache<unknown>) => unknown>> = {
  namespace: (cache) => cache.namespace('a'),
  'transaction without a body': (cache) => cache.transaction(),
  getStats: (cache) => cache.getStats(),
  resetStats: (cache) => cache.resetStats(),
}

export const lifecycleCases: Cases = {
  'start and stop can be repeated, and entries stay readable': async ({ open }) => {
    const { cache } = await open()
    await cache.start()
    await cache.start()
    await cache.set('k', 'value')
    await cache.stop()
    await cache.stop()
    equal(await cache.get('k'), 'value', 'the value after stop')
    await cache.set('other', 'value')
    equal(await cache.get('other'), 'value', 'a value stored after stop')
    await cache.start()
    equal(await cache.get('k'), 'value', 'the value after start')
  },

  'a stopped cache lets entries expire all the same': async ({ open }) => {
    const { cache, advance } = await open()
    await cache.set('k', 'value', 10)
    await cache.stop()
    await advance(10_000)
    equal(await cache.get('k'), undefined, 'the value')
  },

  'after disposal every call throws CacheClosedError, and disposing again is harmless': async ({ open }) => {
    const { cache } = await open()
    await cache.set('k', 'value')
    await cache[Symbol.asyncDispose]()
    for (const [verb, call] of Object.entries(asynchronous)) await rejects(() => call(cache), CacheClosedError, verb)
    for (const [verb, call] of Object.entries(synchronous)) throws(() => call(cache), CacheClosedError, verb)
    await cache[Symbol.asyncDispose]()
  },

  'a transaction that is open when the cache is disposed does not commit': async ({ open }) => {
    const { cache } = await open()
    const txn = cache.transaction()
    await txn.set('k', 1)
    await cache[Symbol.asyncDispose]()
    await rejects(() => txn.commit(), CacheClosedError, 'commit')
    await txn[Symbol.asyncDispose]()
  },
}
