/**
 * Text of one byte a character, Latin-1: what most texts are. It is read and written several times as fast as UTF-8, for there is
 * nothing to be checked: every byte is a character.
 */

/** Memory of this size at most is remembered: one more, and a large value would be kept alive. */
const SMALL = 65_536

/** The memory that was read last, which is mostly the one into which sockets are read. */
let last: Buffer = Buffer.alloc(0)

export function isAscii(text: string): boolean {
  return Buffer.byteLength(text) === text.length
}

/** @param text - of characters up to U+00FF */
export function latin1Bytes(text: string): Uint8Array {
  return Buffer.from(text, 'latin1')
}

export function latin1At(bytes: Uint8Array, start: number, end: number): string {
  const { byteOffset } = bytes
  return bufferOf(bytes.buffer).toString('latin1', byteOffset + start, byteOffset + end)
}

function bufferOf(memory: ArrayBufferLike): Buffer {
  if (last.buffer === memory) return last
  const buffer = Buffer.from(memory)
  if (memory.byteLength <= SMALL) last = buffer
  return buffer
}
