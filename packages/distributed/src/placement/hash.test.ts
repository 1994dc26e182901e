import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { finalise, murmur3, murmur3Bytes } from './hash.js'

const encoder = new TextEncoder()

describe('murmur3', () => {
  it.each<[number[], number, number]>([
    [[], 0, 0],
    [[], 1, 0x514e28b7],
    [[], 0xffffffff, 0x81f16f39],
    [[0xff, 0xff, 0xff, 0xff], 0, 0x76293b50],
    [[0x21, 0x43, 0x65, 0x87], 0, 0xf55b516b],
    [[0x21, 0x43, 0x65, 0x87], 0x5082edee, 0x2362f9de],
    [[0x21, 0x43, 0x65], 0, 0x7e4a8634],
    [[0x21, 0x43], 0, 0xa0f7b07a],
    [[0x21], 0, 0x72661cf4],
    [[0, 0, 0, 0], 0, 0x2362f9de],
    [[0, 0, 0], 0, 0x85f0b427],
    [[0, 0], 0, 0x30f4c306],
    [[0], 0, 0x514e28b7],
  ])('gives the published value of bytes %j under seed %i', (bytes, seed, hash) => {
    expect(murmur3Bytes(Uint8Array.from(bytes), seed)).toBe(hash)
  })

  it.each<[string, number]>([
    ['a', 0x7fa09ea6],
    ['aa', 0x5d211726],
    ['aaa', 0x283e0130],
    ['aaaa', 0x5a97808a],
    ['abc', 0xc84a62dd],
    ['Hello, world!', 0x24884cba],
    ['The quick brown fox jumps over the lazy dog', 0x2fa826cd],
    ['ππππππππ', 0xd58063c1],
  ])('gives the published value of the text %j', (text, hash) => {
    expect(murmur3(text, 0x9747b28c)).toBe(hash)
  })

  it('gives the same of many bytes wherever they begin, and of the text that they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 200, maxLength: 600 }), fc.nat(7), fc.integer(), (bytes, shift, seed) => {
        const moved = new Uint8Array(bytes.length + shift)
        moved.set(bytes, shift)
        const text = String.fromCharCode(...bytes.map((byte) => byte & 0x7f))
        const ascii = encoder.encode(text)
        expect(murmur3Bytes(moved, seed, shift)).toBe(murmur3Bytes(bytes, seed))
        expect(murmur3Bytes(ascii, seed)).toBe(murmur3(text, seed))
      }),
    )
  })

  it('hashes text as the UTF-8 bytes that TextEncoder gives, lone surrogates included', () => {
    const units = fc.array(
      fc.oneof(
        fc.integer({ min: 0, max: 0x7f }),
        fc.integer({ min: 0x80, max: 0x7ff }),
        fc.integer({ min: 0xd800, max: 0xdfff }),
        fc.integer({ min: 0, max: 0xffff }),
      ),
      { maxLength: 40 },
    )
    fc.assert(
      fc.property(units, fc.integer(), (codes, seed) => {
        const text = String.fromCharCode(...codes)
        expect(murmur3(text, seed)).toBe(murmur3Bytes(encoder.encode(text), seed))
      }),
      { numRuns: 3000 },
    )
  })

  it('hashes a range as if it stood alone', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20 }), fc.nat(20), fc.nat(20), fc.integer(), (bytes, a, b, seed) => {
        const start = Math.min(a, b, bytes.length)
        const end = Math.min(Math.max(a, b), bytes.length)
        expect(murmur3Bytes(bytes, seed, start, end)).toBe(murmur3Bytes(bytes.slice(start, end), seed))
      }),
    )
  })

  it('finalises distinct inputs to distinct outputs', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), (a, b) => {
        expect(finalise(a) === finalise(b)).toBe(a === b)
      }),
    )
  })
})
