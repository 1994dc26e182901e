import { isDeepStrictEqual } from 'node:util'
import vm from 'node:vm'
import { CacheKeyError } from '@mtaio/exceptions'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { argumentKey } from './argument-key.js'

const keyOf = (...args: unknown[]) => argumentKey('f', args)

class Point {
  constructor(readonly x = 1) {}
}

/** Lists of arguments of which no two may share a key. */
const distinct: unknown[][] = [
  [],
  [undefined],
  [undefined, undefined],
  [null],
  ['null'],
  ['undefined'],
  [''],
  ['', ''],
  [1],
  ['1'],
  [1n],
  ['1n'],
  [1, 2],
  [12],
  ['12'],
  ['1', '2'],
  ['1,2'],
  [[1, 2]],
  [[1], 2],
  [1, [2]],
  [[1, [2]]],
  [[[1], 2]],
  [0],
  [-0],
  [Number.NaN],
  ['NaN'],
  [Number.POSITIVE_INFINITY],
  [Number.NEGATIVE_INFINITY],
  [1e21],
  ['1e+21'],
  [10n ** 21n],
  [true],
  ['true'],
  [false],
  [[]],
  [{}],
  [Object.create(null)],
  [new Map()],
  [new Set()],
  [{ a: 1 }],
  [{ a: '1' }],
  [{ a: undefined }],
  [{ a: { b: 1 } }],
  [{ a: { b: 1, c: {} } }],
  [{ a: { b: 1 }, c: {} }],
  [Object.assign(Object.create(null), { a: 1 })],
  [new Map([['a', 1]])],
  [new Map<unknown, unknown>([[1, 1]])],
  [new Map<unknown, unknown>([['1', 1]])],
  [new Set(['a', 1])],
  [[['a', 1]]],
  [JSON.parse('{"__proto__": 1}')],
  [JSON.parse('{"__proto__": {}}')],
  [{ constructor: 1 }],
  [new Date(0)],
  [new Date(1)],
  [new Date(Number.NaN)],
  [new Date(0).toISOString()],
  [new Date(0).toString()],
  // biome-ignore lint/suspicious/noSparseArray: holes are the point
  [[, 1]],
  [[undefined, 1]],
  [[1, undefined]],
  // biome-ignore lint/suspicious/noSparseArray: holes are the point
  [[1, ,]],
  [new Array(2)],
  [new Array(3)],
  [new Array(4_000_000_000)],
  // biome-ignore lint/suspicious/noSparseArray: holes are the point
  [[1, , 2]],
  // biome-ignore lint/suspicious/noSparseArray: holes are the point
  [[, 1, 2]],
  [/a/],
  [Object.assign(/a/, { lastIndex: 1 })],
  [/a/g],
  [/a/i],
  ['/a/'],
  [/b/],
  [new URL('https://example.org/')],
  ['https://example.org/'],
  [new URL('https://example.org/?a')],
  [new Uint8Array([1, 2])],
  [new Int8Array([1, 2])],
  [new Uint8ClampedArray([1, 2])],
  [new Uint16Array([1, 2])],
  [new Uint16Array([513])],
  [new Uint8Array([1, 2]).buffer],
  [new DataView(new Uint8Array([1, 2]).buffer)],
  [Buffer.from([1, 2])],
  [new Float32Array([1])],
  [new Float64Array([1])],
  [new Float64Array([0])],
  [new Float64Array([-0])],
  [new BigInt64Array([1n])],
  [new BigUint64Array([1n])],
  ['\ud800'],
  ['\udbff'],
  ['\ufffd'],
  ['\ud800\ud800'],
  [{ '\ud800': 1 }],
  [{ '\ufffd': 1 }],
  ['s1:a'],
  ['a'],
  ['as1:b'],
  ['a', 'b'],
  ['a'.repeat(600)],
  ['a'.repeat(601)],
  ['a'.repeat(300), 'a'.repeat(300)],
  [`${'a'.repeat(600)}\ud800`],
  [`${'a'.repeat(600)}\ufffd`],
]

