/** What an estimate of memory must hold for every value, and how much of a large one it looks at. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sizeOf } from './size-of.js'

const LOOKED_AT = 250

/** What `value` adds to an entry of the key `k`. */
const added = (value: unknown): number => sizeOf('k', value) - sizeOf('k', null)

/** A handler that counts how often it is asked for a property, by description or by reading. */
function counting(): { handler: ProxyHandler<object>; asked: () => number } {
  let asked = 0
  return {
    asked: () => asked,
    handler: {
      get(target, name) {
        asked++
        return Reflect.get(target, name)
      },
      getOwnPropertyDescriptor(target, name) {
        asked++
        return Reflect.getOwnPropertyDescriptor(target, name)
      },
    },
  }
}

describe('every value', () => {
  it('has a size that is a positive integer', () => {
    const values = fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true })
    fc.assert(
      fc.property(fc.string(), values, (key, value) => {
        const size = sizeOf(key, value)
        expect(Number.isSafeInteger(size) && size > 0).toBe(true)
      }),
    )
  })

  it('has one where nothing can be looked into', () => {
    const opaque = [() => 1, Symbol('s'), new WeakMap(), new WeakSet(), Promise.resolve(1), class A {}, new Error('e')]
    for (const value of [...opaque, new Date(Number.NaN), /a/, 1n, -(2n ** 70n), -0, Number.NaN]) {
      expect(added(value)).toBeGreaterThanOrEqual(0)
      expect(added(value)).toBeLessThan(500)
    }
  })

  it('takes more, the longer a text in it is', () => {
    const text = fc.tuple(fc.nat(500), fc.nat(500), fc.constantFrom('a', 'ж'), fc.boolean())
    fc.assert(
      fc.property(text, ([length, more, unit, inObject]) => {
        const of = (length: number): number => added(inObject ? { text: unit.repeat(length) } : unit.repeat(length))
        expect(of(length + more)).toBeGreaterThanOrEqual(of(length))
        expect(sizeOf(unit.repeat(length + more), 1)).toBeGreaterThanOrEqual(sizeOf(unit.repeat(length), 1))
      }),
    )
  })

  it('takes two bytes a unit once one unit of the text needs them', () => {
    expect(added('a'.repeat(1000))).toBeCloseTo(1020, -1)
    expect(added(`${'é'.repeat(999)}…`)).toBeCloseTo(2020, -1)
  })

  it('takes more, the more there is in it', () => {
    const item = { id: 1, name: 'somebody' }
    const kinds = [
      (n: number) => Array.from({ length: n }, () => ({ ...item })),
      (n: number) => new Map(Array.from({ length: n }, (_, i) => [i, { ...item }])),
      (n: number) => new Set(Array.from({ length: n }, () => ({ ...item }))),
      (n: number) => Object.fromEntries(Array.from({ length: n }, (_, i) => [`p${i}`, { ...item }])),
      (n: number) => new Uint8Array(n * 100),
      (n: number) => new DataView(new ArrayBuffer(n * 100)),
      (n: number) => 2n ** BigInt(n * 1000),
    ]
    for (const of of kinds) {
      const sizes = [1, 10, 100, 1000].map((n) => added(of(n)))
      expect(sizes).toEqual([...new Set(sizes)].sort((a, b) => a - b))
      expect(sizes[3]! / sizes[2]!).toBeGreaterThan(7)
      // An object of a thousand properties is a hash table, one of a hundred is not.
      expect(sizes[3]! / sizes[2]!).toBeLessThan(17)
    }
  })
})

describe('what is shared', () => {
  it('counts once', () => {
    const part = { text: 'x'.repeat(1000) }
    expect(added({ a: part, b: part })).toBeLessThan(1.1 * added({ a: part, b: null }))
    expect(added(new Map([[part, part]]))).toBeLessThan(1400)
  })

  it('may refer to itself', () => {
    const circle: Record<string, unknown> = { name: 'circle' }
    circle.self = circle
    circle.list = [circle, new Map([[circle, new Set([circle])]])]
    expect(added(circle)).toBeLessThan(700)
  })
})

