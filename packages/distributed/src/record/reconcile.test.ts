import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { newest } from './reconcile.js'
import { makeVersion } from './version.js'
import { isExpired, isRegister, tombstoneOf, type WireRecord } from './wire-record.js'

/** Few distinct parts, so that records that agree in some and differ in others come up often. */
const record: fc.Arbitrary<WireRecord> = fc.record({
  version: fc
    .tuple(fc.constantFrom(1, 2), fc.constantFrom(0, 1), fc.constantFrom(5, 6), fc.constantFrom(0, 1))
    .map((parts) => makeVersion(...parts)),
  tombstone: fc.boolean(),
  compressed: fc.boolean(),
  encrypted: fc.boolean(),
  codec: fc.constantFrom(0, 1),
  expiresAt: fc.constantFrom(0, 1000, 2000),
  grace: fc.constantFrom(0, 8),
  loadTime: fc.constantFrom(0, 8),
  tags: fc.array(fc.constantFrom('a', 'b'), { maxLength: 2 }),
  payload: fc.uint8Array({ maxLength: 2, max: 1 }),
})
/** The same version always: only the finer rules decide. */
const sameVersion = record.map((one) => ({ ...one, version: makeVersion(1, 0, 5) }))
const maybe = fc.option(fc.oneof(record, sameVersion), { nil: undefined })
const runs = { numRuns: 2000 }

describe('newest', () => {
  const version = makeVersion(9, 0, 5)
  const value = { ...tombstoneOf(version, 1000), tombstone: false, payload: Uint8Array.of(1) }

  it('is commutative', () => {
    fc.assert(
      fc.property(maybe, maybe, (a, b) => {
        expect(newest(a, b)).toEqual(newest(b, a))
      }),
      runs,
    )
  })

  it('is associative', () => {
    fc.assert(
      fc.property(maybe, maybe, maybe, (a, b, c) => {
        const left = newest(newest(a, b), c)
        expect(left).toEqual(newest(a, newest(b, c)))
      }),
      runs,
    )
  })

  it('is idempotent', () => {
    fc.assert(
      fc.property(record, (a) => {
        expect(newest(a, a)).toBe(a)
        expect(newest(a, { ...a, payload: Uint8Array.from(a.payload), tags: [...a.tags] })).toEqual(a)
      }),
    )
  })

  it.each<[string, Partial<WireRecord>]>([
    ['tombstone', { tombstone: true }],
    ['compressed', { compressed: true }],
    ['encrypted', { encrypted: true }],
    ['codec', { codec: 1 }],
    ['expiry', { expiresAt: 0 }],
    ['a tag more', { tags: ['a', 'b'] }],
    ['another tag', { tags: ['b'] }],
    ['length', { payload: new Uint8Array(3) }],
    ['content', { payload: Uint8Array.of(0, 1) }],
    ['version', { version: makeVersion(9, 0, 6) }],
  ])('picks the same one of two records that differ in %s alone', (_what, change) => {
    const one = { ...value, tags: ['a'], payload: new Uint8Array(2) }
    const other = { ...one, ...change }
    expect(newest(one, other)).toBe(other)
    expect(newest(other, one)).toBe(other)
  })

  it('gives one of the two, and a record rather than none', () => {
    fc.assert(
      fc.property(record, record, (a, b) => {
        expect([a, b]).toContain(newest(a, b))
        expect(newest(a, undefined)).toBe(a)
        expect(newest(undefined, a)).toBe(a)
      }),
    )
    expect(newest(undefined, undefined)).toBeUndefined()
  })

  it('prefers the newer version, whatever expires later', () => {
    const newer = { ...value, version: makeVersion(9, 1, 0), expiresAt: 5 }
    expect(newest({ ...value, expiresAt: 0 }, newer)).toBe(newer)
  })

  it('prefers the later edition of one write', () => {
    const later = { ...value, version: makeVersion(9, 0, 5, 1), expiresAt: 5 }
    expect(newest(value, later)).toBe(later)
  })

  it('prefers the later expiry of equal versions, and no expiry to any', () => {
    const later = { ...value, expiresAt: 1001 }
    const never = { ...value, expiresAt: 0 }
    expect(newest(value, later)).toBe(later)
    expect(newest(never, later)).toBe(never)
  })

  it('prefers the tombstone where version and expiry are equal', () => {
    const tombstone = tombstoneOf(version, 1000)
    expect(newest(value, tombstone)).toBe(tombstone)
  })
})

describe('a record', () => {
  it('is a register when it is a tombstone that never expires', () => {
    const version = makeVersion(1, 0, 5)
    expect(isRegister(tombstoneOf(version, 0))).toBe(true)
    expect(isRegister(tombstoneOf(version, 1))).toBe(false)
    expect(isRegister({ ...tombstoneOf(version, 0), tombstone: false })).toBe(false)
  })

  it('stops counting at its expiry exactly, and never without one', () => {
    const version = makeVersion(1, 0, 5)
    expect([999, 1000, 1001].map((now) => isExpired(tombstoneOf(version, 1000), now))).toEqual([false, true, true])
    expect(isExpired(tombstoneOf(version, 0), Number.MAX_SAFE_INTEGER)).toBe(false)
  })
})
