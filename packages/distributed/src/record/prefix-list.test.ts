import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodePrefixes, encodePrefixes, mergedRules, removedAt } from './prefix-list.js'
import { compareVersions, makeVersion, NO_VERSION } from './version.js'

const version = fc.integer({ min: 1, max: 50 }).map((time) => makeVersion(time, 0, 0))
const prefix = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 4 }), fc.stringMatching(/^[ab]{0,3}$/))
const rules = fc.array(fc.record({ prefix, version }), { maxLength: 8 })

describe('a list of prefixes', () => {
  it('decodes to what it was made of, and not when it is cut', () => {
    fc.assert(
      fc.property(rules, (rules) => {
        const bytes = encodePrefixes(rules)
        expect(decodePrefixes(bytes)).toEqual(rules)
        if (bytes.length > 0) expect(decodePrefixes(bytes.subarray(0, -1))).toBeUndefined()
      }),
    )
  })

  it('merged with others removes what any of them removed, at the same version', () => {
    fc.assert(
      fc.property(rules, rules, fc.stringMatching(/^[ab]{1,5}$/), (a, b, key) => {
        const together = removedAt(key, [...a, ...b])
        expect(removedAt(key, mergedRules(a, b))).toEqual(together)
      }),
    )
  })

  it('stays within its bounds, and then removes more, never less', () => {
    const many = Array.from({ length: 3000 }, (_, i) => ({
      prefix: `user:${i % 2500}:`,
      version: makeVersion(1 + i, 0, 0),
    }))
    const merged = mergedRules(many)
    expect(merged.length).toBeLessThanOrEqual(1024)
    expect(encodePrefixes(merged).length).toBeLessThanOrEqual(65_536)
    for (let user = 0; user < 2500; user += 7) {
      const key = `user:${user}:name`
      expect(compareVersions(removedAt(key, merged), removedAt(key, many))).toBeGreaterThanOrEqual(0)
    }
    expect(removedAt('other', merged)).toEqual(NO_VERSION)
    const long = Array.from({ length: 40 }, (_, i) => ({
      prefix: `${i}`.repeat(2000),
      version: makeVersion(1 + i, 0, 0),
    }))
    expect(encodePrefixes(mergedRules(long)).length).toBeLessThanOrEqual(65_536)
  })
})
