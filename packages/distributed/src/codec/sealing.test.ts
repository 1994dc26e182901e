import { randomBytes } from 'node:crypto'
import { CacheConfigError, CacheSerializationError } from '@mtaio/exceptions'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeEnvelope, encodeEnvelope } from '../record/envelope.js'
import { makeVersion } from '../record/version.js'
import { tombstoneOf, type WireRecord } from '../record/wire-record.js'
import type { EncryptionKey } from './encryption.js'
import { Sealing } from './sealing.js'

const key = (id: string): EncryptionKey => ({ id, key: randomBytes(32) })
const OLD = key('2026-01')
const NEW = key('2026-07')
const sealing = (...keys: EncryptionKey[]) => new Sealing({ keys })

const record: WireRecord = {
  ...tombstoneOf(makeVersion(1_700_000_000_000, 1, 7), 1_800_000_000_000),
  tombstone: false,
  codec: 2,
  tags: ['users'],
  payload: new TextEncoder().encode('the secret'),
}

/** Through the envelope, as on a node. */
const stored = (sealed: WireRecord) => decodeEnvelope(encodeEnvelope(sealed, 'app:key'), 'app:key')

describe('sealing', () => {
  it('what is sealed comes back, and cannot be read on the way', () => {
    const both = sealing(OLD)
    const there = stored(both.seal('app:key', record))
    expect(there.encrypted).toBe(true)
    expect(Buffer.from(there.payload).includes('secret')).toBe(false)
    expect(both.open('key', 'app:key', there)).toEqual(record)
  })

  it('no two values are encrypted alike, also by one client', () => {
    const one = sealing(OLD)
    const seen = new Set<string>()
    for (let i = 0; i < 100; i++) seen.add(Buffer.from(one.seal('app:key', record).payload).toString('hex'))
    expect(seen.size).toBe(100)
  })

  it('keys are rotated: the first encrypts, all decrypt, and a reader that lacks one says which', () => {
    const before = sealing(OLD)
    const during = sealing(NEW, OLD)
    const after = sealing(NEW)
    const [old, fresh] = [stored(before.seal('app:key', record)), stored(during.seal('app:key', record))]
    expect(during.open('key', 'app:key', old)).toEqual(record)
    expect(after.open('key', 'app:key', fresh)).toEqual(record)
    expect(() => after.open('key', 'app:key', old)).toThrow(/2026-01.*encryption\.keys/)
    expect(() => before.open('key', 'app:key', fresh)).toThrow(CacheSerializationError)
    expect(() => sealing({ ...OLD, key: randomBytes(32) }).open('key', 'app:key', old)).toThrow(/another key/)
  })

  it('a value is not accepted under another key, with another life, version, codec or tags', () => {
    const one = sealing(OLD)
    const there = stored(one.seal('app:key', record))
    const forged: [string, WireRecord][] = [
      ['app:other', there],
      ['app:key', { ...there, expiresAt: there.expiresAt + 1000 }],
      ['app:key', { ...there, version: makeVersion(1_900_000_000_000, 1, 7) }],
      ['app:key', { ...there, codec: 0 }],
      ['app:key', { ...there, compressed: true }],
      ['app:key', { ...there, tags: [] }],
      ['app:key', { ...there, tags: ['users', 'more'] }],
    ]
    for (const [physical, each] of forged) {
      expect(() => one.open('key', physical, each), JSON.stringify(each)).toThrow(CacheSerializationError)
    }
  })

  it('law: any change of any byte is refused', () => {
    const one = sealing(OLD)
    const there = stored(one.seal('app:key', record))
    fc.assert(
      fc.property(
        fc.nat(there.payload.length - 1),
        fc.integer({ min: 1, max: 255 }),
        fc.nat(there.payload.length),
        (at, xor, length) => {
          const payload = there.payload.slice()
          payload[at]! ^= xor
          expect(() => one.open('key', 'app:key', { ...there, payload })).toThrow(CacheSerializationError)
          if (length < payload.length) {
            const cut = { ...there, payload: there.payload.slice(0, length) }
            expect(() => one.open('key', 'app:key', cut)).toThrow(CacheSerializationError)
          }
        },
      ),
      { numRuns: 300 },
    )
  })

  it('what nobody encrypted is refused, unless keys are being rolled out; deletions are not encrypted', () => {
    const one = sealing(OLD)
    expect(() => one.open('key', 'app:key', record)).toThrow(/acceptPlain/)
    expect(new Sealing({ keys: [OLD], acceptPlain: true }).open('key', 'app:key', record)).toBe(record)
    const deletion = tombstoneOf(record.version, 1)
    expect(one.seal('app:key', deletion)).toBe(deletion)
    expect(() => new Sealing(undefined).open('key', 'app:key', one.seal('app:key', record))).toThrow(
      /encryption option/,
    )
  })

  it('keys that are none are refused, and never shown', () => {
    const secret = 'c2hvcnQgc2VjcmV0'
    for (const keys of [
      [],
      5,
      [{ id: 'a', key: secret }],
      [{ id: '', key: randomBytes(32) }],
      [{ id: 'a'.repeat(33), key: randomBytes(32) }],
      [OLD, OLD],
      [{ id: 'a' }],
    ]) {
      let error: unknown
      try {
        new Sealing({ keys: keys as never })
      } catch (reason) {
        error = reason
      }
      expect(error).toBeInstanceOf(CacheConfigError)
      expect((error as Error).message).not.toContain(secret)
    }
    expect(() => new Sealing({ keys: [{ id: 'a', key: randomBytes(32).toString('base64') }] })).not.toThrow()
  })
})
