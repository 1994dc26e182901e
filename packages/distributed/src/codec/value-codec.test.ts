import { CacheConfigError, CacheSerializationError, CacheValueError } from '@mtaio/exceptions'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Codec, type CodecChoice, ValueCodec } from './value-codec.js'

const MAX = 10_000_000

const codecOf = (...codecs: CodecChoice[]) => new ValueCodec({ codecs, maxBytes: MAX })

/** Encodes, lays the bytes into the middle of a larger buffer, as the network does, and decodes them there, either way. */
function travel(value: unknown, choice: CodecChoice = 'msgpack'): unknown {
  const codec = codecOf(choice)
  const { codec: number, compressed, payload } = codec.encode('key', value)
  const chunk = new Uint8Array(payload.length + 20).fill(0xff)
  chunk.set(payload, 10)
  const end = 10 + payload.length
  const found = codec.decodeAt('key', number, chunk, 10, end)
  expect(codec.decode('key', { codec: number, compressed, payload: chunk.subarray(10, end) })).toEqual(found)
  // The next answer is read into the same buffer.
  chunk.fill(0)
  return found
}

describe('ValueCodec', () => {
  it('law: a value comes back as it was, or is refused', () => {
    const text = fc.string({ unit: 'binary' })
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      key: text,
      // MessagePack has one zero; a number that is no part of anything keeps its own.
      values: [
        text,
        fc.integer(),
        fc.double().map((number) => number + 0),
        fc.boolean(),
        fc.constant(null),
        fc.bigInt(),
      ],
    })
    let refused = 0
    fc.assert(
      fc.property(
        anything.filter((value) => value !== undefined),
        (value) => {
          let found: unknown
          try {
            found = travel(value)
          } catch (error) {
            expect(error).toBeInstanceOf(CacheSerializationError)
            refused++
            return
          }
          expect(found).toEqual(value)
        },
      ),
      { numRuns: 500 },
    )
    expect(refused).toBeLessThan(250)
  })

  it('brings back structures that refer to themselves', () => {
    const self: { name: string; self?: unknown; both: unknown[] } = { name: 'a', both: [] }
    self.self = self
    self.both = [self, self]
    const found = travel(self) as typeof self
    expect(found.self).toBe(found)
    expect(found.both[1]).toBe(found)
  })

  it('refuses, wherever it is nested, what would come back as something else', () => {
    const proto = JSON.parse('{"__proto__": {"admin": true}}')
    for (const bad of [
      () => 1,
      Symbol('s'),
      Promise.resolve(1),
      new WeakMap(),
      new WeakSet(),
      new Number(5),
      new String('a'),
      '\ud800',
      proto,
      { '\udc00': 1 },
    ]) {
      for (const value of [[bad], { a: { b: bad } }, new Map([['a', bad]]), new Set([bad])]) {
        expect(() => travel(value), String(Object.prototype.toString.call(bad))).toThrow(CacheSerializationError)
      }
    }
    expect(() => travel({ f: () => 1 })).toThrow(/'key'.*function/)
  })

  it('takes instances of classes for what they hold, or say that they are', () => {
    class Point {
      constructor(readonly x: number) {}
    }
    class Told {
      readonly secret = () => 1
      toJSON() {
        return { told: true }
      }
    }
    expect(travel(new Point(1))).toEqual({ x: 1 })
    expect(travel(new Told())).toEqual({ told: true })
  })

  it('hands out copies, never windows on what came over the network', () => {
    const bytes = travel(new Uint8Array([1, 2, 3])) as Uint8Array
    const { view, buffer, floats } = travel({
      view: new Uint8Array([1, 2, 3]),
      buffer: Buffer.from('bytes'),
      floats: new Float64Array([1]),
    }) as Record<string, Uint8Array>
    for (const each of [bytes, view, buffer, floats]) expect(each!.buffer.byteLength).toBe(each!.byteLength)
  })

  it('answers damaged and hostile bytes with an error that names the key, soon', () => {
    const codec = codecOf('msgpack')
    const refuses = (bytes: ArrayLike<number>, number = 2) => {
      try {
        codec.decode('key', { codec: number, compressed: false, payload: Uint8Array.from(bytes) })
      } catch (error) {
        expect(error).toBeInstanceOf(CacheSerializationError)
        expect(error).toMatchObject({ key: 'key' })
      }
    }
    for (const type of [0xc6, 0xc9, 0xdb, 0xdd, 0xdf]) refuses([type, 0xff, 0xff, 0xff, 0xff])
    for (const type of [0x81, 0x91, 0xd4]) refuses(new Array(300_000).fill(type))
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat({ max: 15 }), refuses), { numRuns: 1000 })
    // What came before has left no mark.
    expect(travel({ a: [1, { b: 2 }] })).toEqual({ a: [1, { b: 2 }] })
  })

  it('reads what another choice of codec has written, and says what it lacks', () => {
    const reversed: Codec = {
      encode: (value) => new TextEncoder().encode([...String(value)].reverse().join('')),
      decode: (bytes) => [...new TextDecoder().decode(bytes)].reverse().join(''),
    }
    expect(travel('abc', reversed)).toBe('abc')
    const msgpack = codecOf('msgpack')
    const json = codecOf('json').encode('key', { a: 1 })
    expect(msgpack.decode('key', json)).toEqual({ a: 1 })
    const own = codecOf(reversed).encode('key', 'abc')
    expect(() => msgpack.decode('key', own)).toThrow(/codec of the id 15/)
    expect(() => msgpack.decode('key', { ...own, codec: 9 })).toThrow(CacheSerializationError)
  })

  it('turns whatever a codec of the user throws or answers into a CacheSerializationError', () => {
    const broken = { encode: () => 'no bytes', decode: () => undefined } as unknown as Codec
    expect(() => travel(1, broken)).toThrow(CacheSerializationError)
    const throwing: Codec = {
      encode: () => new Uint8Array(1),
      decode: () => {
        throw new Error('mine')
      },
    }
    expect(() => travel(1, throwing)).toThrow(CacheSerializationError)
    for (const bad of ['xml', {}, 5, null]) expect(() => codecOf(bad as never)).toThrow(CacheConfigError)
  })

  it('counts the bytes of what was encoded', () => {
    const codec = new ValueCodec({ codecs: ['msgpack'], maxBytes: 10 })
    expect(codec.encode('key', 'x'.repeat(10)).payload).toHaveLength(10)
    for (const value of ['x'.repeat(11), 'é'.repeat(6), new Uint8Array(11), ['x'.repeat(11)]]) {
      expect(() => codec.encode('key', value)).toThrow(CacheValueError)
    }
  })
})