describe('only a part is looked at', () => {
  it('of a huge array', () => {
    const { handler, asked } = counting()
    const rows = Array.from({ length: 100_000 }, (_, i) => ({ id: i, name: `row ${i}` }))
    const whole = rows.length * (added(rows[70_000]) + 8)
    expect(added(new Proxy(rows, handler))).toBeGreaterThan(0.9 * whole)
    expect(added(rows)).toBeLessThan(1.1 * whole)
    expect(asked()).toBeLessThan(LOOKED_AT)
  })

  it('of an array that is nearly all holes', () => {
    const sparse: number[] = []
    sparse[4_000_000_000] = 1
    expect(added(sparse)).toBeLessThan(100)
  })

  it('of a wide and a bushy value', () => {
    const { handler, asked } = counting()
    const bush = (depth: number): object =>
      new Proxy(
        Array.from({ length: 6 }, () => (depth === 0 ? { leaf: depth } : bush(depth - 1))),
        handler,
      )
    expect(
      added({ bush: bush(4), ...Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [i, {}])) }),
    ).toBeGreaterThan(0)
    expect(asked()).toBeLessThan(3 * LOOKED_AT)
  })

  it('of one that is nested deeply', () => {
    let nested: object = {}
    for (let depth = 0; depth < 100_000; depth++) nested = depth % 2 === 0 ? { nested } : [nested]
    expect(added(nested)).toBeGreaterThan(200)
  })

  it('of a tree that forks at each step, and yet it is seen how large it is', () => {
    const fork = (depth: number): object => (depth === 0 ? {} : { left: fork(depth - 1), right: fork(depth - 1) })
    expect(added(fork(13)) / (2 ** 13 * 64)).toBeCloseTo(1, 1)
  })

  it('and what comes last is not always what is left out', () => {
    const row = (i: number): object => ({
      ...Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`f${at}`, i])),
      text: 'x'.repeat(3000),
    })
    const rows = Array.from({ length: 16 }, (_, i) => row(i))
    const whole = rows.reduce((sum, row) => sum + added(row) + 8, 0)
    expect(added(rows) / whole).toBeGreaterThan(0.6)
    expect(added(rows) / whole).toBeLessThan(1.6)
  })
})

describe('values that resist', () => {
  const refuse = (): never => {
    throw new Error('no')
  }

  it('no getter is called', () => {
    const value = { id: 1 }
    Object.defineProperty(value, 'gets', { get: refuse, enumerable: true })
    const list = [1, 2, 3]
    Object.defineProperty(list, 1, { get: refuse })
    expect(added([value, list])).toBeGreaterThan(50)
  })

  it('a Proxy that throws whatever it is asked takes a constant, and what is beside it counts', () => {
    const handler = new Proxy({}, { get: () => refuse })
    const revoked = Proxy.revocable([], {})
    revoked.revoke()
    for (const hostile of [
      new Proxy({}, handler),
      new Proxy([], handler),
      new Proxy(() => 1, handler),
      revoked.proxy,
    ]) {
      expect(added(hostile)).toBeLessThan(200)
      expect(added({ hostile, text: 'x'.repeat(1000) })).toBeGreaterThan(1000)
    }
  })

  it('a Proxy that lies about its length, its names, its properties', () => {
    for (const length of [Number.NaN, -1, Number.POSITIVE_INFINITY, 'many', {}, Symbol('length')]) {
      const list = new Proxy([1], { get: (list, name) => (name === 'length' ? length : Reflect.get(list, name)) })
      expect(Number.isSafeInteger(sizeOf('k', list))).toBe(true)
    }
    const names = new Proxy({}, { ownKeys: () => ['a', 'b'], getOwnPropertyDescriptor: () => undefined })
    expect(added(names)).toBeLessThan(100)
  })

  it('classes that lie about their bytes, their size, their elements', () => {
    for (const lie of [Number.NaN, -1e9, Number.POSITIVE_INFINITY, 'a']) {
      class Bytes extends Uint8Array {
        override get byteLength(): number {
          return lie as number
        }
      }
      class Names extends Map {
        override get size(): number {
          return lie as number
        }
        override [Symbol.iterator](): never {
          return refuse()
        }
      }
      expect(Number.isSafeInteger(sizeOf('k', new Bytes(3)))).toBe(true)
      expect(Number.isSafeInteger(sizeOf('k', [new Names()]))).toBe(true)
    }
    expect(added(Object.create(Map.prototype))).toBeLessThan(200)
  })
})

