import { CacheSerializationError } from '@mtaio/exceptions'
import fc from 'fast-check'
import { Packr } from 'msgpackr'
import { describe, expect, it } from 'vitest'
import { checkMsgpack } from './msgpack-bytes.js'
import { ValueCodec } from './value-codec.js'

const MSGPACK = 2
const JSON_TEXT = 3
const codec = new ValueCodec({ codecs: ['msgpack'], maxBytes: 10_000_000 })
const packr = new Packr({ structuredClone: true, moreTypes: true })
const text = (word: string) => [0xa0 | word.length, ...new TextEncoder().encode(word)]
const times = (count: number, ...bytes: number[]) => new Array<number[]>(count).fill(bytes).flat()

function decode(bytes: ArrayLike<number>, number = MSGPACK): unknown {
  return codec.decode('the key', { codec: number, compressed: false, payload: Uint8Array.from(bytes) })
}

function refusal(bytes: ArrayLike<number>, number = MSGPACK): CacheSerializationError {
  try {
    decode(bytes, number)
  } catch (error) {
    expect(error).toBeInstanceOf(CacheSerializationError)
    expect(error).toMatchObject({ key: 'the key' })
    return error as CacheSerializationError
  }
  throw new Error(`it was decoded: ${Buffer.from(bytes as number[]).toString('hex')}`)
}