describe('argumentKey', () => {
  it('tells all of these apart', () => {
    const keys = new Map<string, number>()
    for (const [index, args] of distinct.entries()) {
      const key = keyOf(...args)
      expect(keys.get(key), `${key} of list ${index} is that of list ${keys.get(key)}`).toBeUndefined()
      keys.set(key, index)
    }
  })

  it('gives the same key to the same structure built twice', () => {
    for (const args of distinct) expect(keyOf(...args)).toBe(keyOf(...args.map(rebuilt)))
  })

  it('starts with the namespace and a colon', () => {
    expect(argumentKey('Users.find', ['7'])).toBe('Users.find:1;s1:7')
    expect(argumentKey('f', [])).toBe('f:0;')
  })

  it('does not look at the order of properties, at any depth', () => {
    expect(keyOf({ a: 1, b: { c: 2, d: [3, { e: 4, f: 5 }] } })).toBe(
      keyOf({ b: { d: [3, { f: 5, e: 4 }], c: 2 }, a: 1 }),
    )
  })

  it('does not look at the order of members of a Map or a Set', () => {
    const [one, two] = [
      [{ k: 1 }, 'x'],
      [2, 'y'],
    ] as const
    expect(keyOf(new Map<unknown, unknown>([one, two]))).toBe(keyOf(new Map<unknown, unknown>([two, one])))
    expect(keyOf(new Set([1, 'a', { b: 1 }]))).toBe(keyOf(new Set([{ b: 1 }, 1, 'a'])))
  })

  it('sees the bytes of a view, and not what lies around it in its buffer', () => {
    const buffer = new Uint8Array([9, 1, 2, 9]).buffer
    expect(keyOf(new Uint8Array(buffer, 1, 2))).toBe(keyOf(new Uint8Array([1, 2])))
    expect(keyOf(new DataView(buffer, 1, 2))).toBe(keyOf(new DataView(new Uint8Array([1, 2]).buffer)))
  })

  it('takes plain objects of another realm for what they are', () => {
    expect(keyOf(vm.runInNewContext('({ a: { b: 1 } })'))).toBe(keyOf({ a: { b: 1 } }))
  })

  it('writes a shared reference out: only a circle is refused', () => {
    const shared = { a: 1 }
    expect(keyOf(shared, [shared, shared])).toBe(keyOf({ a: 1 }, [{ a: 1 }, { a: 1 }]))
  })

  it('becomes a digest of fixed length beyond 512 characters, and only there', () => {
    expect(keyOf('a'.repeat(505))).toBe(`f:1;s505:${'a'.repeat(505)}`)
    expect(keyOf('a'.repeat(506))).toMatch(/^f:#[0-9a-f]{64}$/)
    expect(keyOf('b'.repeat(100_000))).toMatch(/^f:#[0-9a-f]{64}$/)
  })

  it('digests by SHA-256', async () => {
    const long = 'ä'.repeat(600)
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(`1;s600:${long}`))
    expect(keyOf(long)).toBe(`f:#${Buffer.from(digest).toString('hex')}`)
  })
})

function argumentsOf(..._args: unknown[]): unknown {
  // biome-ignore lint/complexity/noArguments: what is refused is this very object
  return arguments
}

const circular: { self?: unknown } = {}
circular.self = circular
const circularMap = new Map<unknown, unknown>()
circularMap.set('self', [circularMap])
let deep: unknown = 1
for (let depth = 0; depth < 100_000; depth++) deep = [deep]
let wide: unknown = 'x'
for (let depth = 0; depth < 60; depth++) wide = [wide, wide]

describe('argumentKey refuses', () => {
  it.each([
    { what: 'a function', value: () => 1, says: /a function among the arguments/ },
    { what: 'a class', value: Point, says: /a function among the arguments/ },
    { what: 'a symbol', value: Symbol('s'), says: /a symbol among the arguments/ },
    { what: 'a registered symbol', value: Symbol.for('s'), says: /a symbol among the arguments/ },
    { what: 'a function within', value: { a: [() => 1] }, says: /a function among the arguments/ },
    { what: 'a circle', value: circular, says: /a circular structure/ },
    { what: 'a circle through a Map', value: circularMap, says: /a circular structure/ },
    { what: 'an instance of a class', value: new Point(), says: /an instance of Point/ },
    { what: 'an instance within', value: new Set([new Point()]), says: /an instance of Point/ },
    { what: 'an instance of an anonymous class', value: new (class {})(), says: /an anonymous class/ },
    { what: 'an instance of a subclass of Map', value: new (class Bag extends Map {})(), says: /an instance of Bag/ },
    {
      what: 'an instance of a subclass of Array',
      value: new (class List extends Array {})(),
      says: /instance of List/,
    },
    { what: 'an arguments object', value: argumentsOf(1, 2), says: /\[object Arguments\] cannot be part/ },
    {
      what: 'a Date that poses as a plain object',
      value: Object.setPrototypeOf(new Date(), Object.prototype),
      says: /\[object Date\] cannot be part/,
    },
    {
      what: 'an Error that poses as an object without prototype',
      value: Object.setPrototypeOf(new Error('m'), null),
      says: /\[object Error\] cannot be part/,
    },
    { what: 'an Error', value: new Error('m'), says: /an instance of Error/ },
    { what: 'a boxed number', value: Object(1), says: /an instance of Number/ },
    { what: 'a WeakMap', value: new WeakMap(), says: /an instance of WeakMap/ },
    { what: 'a promise', value: Promise.resolve(1), says: /an instance of Promise/ },
    { what: 'a property named by a symbol', value: { [Symbol('s')]: 1 }, says: /named by a symbol/ },
    {
      what: 'an array with a property',
      value: Object.assign([1], { a: 1 }),
      says: /instance of Array with properties/,
    },
    { what: 'an array with a numeral', value: Object.assign(new Array(5), { '01': 1 }), says: /Array with properties/ },
    { what: 'a Date with a property', value: Object.assign(new Date(), { a: 1 }), says: /Date with properties/ },
    { what: 'what only poses as a Date', value: Object.create(Date.prototype), says: /cannot be read/ },
    {
      what: 'a getter that throws',
      value: {
        get a() {
          throw new Error('no')
        },
      },
      says: /cannot be read/,
    },
    { what: 'what is nested too deep', value: deep, says: /nested deeper than 256 levels/ },
    { what: 'what spells too much', value: wide, says: /more than 16777216 characters/ },
  ])('$what, and says to pass `key`', ({ value, says }) => {
    const attempt = () => keyOf('first', value)
    expect(attempt).toThrow(CacheKeyError)
    expect(attempt).toThrow(says)
    expect(attempt).toThrow(/pass `key`, a function of the arguments/)
  })
})

/** Values that are often nearly equal: few leaves, few names, all shapes. */
const { value: nearlyEqual } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constantFrom<unknown>(
      0,
      -0,
      1,
      '1',
      1n,
      '',
      'a',
      'ab',
      'b',
      undefined,
      null,
      true,
      'true',
      Number.NaN,
      '\ud800',
    ),
    fc.constantFrom<unknown>(/a/, /a/g, new Uint8Array([1]), new Int8Array([1]), new Date(0), new Date(1)),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'ab', '__proto__', ''), tie('value'), { maxKeys: 3 }),
    fc.array(tie('value'), { maxLength: 3 }).map((members) => new Set(members)),
    fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 2 }).map((pairs) => new Map(pairs)),
  ),
}))

