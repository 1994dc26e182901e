import { deflateRawSync } from 'node:zlib'
import { CacheConfigError, CacheSerializationError } from '@mtaio/exceptions'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CompressionOptions } from './compression.js'
import { decompress } from './compression.js'
import { type Encoded, ValueCodec } from './value-codec.js'

const MAX = 1_000_000
const codecOf = (compression?: CompressionOptions) =>
  new ValueCodec({ codecs: ['msgpack'], maxBytes: MAX, compression })
const reader = codecOf()

async function shrunk(value: unknown, options: CompressionOptions = {}): Promise<Encoded> {
  const codec = codecOf(options)
  const encoded = codec.encode('key', value)
  return (await codec.shrink('place', encoded)) ?? encoded
}

const compressible = (length: number) => Array.from({ length }, (_, id) => ({ id, name: 'somebody', tags: ['a', 'b'] }))

describe('compression', () => {
  it('a reader without any setting reads what either algorithm wrote', async () => {
    const value = compressible(500)
    for (const algorithm of ['deflate', 'brotli'] as const) {
      const encoded = await shrunk(value, { algorithm })
      expect(encoded.compressed).toBe(true)
      expect(encoded.payload.length).toBeLessThan(reader.encode('key', value).payload.length / 2)
      expect(await reader.decode('key', encoded)).toEqual(value)
    }
  })

  it('leaves alone what is small, and what would not become smaller', async () => {
    expect(codecOf({}).shrink('place', reader.encode('key', 'x'.repeat(1023)))).toBeUndefined()
    const noise = Uint8Array.from({ length: 5000 }, (_, i) => (i * 2654435761) >>> 13)
    expect((await shrunk(crypto.getRandomValues(noise))).compressed).toBe(false)
    expect((await shrunk('x'.repeat(40), { threshold: 10 })).compressed).toBe(true)
  })

  it('law: bytes come back', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 3000 }), async (bytes) => {
        const doubled = Uint8Array.from([...bytes, ...bytes])
        expect(await reader.decode('key', await shrunk(doubled, { threshold: 1 }))).toEqual(doubled)
      }),
      { numRuns: 50 },
    )
  })

  it('does not unfold more than a value may have, whatever the bytes say of it', async () => {
    const body = deflateRawSync(new Uint8Array(100_000_000))
    expect(body.length).toBeLessThan(200_000)
    const claiming = (length: number) => {
      const bomb = Buffer.alloc(5 + body.length)
      bomb[0] = 1
      bomb.writeUInt32BE(length, 1)
      bomb.set(body, 5)
      return { codec: 0, compressed: true, payload: bomb }
    }
    for (const length of [0, 10, MAX, MAX + 1, 100_000_000, 2 ** 32 - 1]) {
      const error = await Promise.resolve(reader.decode('key', claiming(length))).catch((reason: unknown) => reason)
      expect(error).toBeInstanceOf(CacheSerializationError)
      expect(error).toMatchObject({ key: 'key' })
    }
  })

  it('law: damaged bytes are refused, and other than the value never come out of wrong lengths', async () => {
    const { payload } = await shrunk(compressible(30), { threshold: 1 })
    await fc.assert(
      fc.asyncProperty(fc.nat(payload.length - 1), fc.nat(255), async (at, to) => {
        const bytes = payload.slice()
        bytes[at] = to
        const outcome = await decompress(bytes, MAX).catch((error: unknown) => error)
        expect(outcome instanceof Error || outcome instanceof Uint8Array).toBe(true)
      }),
      { numRuns: 200 },
    )
    await expect(decompress(payload.subarray(0, 4), MAX)).rejects.toThrow(/cut short/)
    await expect(decompress(Uint8Array.of(9, 0, 0, 0, 1, 1), MAX)).rejects.toThrow(/algorithm 9.*upgrade/)
  })

  it('refuses settings that are out of range, by name', () => {
    for (const bad of [
      { algorithm: 'zip' },
      { threshold: 0 },
      { level: 0 },
      { algorithm: 'brotli', level: 12 },
      { size: 1 },
    ]) {
      expect(() => codecOf(bad as never), JSON.stringify(bad)).toThrow(CacheConfigError)
    }
  })
})
