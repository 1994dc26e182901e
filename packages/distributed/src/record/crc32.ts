/**
 * CRC-32 (as in zip, PNG and Ethernet; reflected, 0xedb88320) of bytes, begun from a seed. What is longer than a short call is worth
 * goes to the one of `node:zlib`, which is several times faster and came with Node 20.15; both give the same. Not against adversaries:
 * it notices damage.
 */
import zlib from 'node:zlib'

/** From so many bytes on, a call into the runtime costs less than it saves. */
const LONG = 384
/** Bytes that one step takes, with a table for each place. */
const STEP = 8
const TABLE = tables()
const native: ((bytes: Uint8Array, seed: number) => number) | undefined = zlib.crc32

/**
 * An unsigned 32-bit integer, of `bytes` from `start` up to `end`. Different seeds never give the same for the same bytes, and neither
 * do bytes that differ within 32 neighbouring bits alone, under one seed. O(length).
 *
 * @param seed - where it begins: 0 is the plain CRC-32, and what it gives for some bytes goes on with those that follow
 */
export function crc32(bytes: Uint8Array, seed: number, start: number, end: number): number {
  if (end - start >= LONG && native !== undefined) return native(bytes.subarray(start, end), seed)
  return crc32ByTable(bytes, seed, start, end)
}

/** The same where the runtime has none, and for short ones. */
export function crc32ByTable(bytes: Uint8Array, seed: number, start: number, end: number): number {
  let rest = ~seed
  let at = start
  for (; at + STEP <= end; at += STEP) {
    rest ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
    rest =
      TABLE[1792 + (rest & 0xff)]! ^
      TABLE[1536 + ((rest >>> 8) & 0xff)]! ^
      TABLE[1280 + ((rest >>> 16) & 0xff)]! ^
      TABLE[1024 + (rest >>> 24)]! ^
      TABLE[768 + bytes[at + 4]!]! ^
      TABLE[512 + bytes[at + 5]!]! ^
      TABLE[256 + bytes[at + 6]!]! ^
      TABLE[bytes[at + 7]!]!
  }
  for (; at < end; at++) rest = TABLE[(rest ^ bytes[at]!) & 0xff]! ^ (rest >>> 8)
  return ~rest >>> 0
}

/** What each byte leaves, then what it leaves when one zero follows, when two follow, and so on. */
function tables(): Int32Array {
  const table = new Int32Array(256 * STEP)
  for (let byte = 0; byte < 256; byte++) {
    let rest = byte
    for (let bit = 0; bit < 8; bit++) rest = (rest >>> 1) ^ (rest & 1 ? 0xedb88320 : 0)
    table[byte] = rest
  }
  for (let i = 256; i < table.length; i++) {
    const before = table[i - 256]!
    table[i] = (before >>> 8) ^ table[before & 0xff]!
  }
  return table
}