describe('law: keys are equal exactly when the arguments are', () => {
  it('for lists that are nearly equal', () => {
    const list = fc.array(nearlyEqual, { maxLength: 3 })
    fc.assert(
      fc.property(list, list, (one, other) => {
        expect(keyOf(...one) === keyOf(...other)).toBe(isDeepStrictEqual(one, other))
      }),
      { numRuns: 6_000, seed: 20_252 },
    )
  })

  it('for a list and its copy', () => {
    fc.assert(
      fc.property(fc.array(nearlyEqual, { maxLength: 4 }), (list) => {
        expect(keyOf(...list)).toBe(keyOf(...list.map(rebuilt)))
      }),
      { numRuns: 2_000, seed: 20_253 },
    )
  })

  it('for anything at all', () => {
    const list = fc.array(
      fc.anything({
        withBigInt: true,
        withDate: true,
        withMap: true,
        withSet: true,
        withNullPrototype: true,
        withSparseArray: true,
        withTypedArray: true,
      }),
      { maxLength: 2 },
    )
    fc.assert(
      fc.property(list, list, (one, other) => {
        expect(keyOf(...one) === keyOf(...other)).toBe(isDeepStrictEqual(one, other))
        expect(keyOf(...one)).toBe(keyOf(...one))
      }),
      { numRuns: 3_000, seed: 20_254 },
    )
  })

  it('among 10^5 different short strings, whatever they hold', () => {
    const alphabet = ['s', '1', ':', ';', 'a', 'n']
    const keys = new Set<string>()
    for (let number = 0; number < 100_000; number++) {
      let rest = number
      const strings = ['', '', '']
      for (let digit = 0; digit < 7; digit++, rest = Math.floor(rest / 6)) strings[digit % 3] += alphabet[rest % 6]
      keys.add(keyOf(...strings))
    }
    expect(keys.size).toBe(100_000)
  })

  it('among 10^6 different lists, readable or digested: no two of them share a key', { timeout: 240_000 }, () => {
    const keys = new Set<string>()
    const long = 'x'.repeat(512)
    // Each number is spelt as values in a way of its own: its digits say what kind of value each is, and where it nests.
    for (let number = 0; number < 1_000_000; number++) {
      const args = spelling(number)
      keys.add(keyOf(...(number % 10 === 0 ? [long, ...args] : args)))
    }
    expect(keys.size).toBe(1_000_000)
  })
})

