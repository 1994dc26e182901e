import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BYTES, FrameReader, FrameWriter } from './frames.js'

interface Said {
  readonly kind: number
  readonly client: number
  readonly bytes: Uint8Array
}

/** What is heard, bytes of one client that come one behind the other joined. */
function heard(pieces: readonly Uint8Array[]): Said[] {
  const all: Said[] = []
  const reader = new FrameReader({
    bytes(client, bytes) {
      const last = all.at(-1)
      if (last?.kind === BYTES && last.client === client) {
        all[all.length - 1] = { ...last, bytes: Uint8Array.from([...last.bytes, ...bytes]) }
      } else all.push({ kind: BYTES, client, bytes: Uint8Array.from(bytes) })
    },
    said: (kind, client, bytes) => all.push({ kind, client, bytes: Uint8Array.from(bytes) }),
  })
  for (const piece of pieces) reader.read(piece)
  return all
}

describe('frames', () => {
  it('law: are read as they were written, however the stream is cut', () => {
    const frame = fc.record({
      kind: fc.integer({ min: 1, max: 9 }),
      client: fc.nat(2 ** 32 - 1),
      bytes: fc.uint8Array(),
    })
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 8 }), fc.array(fc.nat(200), { maxLength: 10 }), (frames, lengths) => {
        const writer = new FrameWriter()
        for (const { kind, client, bytes } of frames) writer.write(kind, client, bytes)
        const stream = writer.take()
        expect(writer.length).toBe(0)
        const pieces: Uint8Array[] = []
        let at = 0
        for (const length of [...lengths, stream.length]) {
          pieces.push(stream.subarray(at, at + length))
          at += length
        }
        expect(heard(pieces)).toEqual(heard([stream]))
        const others = frames.filter(({ kind }) => kind !== BYTES)
        expect(heard(pieces).filter(({ kind }) => kind !== BYTES)).toEqual(others)
        const bytesOf = (said: readonly Said[]) => said.flatMap(({ kind, bytes }) => (kind === BYTES ? [...bytes] : []))
        expect(bytesOf(heard(pieces))).toEqual(bytesOf(frames))
      }),
    )
  })

  it('grow with what is gathered, and let it go', () => {
    const writer = new FrameWriter()
    for (let i = 0; i < 40; i++) writer.write(BYTES, i, new Uint8Array(100_000).fill(i))
    writer.writeNumber(5, 7, 4_000_000_000)
    const all = heard([writer.take()])
    expect(all.map(({ client, bytes }) => [client, bytes.length, bytes[0]]).slice(0, 2)).toEqual([
      [0, 100_000, 0],
      [1, 100_000, 1],
    ])
    expect(Buffer.from(all.at(-1)!.bytes).readUInt32BE()).toBe(4_000_000_000)
  })
})
