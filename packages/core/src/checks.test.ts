import { CacheConfigError, CacheKeyError, CacheValueError } from '@mtaio/exceptions'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  checkInteger,
  checkKey,
  checkKnownOptions,
  checkNamespaceName,
  checkSetOptions,
  checkTag,
  checkTags,
  checkValue,
  checkWeight,
  keysOf,
  pairsOf,
} from './checks.js'

const each = (...values: unknown[]) => values.map((value) => ({ value }))

describe('checkKey', () => {
  it.each(each('a', ' ', '__proto__', 'constructor', '\u0000', '😀', '\ud800', 'x'.repeat(100_000)))(
    'takes $value',
    ({ value }) => {
      expect(() => checkKey(value)).not.toThrow()
    },
  )

  it.each(each('', 0, 1, Number.NaN, null, undefined, true, {}, [], ['a'], Symbol('a'), 1n, new String('a')))(
    'refuses $value with CacheKeyError',
    ({ value }) => {
      expect(() => checkKey(value)).toThrow(CacheKeyError)
    },
  )
})

describe('checkValue', () => {
  it.each(each(null, 0, '', false, Number.NaN, {}, () => 1))('takes $value', ({ value }) => {
    expect(() => checkValue('k', value)).not.toThrow()
  })

  it('refuses undefined, naming the key', () => {
    expect(() => checkValue('user:7', undefined)).toThrow(CacheValueError)
    expect(() => checkValue('user:7', undefined)).toThrow(expect.objectContaining({ key: 'user:7' }))
    expect(() => checkValue('user:7', undefined)).toThrow(/user:7/)
  })
})

describe('checkTags', () => {
  it('answers a copy without repetition, in order', () => {
    const given = ['b', 'a', 'b']
    const tags = checkTags(given)
    given.push('c')
    expect(tags).toEqual(['b', 'a'])
  })

  // biome-ignore lint/suspicious/noSparseArray: a hole is one of the things to refuse
  it.each(each('a', '', null, undefined, 1, {}, new Set(['a']), [''], ['a', 1], [null], [['a']], ['a', , 'b']))(
    'refuses $value',
    ({ value }) => {
      expect(() => checkTags(value)).toThrow(CacheConfigError)
    },
  )

  it.each(each('', null, undefined, 1, {}, ['a']))('one tag cannot be $value', ({ value }) => {
    expect(() => checkTag(value)).toThrow(CacheConfigError)
  })
})

describe('checkSetOptions', () => {
  it('fills in the default', () => {
    expect(checkSetOptions(undefined, 500)).toEqual({ ttlMs: 500, tags: undefined, weight: undefined })
    expect(checkSetOptions({}, 500)).toEqual({ ttlMs: 500, tags: undefined, weight: undefined })
    expect(checkSetOptions({ ttl: undefined, tags: undefined, weight: undefined }, 500).ttlMs).toBe(500)
    expect(checkSetOptions({ tags: [] }, 500).tags).toBe(undefined)
  })

  it('reads a duration and options alike', () => {
    expect(checkSetOptions(2, 500).ttlMs).toBe(2_000)
    expect(checkSetOptions('2ms', 500).ttlMs).toBe(2)
    expect(checkSetOptions(Number.POSITIVE_INFINITY, 500).ttlMs).toBe(Number.POSITIVE_INFINITY)
    expect(checkSetOptions({ ttl: '1m', tags: ['a', 'a'], weight: 0.5 }, 500)).toEqual({
      ttlMs: 60_000,
      tags: ['a'],
      weight: 0.5,
    })
  })

  it.each(
    each(
      ...[0, -1, Number.NaN, '', '5 parsecs', null, true, [], [5], new Date(), new Map(), () => 5],
      ...[{ ttl: 0 }, { ttl: {} }, { ttl: null }, { tags: 'a' }, { tags: [''] }, { tags: null }],
      ...[{ weight: 0 }, { weight: -1 }, { weight: Number.NaN }, { weight: Number.POSITIVE_INFINITY }, { weight: '1' }],
      ...[{ TTL: 5 }, { tag: ['a'] }, { expire: 5 }],
    ),
  )('refuses $value', ({ value }) => {
    expect(() => checkSetOptions(value as number, 500)).toThrow(CacheConfigError)
  })
})

describe('checkNamespaceName', () => {
  it.each(each('users', 'a b', '__proto__', 'ü', '{t}'))('takes $value', ({ value }) => {
    expect(() => checkNamespaceName(value)).not.toThrow()
  })

  it.each(each('', 'a/b', 'a:b', '/', ':', 1, null, undefined, {}, ['a']))('refuses $value', ({ value }) => {
    expect(() => checkNamespaceName(value)).toThrow(CacheConfigError)
  })
})