/** A number as a list of values that no other number has: its digits to the base of 8, each a step in building them. */
function spelling(number: number): unknown[] {
  let held: unknown = null
  for (let rest = number; rest > 0; rest = Math.floor(rest / 8)) held = STEPS[rest % 8]!(held)
  return [held]
}

const STEPS: readonly ((held: unknown) => unknown)[] = [
  (held) => [held],
  (held) => ({ a: held }),
  (held) => [held, '1'],
  (held) => [held, 1],
  (held) => [1, held],
  (held) => new Set([held]),
  (held) => new Map([['a', held]]),
  (held) => ({ a: held, b: undefined }),
]

/** A copy that shares nothing and keeps holes and prototypes; what has an order comes in the reverse one. */
function rebuilt(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    const copy: unknown[] = []
    copy.length = value.length
    for (const index of Object.keys(value)) copy[Number(index)] = rebuilt(value[Number(index)])
    return copy
  }
  if (value instanceof Map) return new Map([...value].reverse().map(([key, held]) => [rebuilt(key), rebuilt(held)]))
  if (value instanceof Set) return new Set([...value].reverse().map(rebuilt))
  if (value instanceof URL) return new URL(value.href)
  if (value instanceof RegExp) return Object.assign(new RegExp(value), { lastIndex: value.lastIndex })
  if (Buffer.isBuffer(value)) return Buffer.from(value)
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== null && prototype !== Object.prototype) return structuredClone(value)
  const copy = Object.create(prototype)
  for (const name of Object.keys(value).reverse()) {
    const held = rebuilt((value as Record<string, unknown>)[name])
    Object.defineProperty(copy, name, { value: held, enumerable: true, writable: true, configurable: true })
  }
  return copy
}
