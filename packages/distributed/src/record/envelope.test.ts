import { CacheSerializationError } from '@mtaio/exceptions'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { murmur3 } from '../placement/hash.js'
import { coarse } from './coarse-duration.js'
import { crc32 } from './crc32.js'
import {
  codecAt,
  decodeEnvelope,
  ENVELOPE_OVERHEAD,
  encodeEnvelope,
  isPlainAt,
  MAX_EXPIRY,
  PLAIN,
  versionOf,
} from './envelope.js'
import { compareVersions, makeVersion } from './version.js'
import { isExpired, tombstoneOf, type WireRecord } from './wire-record.js'

const version = fc.uint8Array({ minLength: 14, maxLength: 14 })
const expiresAt = fc.oneof(fc.constantFrom(0, 1, 2 ** 32 - 1, 2 ** 32, MAX_EXPIRY), fc.nat(MAX_EXPIRY))
const duration = fc.nat(255).map(coarse)
const tag = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.constantFrom('', '\ufeffmarked', 'x'.repeat(300)),
)
const valueRecord: fc.Arbitrary<WireRecord> = fc.record({
  version,
  tombstone: fc.constant(false),
  compressed: fc.boolean(),
  encrypted: fc.boolean(),
  codec: fc.integer({ min: 0, max: 15 }),
  expiresAt,
  grace: duration,
  loadTime: duration,
  tags: fc.array(tag, { maxLength: 4 }),
  payload: fc.uint8Array({ maxLength: 60 }),
})
const tombstone = fc.tuple(version, expiresAt).map(([version, expiresAt]) => tombstoneOf(version, expiresAt))
const register = fc
  .tuple(version, fc.uint8Array({ maxLength: 60 }))
  .map(([version, payload]) => ({ ...tombstoneOf(version, 0), payload }))
const record = fc.oneof(
  { weight: 4, arbitrary: valueRecord },
  { weight: 1, arbitrary: tombstone },
  { weight: 1, arbitrary: register },
)

const plain: WireRecord = {
  ...tombstoneOf(makeVersion(0x0102030405, 0x0607, 0x08090a0b, 0x0c0d), 0x1122334455),
  tombstone: false,
  payload: Uint8Array.of(0xaa, 0xbb),
}

/** What decoding throws; fails the test when it throws nothing. */
function refusal(bytes: Uint8Array): CacheSerializationError {
  try {
    decodeEnvelope(bytes, 'k', 'host:1', 'the key')
  } catch (error) {
    expect(error).toBeInstanceOf(CacheSerializationError)
    return error as CacheSerializationError
  }
  throw new Error(`decoded ${bytes.length} bytes that are no envelope`)
}

/** Gives hand-made bytes a right checksum, so that what is refused is refused for its own sake. */
function sealed(...body: number[]): Uint8Array {
  const bytes = Uint8Array.from([...body, 0, 0, 0, 0])
  new DataView(bytes.buffer).setUint32(body.length, crc32(bytes, murmur3('k', 0x6d746131), 0, body.length))
  return bytes
}

const head = (flags: number) => [1, flags, ...Array<number>(22).fill(0)]