describe('sizeOf', () => {
  it('is finite and above 0 for whatever there is', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true }),
        (key, value) => {
          const size = sizeOf(key, value)
          expect(Number.isFinite(size)).toBe(true)
          expect(size).toBeGreaterThan(0)
        },
      ),
    )
  })

  it('grows with strings, and knows wide ones', () => {
    expect(sizeOf('k', 'x'.repeat(1000)) - sizeOf('k', '')).toBe(1000)
    expect(sizeOf('k', '語'.repeat(1000)) - sizeOf('k', '')).toBe(2000)
    expect(sizeOf('k'.repeat(801), 1) - sizeOf('k', 1)).toBe(800)
  })

  it('counts bytes as bytes, and a million numbers without looking at them', () => {
    expect(sizeOf('k', new Uint8Array(1e6))).toBeGreaterThan(1e6)
    expect(sizeOf('k', new Uint8Array(1e6))).toBeLessThan(1.01e6)
    expect(sizeOf('k', Array(1e6).fill(0.5))).toBeCloseTo(8e6, -3)
  })

  it('takes a large container to be like what it sees of it', () => {
    const of = (count: number) =>
      sizeOf(
        'k',
        Array.from({ length: count }, (_, id) => ({ id, name: `name ${id + 1e6}` })),
      )
    expect(of(10_000) / of(100)).toBeGreaterThan(90)
    expect(of(10_000) / of(100)).toBeLessThan(110)
    const map = (count: number) =>
      sizeOf('k', new Map(Array.from({ length: count }, (_, id) => [`key${id}`, 'x'.repeat(50)])))
    expect(map(10_000) / map(100)).toBeGreaterThan(80)
  })

  it('looks at few places, calls no getter, and lets nothing throw', () => {
    let looks = 0
    const counting = new Proxy(
      Array.from({ length: 100_000 }, () => ({})),
      {
        get: (target, name) => {
          looks++
          return Reflect.get(target, name)
        },
      },
    )
    sizeOf('k', counting)
    expect(looks).toBeLessThan(100)
    const hostile = {
      get trap(): never {
        throw new Error('called')
      },
    }
    const proxy = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('no')
        },
      },
    )
    const { proxy: revoked, revoke } = Proxy.revocable({}, {})
    revoke()
    for (const value of [hostile, proxy, revoked, [proxy, proxy], { a: { b: revoked } }]) {
      expect(sizeOf('k', value)).toBeGreaterThan(60)
    }
  })

  it('ends on cycles, on deep nesting and on wide trees, and counts what is shared once', () => {
    const cycle: { self?: unknown } = {}
    cycle.self = cycle
    expect(sizeOf('k', cycle)).toBeLessThan(300)
    let deep: unknown = 1
    for (let level = 0; level < 100_000; level++) deep = { deep }
    expect(sizeOf('k', deep)).toBeLessThan(1000)
    const shared = 'x'.repeat(10).split('').map(Number)
    expect(sizeOf('k', { a: shared, b: shared })).toBeLessThan(sizeOf('k', { a: shared, b: [...shared] }))
    const tree = (depth: number): unknown => (depth === 0 ? 'leaf' : Array.from({ length: 10 }, () => tree(depth - 1)))
    expect(sizeOf('k', tree(4))).toBeGreaterThan(10_000)
  })
})
