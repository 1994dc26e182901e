import { createHash } from 'node:crypto'
import { CacheSerializationError } from '@mtaio/exceptions'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeDecision, encodeDecision, MOST_BEFORE } from './group-decision.js'
import { ACCEPT, APPLY, PREPARE } from './group-scripts.js'

const version = fc.uint8Array({ minLength: 14, maxLength: 14 })
const decision = fc.record({
  id: version,
  before: fc.array(version, { maxLength: MOST_BEFORE }),
  writes: fc.array(
    fc.record({
      key: fc.string({ unit: 'grapheme', maxLength: 20 }),
      envelope: fc.uint8Array({ maxLength: 40 }),
      forgetAt: fc.oneof(fc.constant(0), fc.nat(2 ** 48 - 1)),
    }),
    { maxLength: 5 },
  ),
})

describe('a decision', () => {
  it('decodes to what it was made of', () => {
    fc.assert(
      fc.property(decision, (decision) => {
        expect(decodeDecision(encodeDecision(decision), 'group', 'node:1')).toEqual(decision)
      }),
    )
  })

  it('is refused when cut short or followed by anything', () => {
    fc.assert(
      fc.property(decision, (decision) => {
        const bytes = encodeDecision(decision)
        for (let length = 0; length < bytes.length; length++) {
          expect(() => decodeDecision(bytes.subarray(0, length), 'group', 'node:1')).toThrow(CacheSerializationError)
        }
        expect(() => decodeDecision(Uint8Array.from([...bytes, 0]), 'group', 'node:1')).toThrow(/group.*node:1/)
      }),
      { numRuns: 20 },
    )
  })
})

describe('the scripts of a group', () => {
  it.each(Object.entries({ PREPARE, ACCEPT, APPLY }))('carry the digest by which servers know %s', (_name, script) => {
    expect(createHash('sha1').update(script.text, 'utf8').digest('hex')).toBe(script.sha1)
  })
})