describe('hostile MessagePack', () => {
  it.each([
    ['arrays of 16 million, each within the other', times(40, 0xdd, 0x01, 0, 0, 0), /announces/],
    ['a map that announces four milliards', [0xdf, 0xff, 0xff, 0xff, 0xff], /announces/],
    ['a string longer than the bytes', [0xdb, 0x7f, 0xff, 0xff, 0xff, 65], /announces/],
    ['bytes longer than the bytes', [0xc6, 0xff, 0xff, 0xff, 0xff], /announces/],
    ['an extension longer than the bytes', [0xc9, 0xff, 0xff, 0xff, 0xff, 0x74], /announces/],
    ['a hundred thousand brackets', [...times(100_000, 0x91), 0xc0], /deep/],
    ['a hundred thousand sets', [...times(100_000, 0xd4, 0x73, 0, 0x91), 0xc0], /deep/],
    ['three million empty objects', [0xdd, 0, 0x2d, 0xc6, 0xc0, ...times(3_000_000, 0x80)], /more than/],
    ['a record with more names than bytes', [0xd4, 0x72, 0x40, 0xdd, 0x7f, 0, 0, 0], /announces/],
    ['a record with a name that is no text', [0xd4, 0x72, 0x40, 0x91, 0x91, 1, 1], /text/],
    ['a property called __proto__', [0xd4, 0x72, 0x40, 0x91, ...text('__proto__'), 0x80], /__proto__/],
    ['a pointer to nothing', [0xd6, 0x70, 0, 0, 0, 9], /nowhere/],
    ['a pointer before what it points to', [0x92, 0xd6, 0x70, 0, 0, 0, 1, 0xd6, 0x69, 0, 0, 0, 1, 0x90], /nowhere/],
    ['a regular expression out of an object', [0xd4, 0x78, 0, 0x92, 0x90, ...text('g')], /text/],
    ['an error that is no error', [0xd4, 0x65, 0, 0x93, ...text('constructor'), ...text('x'), 0xc0], /constructor/],
    [
      'an error with a method for a name',
      [0xd4, 0x65, 0, 0x93, ...text('__lookupGetter__'), ...text('x'), 0xc0],
      /error/,
    ],
    ['strings bundled', [0xd6, 0x62, 0, 0, 0, 4, 0xa1, 65, 0xa1, 66], /0x62/],
    ['two-byte record ids', [0xd5, 0x72, 0, 0, 0x90], /never written/],
    ['something after the value', [0x90, 0x90], /follows/],
    ['nothing', [], /announces/],
    ['a token that does not exist', [0xc1], /0xc1/],
  ])('%s is refused before anything is made of it', (_what, bytes, why) => {
    expect(refusal(bytes).message).toMatch(why)
  })

  it('a small value that would take for ever to be shown is decoded, and refused with anything behind it', () => {
    // 64 arrays, each holding the one before twice: 2^64 leaves to whoever walks it.
    let bomb: unknown[] = ['leaf']
    for (let i = 0; i < 64; i++) bomb = [bomb, bomb]
    const bytes = [...packr.pack(bomb)]
    expect(decode(bytes)).toHaveLength(2)
    // The decoder itself would put all of it into its message.
    expect(refusal([...bytes, 0xc0]).message).toMatch(/follows/)
    // And here into the text of a regular expression.
    expect(refusal([0xd4, 0x78, 0, 0x92, ...bytes, ...text('g')]).message).toMatch(/text/)
  })

  it('values that hold themselves come back', () => {
    const cycle: { self?: unknown; map: Map<string, unknown> } = { map: new Map() }
    cycle.self = cycle
    cycle.map.set('up', cycle)
    const found = decode(packr.pack(cycle)) as typeof cycle
    expect(found.self).toBe(found)
    expect(found.map.get('up')).toBe(found)
  })

  it('law: sound bytes changed anywhere are refused or decoded, at once, and leave nothing behind', () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
    })
    const change = fc.record({ at: fc.nat(), to: fc.nat(255), cut: fc.boolean() })
    fc.assert(
      fc.property(anything, fc.array(change, { maxLength: 4 }), (value, changes) => {
        const bytes = Uint8Array.from(packr.pack(value))
        let changed = bytes
        for (const { at, to, cut } of changes) {
          if (cut) changed = changed.subarray(0, at % (changed.length + 1))
          else if (changed.length > 0) changed[at % changed.length] = to
        }
        try {
          decode(changed)
        } catch (error) {
          expect(error).toBeInstanceOf(CacheSerializationError)
        }
        expect(({} as Record<string, unknown>).polluted).toBeUndefined()
      }),
      { numRuns: 2000 },
    )
    expect(decode(packr.pack({ a: [1] }))).toEqual({ a: [1] })
  })

  it('law: what the encoder writes passes', () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
    })
    fc.assert(
      fc.property(anything, (value) => checkMsgpack(packr.pack(value))),
      { numRuns: 1000 },
    )
    // More kinds of objects than there are ids for.
    const kinds = Array.from({ length: 300 }, (_, i) => ({ [`kind${i % 100}`]: i }))
    expect(decode(packr.pack(kinds))).toEqual(kinds)
    for (const value of [/a+/gi, new Error('e', { cause: [1] }), new TypeError('t'), undefined, new Date(Number.NaN)]) {
      expect(decode(packr.pack([value]))).toEqual([value])
    }
  })
})

describe('hostile JSON', () => {
  const json = (source: string) => new TextEncoder().encode(source)

  it('a property called __proto__ passes neither way, however it is written', () => {
    for (const source of ['{"__proto__":1}', '[{"\\u005f_proto__" :1}]', '{"a":{"__pr\\u006fto__":{}}}']) {
      expect(refusal(json(source), JSON_TEXT).message).toMatch(/__proto__/)
    }
    const writer = new ValueCodec({ codecs: ['json'], maxBytes: 1000 })
    expect(() => writer.encode('the key', JSON.parse('{"__proto__":1}'))).toThrow(/__proto__/)
    // As a value it is a text like any other.
    const harmless = { text: '"__proto__":' }
    expect(writer.decode('the key', writer.encode('the key', harmless))).toEqual(harmless)
  })

  it('what is no JSON, or no text, is refused', () => {
    for (const source of ['', '{', 'nul', '{"a":}']) refusal(json(source), JSON_TEXT)
    refusal([0x22, 0xff, 0x22], JSON_TEXT)
  })

  it('a million brackets end in a value or a refusal', () => {
    try {
      decode(json('['.repeat(1e6) + ']'.repeat(1e6)), JSON_TEXT)
    } catch (error) {
      expect(error).toBeInstanceOf(CacheSerializationError)
    }
  })
})