describe('an envelope', () => {
  it('lies on the wire as the layout says', () => {
    const bytes = encodeEnvelope(
      { ...plain, compressed: true, codec: 9, grace: 22, loadTime: 3, tags: ['ab', 'é'] },
      'k',
    )
    // biome-ignore format: one line a field
    const body = [
      0x01,
      0x9a,
      0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d,
      0x13, 0x03,
      0x00, 0x11, 0x22, 0x33, 0x44, 0x55,
      0x02, 0x00, 0x02, 0x61, 0x62, 0x00, 0x02, 0xc3, 0xa9,
      0xaa, 0xbb,
    ]
    expect([...bytes]).toEqual([...sealed(...body)])
  })

  it('costs 28 bytes beside tags and payload', () => {
    expect(encodeEnvelope(plain, 'k')).toHaveLength(ENVELOPE_OVERHEAD + 2)
    expect(encodeEnvelope(tombstoneOf(plain.version, 0), 'k')).toHaveLength(ENVELOPE_OVERHEAD)
  })

  it('decodes to the record that it was made of, wherever in a buffer it lies', () => {
    fc.assert(
      fc.property(record, fc.nat(5), (record, offset) => {
        const bytes = encodeEnvelope(record, 'k')
        expect(decodeEnvelope(bytes, 'k')).toEqual(record)
        const buffer = new Uint8Array(bytes.length + offset + 3)
        buffer.set(bytes, offset)
        expect(decodeEnvelope(buffer.subarray(offset, offset + bytes.length), 'k')).toEqual(record)
      }),
    )
  })

  it('is the same for the same record, and the only one that decodes to it', () => {
    fc.assert(
      fc.property(record, (record) => {
        const bytes = encodeEnvelope(record, 'k')
        expect(encodeEnvelope(decodeEnvelope(bytes, 'k'), 'k')).toEqual(bytes)
      }),
    )
  })

  it('gives plain Uint8Arrays out of a Node Buffer, and a version that outlives it', () => {
    const bytes = Buffer.from(encodeEnvelope(plain, 'k'))
    const decoded = decodeEnvelope(bytes, 'k')
    expect(decoded.payload.constructor).toBe(Uint8Array)
    expect(decoded.version.constructor).toBe(Uint8Array)
    const seen = versionOf(bytes)!
    bytes.fill(0)
    expect(decoded.version).toEqual(plain.version)
    expect(seen).toEqual(plain.version)
  })

  it('is refused at every shorter length', () => {
    fc.assert(
      fc.property(record, (record) => {
        const bytes = encodeEnvelope(record, 'k')
        for (let length = 0; length < bytes.length; length++) refusal(bytes.subarray(0, length))
      }),
      { numRuns: 60 },
    )
  })

  it('is refused with any one bit flipped', () => {
    fc.assert(
      fc.property(record, (record) => {
        const bytes = encodeEnvelope(record, 'k')
        for (let bit = 0; bit < bytes.length * 8; bit++) {
          bytes[bit >> 3]! ^= 1 << (bit & 7)
          refusal(bytes)
          bytes[bit >> 3]! ^= 1 << (bit & 7)
        }
      }),
      { numRuns: 30 },
    )
  })

  it('is refused with bytes appended', () => {
    fc.assert(
      fc.property(record, fc.uint8Array({ minLength: 1, maxLength: 8 }), (record, rest) => {
        refusal(Uint8Array.from([...encodeEnvelope(record, 'k'), ...rest]))
      }),
    )
  })

  it('is refused under any other key, above all one that differs in a bit', () => {
    fc.assert(
      fc.property(
        record,
        fc.string({ minLength: 1, maxLength: 40 }),
        fc.nat(),
        fc.string(),
        (record, key, at, other) => {
          const bytes = encodeEnvelope(record, key)
          expect(decodeEnvelope(bytes, key)).toEqual(record)
          const flipped = Buffer.from(key)
          flipped[at % flipped.length]! ^= 1
          for (const wrong of [flipped.toString(), other, `${key}x`]) {
            if (wrong !== key) expect(() => decodeEnvelope(bytes, wrong)).toThrow(/written under another key/)
          }
        },
      ),
    )
  })

  it('is never found in random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.boolean(), (bytes, marked) => {
        if (marked && bytes.length > 0) bytes[0] = 1
        refusal(bytes)
      }),
      { numRuns: 2000 },
    )
  })

  it('names key and node, and says what to do, when it is refused', () => {
    const foreign = refusal(new TextEncoder().encode('{"user":1}'))
    expect(foreign).toMatchObject({ key: 'the key', node: 'host:1', code: 'SERIALIZATION' })
    expect(foreign.message).toMatch(/"the key" on host:1 is not an mtaio envelope.*choose a namespace/)
    expect(refusal(encodeEnvelope(plain, 'k').subarray(0, 20)).message).toMatch(/cut short.*delete the key/)
    expect(() => decodeEnvelope(new Uint8Array(0), 'k')).toThrow(/under "k" is not an mtaio envelope/)
  })

  it('of a later format is said to be written by a newer mtaio', () => {
    const bytes = encodeEnvelope(plain, 'k')
    bytes[0] = 2
    expect(refusal(bytes).message).toMatch(/format 2, written by a newer mtaio.*upgrade/)
  })

  it.each<[string, number[]]>([
    ['a tombstone with a payload', [...head(1).slice(0, 23), 9, 7]],
    ['a compressed tombstone', head(1 | 2)],
    ['an encrypted tombstone', head(1 | 4)],
    ['a tombstone with a codec', head(1 | 16)],
    ['a tagged tombstone', [...head(1 | 8), 1, 0, 1, 65]],
    ['a tag section that is not there', head(8)],
    ['a tag section without tags', [...head(8), 0]],
    ['a tag length over the end', [...head(8), 1, 0]],
    ['a tag over the end', [...head(8), 1, 0, 2, 65]],
    ['fewer tags than it says', [...head(8), 2, 0, 1, 65]],
    ['a tag that is not UTF-8', [...head(8), 1, 0, 1, 0xff]],
    ['a tombstone kept beyond its expiry', [...head(1).slice(0, 16), 1, ...Array<number>(7).fill(0)]],
    ['a tombstone that was loaded', [...head(1).slice(0, 17), 1, ...Array<number>(6).fill(0)]],
  ])('with %s is refused, right checksum or not', (_what, body) => {
    refusal(sealed(...body))
  })

  it('with a tag that reaches into the checksum is refused, whatever the checksum reads as', () => {
    for (let first = 0; first < 128; first++) {
      for (const length of [2, 3, 4, 5]) refusal(sealed(...head(8), 1, 0, length, first))
    }
  })

  it.each<[string, Partial<WireRecord>]>([
    ['its version', { version: new Uint8Array(13) }],
    ['codec', { codec: 16 }],
    ['codec', { codec: -1 }],
    ['expiresAt', { expiresAt: -1 }],
    ['expiresAt', { expiresAt: 0.5 }],
    ['expiresAt', { expiresAt: 2 ** 48 }],
    ['expiresAt', { expiresAt: Infinity }],
    ['expiresAt', { expiresAt: Number.NaN }],
    ['tombstone', { tombstone: true }],
    ['tombstone', { tombstone: true, payload: new Uint8Array(0), tags: ['a'] }],
    ['tombstone', { tombstone: true, payload: new Uint8Array(0), codec: 1 }],
    ['256 tags', { tags: Array<string>(256).fill('a') }],
    ['65536 bytes', { tags: ['é'.repeat(32768)] }],
  ])('is not made of a record whose %s is out of bounds: %o', (named, change) => {
    expect(() => encodeEnvelope({ ...plain, ...change }, 'k')).toThrow(CacheSerializationError)
    expect(() => encodeEnvelope({ ...plain, ...change }, 'k')).toThrow(named)
  })

  it('holds 255 tags of 65535 bytes', () => {
    const record = { ...plain, tags: Array<string>(255).fill('x'.repeat(65535)) }
    expect(decodeEnvelope(encodeEnvelope(record, 'k'), 'k').tags).toEqual(record.tags)
  })
})

