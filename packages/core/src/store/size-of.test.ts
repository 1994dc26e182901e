import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sizeOf } from './size-of.js'

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