describe('checkKnownOptions', () => {
  const check = (options: unknown) => checkKnownOptions(options, ['maxSize', 'defaultTtl'], 'TTLCache')

  it('takes known options, also of an object without a prototype', () => {
    expect(() => check({})).not.toThrow()
    expect(() => check({ maxSize: 1 })).not.toThrow()
    expect(() => check(Object.assign(Object.create(null), { maxSize: 1 }))).not.toThrow()
  })

  it('names the unknown one and the nearest known', () => {
    expect(() => check({ max_size: 1 })).toThrow(CacheConfigError)
    expect(() => check({ max_size: 1 })).toThrow(/TTLCache.*'max_size'.*'maxSize'/)
  })

  it('lists them all where none is near', () => {
    expect(() => check({ colour: 1 })).toThrow(/'colour'.*maxSize, defaultTtl/)
  })

  it.each(each(null, undefined, 1, 'maxSize', [], new Map(), () => 1))('refuses $value as options', ({ value }) => {
    expect(() => check(value)).toThrow(CacheConfigError)
  })

  it('is not misled by names that every object has', () => {
    expect(() => check({ constructor: 1 })).toThrow(/'constructor'/)
    expect(() => check(JSON.parse('{"__proto__": 1}'))).toThrow(/'__proto__'/)
  })
})

describe('checkInteger and checkWeight', () => {
  it('take what is in range', () => {
    expect(checkInteger(1, 'maxSize', 1)).toBe(1)
    expect(checkInteger(10, 'retries', 0, 10)).toBe(10)
    expect(checkWeight(0.5, 'weight')).toBe(0.5)
  })

  it.each(
    each(0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '1', '', '5 parsecs', {}, null, undefined, 1n, 2 ** 60),
  )('checkInteger refuses $value', ({ value }) => {
    expect(() => checkInteger(value, 'maxSize', 1)).toThrow(CacheConfigError)
  })

  it('name the option, the range and the value', () => {
    expect(() => checkInteger(11, 'retries', 0, 10)).toThrow(/retries.*from 0 to 10.*11/)
    expect(() => checkInteger(0, 'maxSize', 1)).toThrow(/maxSize.*at least 1.*0/)
    expect(() => checkWeight(0, 'maxWeight')).toThrow(/maxWeight.*0/)
  })
})

describe('pairsOf', () => {
  const pairs: [string, number][] = [
    ['a', 1],
    ['b', 2],
  ]

  it.each([
    { form: 'a record', entries: { a: 1, b: 2 } },
    { form: 'a Map', entries: new Map(pairs) },
    { form: 'an array', entries: pairs },
    { form: 'an iterator', entries: new Map(pairs).entries() },
    {
      form: 'a generator',
      entries: (function* () {
        yield* pairs
      })(),
    },
    { form: 'a record without prototype', entries: Object.assign(Object.create(null), { a: 1, b: 2 }) },
  ])('reads $form', ({ entries }) => {
    expect([...pairsOf<number>(entries)]).toEqual(pairs)
  })

  it('sees __proto__ as a key like any other', () => {
    expect([...pairsOf<number>(JSON.parse('{"__proto__": 1}'))]).toEqual([['__proto__', 1]])
  })

  it.each(
    each(
      ...[null, undefined, 1, 'ab', true, new Date(), new WeakMap(), () => 1],
      ...[['ab'], [1], [['a']], [['a', 1, 2]], [null], new Set(['ab'])],
    ),
  )('refuses $value', ({ value }) => {
    expect(() => [...pairsOf(value as never)]).toThrow(CacheConfigError)
  })

  it('law: a record, its Map and its pairs read alike', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.integer()), (record) => {
        const expected = Object.entries(record)
        expect([...pairsOf(record)]).toEqual(expected)
        expect([...pairsOf(new Map(expected))]).toEqual(expected)
        expect([...pairsOf(expected)]).toEqual(expected)
      }),
    )
  })
})

describe('keysOf', () => {
  it('keeps order and repetitions, in a copy', () => {
    const given = ['b', 'a', 'b']
    const keys = keysOf(given)
    given.pop()
    expect(keys).toEqual(['b', 'a', 'b'])
    expect(keysOf(new Set(['x']))).toEqual(['x'])
  })

  it.each(each(null, undefined, 1, {}, 'abc', () => 1))('refuses $value', ({ value }) => {
    expect(() => keysOf(value as never)).toThrow(CacheKeyError)
  })

  it('refuses a bad key among good ones', () => {
    expect(() => keysOf(['a', ''])).toThrow(CacheKeyError)
    expect(() => keysOf(['a', 1 as never])).toThrow(CacheKeyError)
  })
})
