import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  compareVersions,
  counterOf,
  editionOf,
  formatVersion,
  makeVersion,
  NO_VERSION,
  nextEdition,
  nextTransaction,
  timeOf,
  VERSION_BYTES,
  writerOf,
} from './version.js'

const u16 = fc.integer({ min: 0, max: 0xffff })
const u32 = fc.integer({ min: 0, max: 0xffffffff })
const u48 = fc.oneof(fc.integer({ min: 0, max: 2 ** 48 - 1 }), fc.constantFrom(0, 2 ** 32 - 1, 2 ** 32, 2 ** 48 - 1))
type Parts = [time: number, counter: number, writer: number, edition: number]
const parts: fc.Arbitrary<Parts> = fc.tuple(u48, u16, u32, u16)

describe('a version', () => {
  it('gives back the parts it was made of', () => {
    fc.assert(
      fc.property(parts, ([time, counter, writer, edition]) => {
        const version = makeVersion(time, counter, writer, edition)
        expect(version).toHaveLength(VERSION_BYTES)
        expect([timeOf(version), counterOf(version), writerOf(version), editionOf(version)]).toEqual([
          time,
          counter,
          writer,
          edition,
        ])
      }),
    )
  })

  it('is ordered by time, counter, writer, edition, in bytes as in text', () => {
    const near: fc.Arbitrary<Parts> = fc.tuple(
      fc.constantFrom(0, 1, 255, 256, 2 ** 40),
      fc.constantFrom(0, 255, 256),
      fc.constantFrom(0, 2 ** 31, 2 ** 32 - 1),
      fc.constantFrom(0, 1, 0xff00),
    )
    fc.assert(
      fc.property(fc.oneof(parts, near), fc.oneof(parts, near), (a, b) => {
        const differs = a.findIndex((part, i) => part !== b[i])
        const expected = differs < 0 ? 0 : Math.sign(a[differs]! - b[differs]!)
        const [left, right] = [makeVersion(...a), makeVersion(...b)]
        expect(Math.sign(compareVersions(left, right))).toBe(expected)
        const [x, y] = [formatVersion(left), formatVersion(right)]
        expect(x < y ? -1 : x > y ? 1 : 0).toBe(expected)
      }),
      { numRuns: 500 },
    )
  })

  it('is newer than none', () => {
    expect(compareVersions(makeVersion(0, 0, 0, 1), NO_VERSION)).toBeGreaterThan(0)
    expect(compareVersions(NO_VERSION, new Uint8Array(14))).toBe(0)
  })

  it.each([
    ['a change to its life', nextEdition],
    ['a transaction on top of it', nextTransaction],
  ])('has %s that is newer than itself and older than any later write', (_what, next) => {
    fc.assert(
      fc.property(parts, ([time, counter, writer, edition]) => {
        fc.pre(counter < 0xffff)
        const version = makeVersion(time, counter, writer, edition)
        const before = formatVersion(version)
        const later = next(version)
        fc.pre(later !== undefined)
        expect(compareVersions(later!, version)).toBeGreaterThan(0)
        expect(compareVersions(later!, makeVersion(time, counter + 1, 0, 0))).toBeLessThan(0)
        expect(formatVersion(version)).toBe(before)
      }),
    )
  })

  it('has a transaction on top of it that is newer than all changes to its life', () => {
    let version = makeVersion(1, 2, 3)
    const transaction = nextTransaction(version)!
    for (let touch = 0; touch < 255; touch++) version = nextEdition(version)!
    expect(compareVersions(transaction, version)).toBeGreaterThan(0)
    expect(nextEdition(transaction)).toBeDefined()
  })

  it('has 255 of either, and no more', () => {
    expect(nextEdition(makeVersion(1, 2, 3, 0x00ff))).toBeUndefined()
    expect(nextTransaction(makeVersion(1, 2, 3, 0xff00))).toBeUndefined()
    expect(editionOf(nextEdition(makeVersion(1, 2, 3, 0xfffe))!)).toBe(0xffff)
    expect(editionOf(nextTransaction(makeVersion(1, 2, 3, 0x0107))!)).toBe(0x0200)
  })

  it('reads as 28 hexadecimal digits', () => {
    expect(formatVersion(makeVersion(0x0123456789ab, 0xcdef, 0xdeadbeef, 0x0001))).toBe('0123456789abcdefdeadbeef0001')
  })
})
