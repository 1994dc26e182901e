/** Contract: what may be a key and a value, and what comes back. */
import { CacheKeyError, CacheValueError } from '@mtaio/exceptions'
import type { Cache } from '../../cache.js'
import { equal, rejects } from './assert.js'
import { BAD_KEYS } from './bad-input.js'
import type { Cases } from './subject.js'

// Lone surrogates are left out: a cache that stores keys as UTF-8 cannot tell one from another.
const ODD_KEYS: readonly string[] = [
  ...['a', 'A', ' ', ' a', 'a ', '0', '-1', 'NaN', 'undefined', 'null', 'true', '[object Object]'],
  ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', 'then', 'length'],
  ...[
    'a:b',
    'a/b',
    ':',
    '/',
    '*',
    '?',
    '[a]',
    '{t}a',
    '{t}',
    '{}a',
    '!cleared:a',
    '!tag:a:b',
    'a\nb',
    'a\r\nb',
    '\u0000',
  ],
  ...['ключ', '鍵', '😀', '👩‍👩‍👧', 'é', 'e\u0301', '\uffff', 'x'.repeat(1_000)],
]

const keyVerbs: Readonly<Record<string, (cache: Cache<unknown>, key: string) => Promise<unknown>>> = {
  get: (cache, key) => cache.get(key),
  'get with a default': (cache, key) => cache.get(key, 'default'),
  getOrThrow: (cache, key) => cache.getOrThrow(key),
  has: (cache, key) => cache.has(key),
  peek: (cache, key) => cache.peek(key),
  set: (cache, key) => cache.set(key, 1),
  delete: (cache, key) => cache.delete(key),
  touch: (cache, key) => cache.touch(key),
  ttl: (cache, key) => cache.ttl(key),
  getMany: (cache, key) => cache.getMany(['good', key]),
  setMany: (cache, key) =>
    cache.setMany([
      ['good', 1],
      [key, 1],
    ]),
  deleteMany: (cache, key) => cache.deleteMany(['good', key]),
  getOrSet: (cache, key) => cache.getOrSet(key, () => 1),
  'get in a transaction': (cache, key) => cache.transaction((txn) => txn.get(key)),
  'getMany in a transaction': (cache, key) => cache.transaction((txn) => txn.getMany([key])),
  'has in a transaction': (cache, key) => cache.transaction((txn) => txn.has(key)),
  'set in a transaction': (cache, key) => cache.transaction((txn) => txn.set(key, 1)),
  'delete in a transaction': (cache, key) => cache.transaction((txn) => txn.delete(key)),
  'touch in a transaction': (cache, key) => cache.transaction((txn) => txn.touch(key)),
}

export const keysAndValuesCases: Cases = {
  'keys are any text, and none is another': async ({ open }) => {
    const { cache } = await open()
    for (const key of ODD_KEYS) equal(await cache.get(key), undefined, `the key '${key}' before it was stored`)
    for (const [index, key] of ODD_KEYS.entries()) await cache.set(key, index)
    for (const [index, key] of ODD_KEYS.entries()) equal(await cache.get(key), index, `the key '${key}'`)
    equal(
      [...(await cache.getMany(ODD_KEYS)).entries()],
      [...ODD_KEYS.entries()].map(([i, key]) => [key, i]),
      'getMany',
    )
    for (const key of ODD_KEYS) equal(await cache.delete(key), true, `delete of the key '${key}'`)
  },

  'an empty or non-string key is a CacheKeyError, whatever the call': async ({ open }) => {
    const { cache } = await open()
    await cache.set('good', 'kept')
    for (const [verb, call] of Object.entries(keyVerbs)) {
      for (const key of BAD_KEYS) {
        await rejects(
          () => call(cache, key as string),
          CacheKeyError,
          `${verb} of the key ${typeof key} ${String(key)}`,
        )
      }
    }
    equal(await cache.get('good'), 'kept', 'the good key beside the bad ones')
  },

  'values are anything but undefined': async ({ open }) => {
    const { cache } = await open()
    const nested = { list: [1, 'two', null, [true, { deep: { er: -1.5 } }]], empty: {}, none: [], text: 'ü\u0000😀' }
    const values = [
      null,
      0,
      -1,
      0.1,
      2 ** 53 - 1,
      '',
      'text',
      false,
      true,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      [],
      {},
      nested,
    ]
    for (const value of values) {
      await cache.set('k', value)
      equal(await cache.get('k'), value, 'the value')
    }
    await cache.set('long', 'y'.repeat(100_000))
    equal(((await cache.get('long')) as string).length, 100_000, 'the length of a long value')
  },

  'undefined is a CacheValueError with the key, and changes nothing': async ({ open }) => {
    const { cache } = await open()
    await cache.set('k', 'kept')
    await rejects(() => cache.set('k', undefined), CacheValueError, 'set', { key: 'k' })
    await rejects(() => cache.setMany({ other: 1, k: undefined }), CacheValueError, 'setMany', { key: 'k' })
    await rejects(() => cache.transaction((txn) => txn.set('k', undefined)), CacheValueError, 'set in a transaction', {
      key: 'k',
    })
    await rejects(() => cache.getOrSet('absent', () => undefined), CacheValueError, 'getOrSet', { key: 'absent' })
    equal(await cache.get('k'), 'kept', 'the value')
    equal(await cache.has('other'), false, 'the other key of setMany')
    equal(await cache.has('absent'), false, 'the key that was not loaded')
  },
}

export const richValuesCases: Cases = {
  'dates, maps, sets, bigints and bytes come back as such': async ({ open }) => {
    const { cache } = await open()
    const values = [
      new Date(1_234_567_890_123),
      new Map<unknown, unknown>([
        ['a', 1],
        [2, { b: 'c' }],
      ]),
      new Set([1, 'a', null]),
      12_345_678_901_234_567_890n,
      new Uint8Array([0, 1, 255]),
      { inside: [new Date(0), new Map(), 1n] },
    ]
    for (const value of values) {
      await cache.set('k', value)
      equal(await cache.get('k'), value, Object.prototype.toString.call(value))
    }
  },
}
