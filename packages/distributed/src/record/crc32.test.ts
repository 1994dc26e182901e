import zlib from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { crc32, crc32ByTable } from './crc32.js'

const encoder = new TextEncoder()

/** Bit by bit, as the polynomial says. */
function slowly(bytes: Uint8Array, seed: number): number {
  let rest = ~seed >>> 0
  for (const byte of bytes) {
    rest ^= byte
    for (let bit = 0; bit < 8; bit++) rest = ((rest >>> 1) ^ (rest & 1 ? 0xedb88320 : 0)) >>> 0
  }
  return ~rest >>> 0
}

const seed = fc.nat(0xffffffff)

describe('crc32', () => {
  it.each<[string, number]>([
    ['', 0],
    ['a', 0xe8b7be43],
    ['123456789', 0xcbf43926],
    ['The quick brown fox jumps over the lazy dog', 0x414fa339],
  ])('gives the published value of %j', (text, sum) => {
    const bytes = encoder.encode(text)
    expect(crc32(bytes, 0, 0, bytes.length)).toBe(sum)
  })

  it('gives what the polynomial says of any part of any bytes, by table and by the runtime', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 1000, size: 'max' }),
        fc.nat(20),
        fc.nat(20),
        seed,
        (bytes, from, less, seed) => {
          const start = Math.min(from, bytes.length)
          const end = Math.max(start, bytes.length - less)
          const sum = slowly(bytes.subarray(start, end), seed)
          expect(crc32(bytes, seed, start, end)).toBe(sum)
          expect(crc32ByTable(bytes, seed, start, end)).toBe(sum)
          // Of none at all it gives 0, whatever the seed.
          if (zlib.crc32 !== undefined && end > start) expect(zlib.crc32(bytes.subarray(start, end), seed)).toBe(sum)
        },
      ),
    )
  })

  it('goes on from what came before', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 900, size: 'max' }), fc.nat(900), seed, (bytes, at, seed) => {
        const cut = Math.min(at, bytes.length)
        const { length } = bytes
        expect(crc32(bytes, crc32(bytes, seed, 0, cut), cut, length)).toBe(crc32(bytes, seed, 0, length))
      }),
    )
  })
})