describe('versionOf', () => {
  it('reads what the guarded write compares: a format byte and 16 bytes, no more', () => {
    fc.assert(
      fc.property(record, fc.nat(60), (record, length) => {
        const bytes = encodeEnvelope(record, 'k').subarray(0, length)
        const seen = versionOf(bytes)
        if (bytes.length < 16) expect(seen).toBeUndefined()
        else expect(compareVersions(seen!, record.version)).toBe(0)
      }),
    )
  })

  it('sees no version in foreign bytes', () => {
    expect(versionOf(new TextEncoder().encode('{"other":"application"}'))).toBeUndefined()
    expect(versionOf(new Uint8Array(40))).toBeUndefined()
  })
})

describe('isPlainAt', () => {
  /** The dumb twin: the record is made, and looked at. */
  function isPlain(bytes: Uint8Array, now: number): boolean {
    try {
      const record = decodeEnvelope(bytes, 'k')
      const { tombstone, compressed, encrypted, tags } = record
      return !tombstone && !compressed && !encrypted && tags.length === 0 && !isExpired(record, now)
    } catch {
      return false
    }
  }

  it('law: says what decoding says, wherever the bytes lie, damaged or not', () => {
    const plainRecord = valueRecord.map((each) => ({ ...each, compressed: false, encrypted: false, tags: [] }))
    const damage = fc.option(fc.tuple(fc.nat(200), fc.integer({ min: 1, max: 255 })), { nil: undefined })
    const surroundings = fc.uint8Array({ maxLength: 20 })
    fc.assert(
      fc.property(
        fc.oneof(record, plainRecord, plainRecord),
        damage,
        surroundings,
        surroundings,
        fc.oneof(fc.nat(MAX_EXPIRY), fc.constantFrom(0, 1, 2 ** 32)),
        (each, flip, before, after, now) => {
          const envelope = encodeEnvelope(each, 'k')
          if (flip !== undefined) envelope[flip[0] % envelope.length]! ^= flip[1]
          const bytes = Uint8Array.from([...before, ...envelope, ...after])
          const [start, end] = [before.length, before.length + envelope.length]
          expect(isPlainAt(bytes, start, end, 'k', now)).toBe(isPlain(envelope, now))
          expect(isPlainAt(bytes, start, end, 'other', now)).toBe(false)
        },
      ),
      { numRuns: 1000 },
    )
  })

  it('tells where the parts are', () => {
    const bytes = encodeEnvelope({ ...plain, codec: 5, expiresAt: 0 }, 'k')
    expect(isPlainAt(bytes, 0, bytes.length, 'k', 0)).toBe(true)
    expect(bytes.slice(PLAIN.payload, bytes.length - PLAIN.end)).toEqual(plain.payload)
    expect(bytes.slice(PLAIN.version, PLAIN.version + 14)).toEqual(plain.version)
    expect(codecAt(bytes, 0)).toBe(5)
  })
})
