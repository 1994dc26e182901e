/**
 * MurmurHash3 x86_32 (Austin Appleby, 2011; public domain), of bytes and of text. Text is hashed as its UTF-8 bytes
 * without making them, so the result is the same as hashing what `TextEncoder` gives. Knows no node and no key.
 *
 * Not for secrets and not against adversaries: it spreads keys and notices damage.
 */

const C1 = 0xcc9e2d51
const C2 = 0x1b873593

/**
 * Hashes the UTF-8 bytes of `text`: an unsigned 32-bit integer. A lone surrogate counts as U+FFFD, as in `TextEncoder`.
 * O(length); allocates nothing.
 */
export function murmur3(text: string, seed: number): number {
  const end = text.length
  let hash = seed | 0
  let at = 0
  // Four ASCII characters are one block; most keys never leave this loop.
  for (; at + 4 <= end; at += 4) {
    const a = text.charCodeAt(at)
    const b = text.charCodeAt(at + 1)
    const c = text.charCodeAt(at + 2)
    const d = text.charCodeAt(at + 3)
    if ((a | b | c | d) > 0x7f) break
    hash = mixBlock(hash, a | (b << 8) | (c << 16) | (d << 24))
  }
  let length = at
  let block = 0
  let filled = 0
  for (; at < end; at++) {
    const point = pointAt(text, at)
    if (point > 0xffff) at++
    const bits = point < 0x80 ? 8 : point < 0x800 ? 16 : point < 0x10000 ? 24 : 32
    const bytes = utf8(point)
    length += bits >>> 3
    block |= bytes << filled
    if (filled + bits < 32) {
      filled += bits
    } else {
      hash = mixBlock(hash, block)
      // A shift by 32 is a shift by 0 in JavaScript: an aligned character leaves nothing over.
      block = filled === 0 ? 0 : bytes >>> (32 - filled)
      filled += bits - 32
    }
  }
  if (filled > 0) hash ^= scramble(block)
  return finalise(hash ^ length)
}

/** Hashes `bytes` from `start` up to `end` (defaults: all of them): an unsigned 32-bit integer. O(length). */
export function murmur3Bytes(bytes: Uint8Array, seed: number, start = 0, end: number = bytes.length): number {
  let hash = seed | 0
  let at = start
  for (; at + 4 <= end; at += 4) {
    hash = mixBlock(hash, bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24))
  }
  let block = 0
  for (let shift = 0; at < end; at++, shift += 8) block |= bytes[at]! << shift
  // An empty or all-zero rest scrambles to 0, so it needs no case of its own.
  hash ^= scramble(block)
  return finalise(hash ^ (end - start))
}

/** MurmurHash3's finaliser: a bijection of 32 bits in which each input bit flips each output bit with odds near 1/2. */
export function finalise(hash: number): number {
  hash ^= hash >>> 16
  hash = Math.imul(hash, 0x85ebca6b)
  hash ^= hash >>> 13
  hash = Math.imul(hash, 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

function scramble(block: number): number {
  block = Math.imul(block, C1)
  block = (block << 15) | (block >>> 17)
  return Math.imul(block, C2)
}

function mixBlock(hash: number, block: number): number {
  hash ^= scramble(block)
  hash = (hash << 13) | (hash >>> 19)
  return (Math.imul(hash, 5) + 0xe6546b64) | 0
}

/** The code point at `at`, a lone surrogate read as U+FFFD. */
function pointAt(text: string, at: number): number {
  const point = text.codePointAt(at)!
  return point >= 0xd800 && point <= 0xdfff ? 0xfffd : point
}

/** The UTF-8 bytes of one code point, the first in the lowest byte. */
function utf8(point: number): number {
  if (point < 0x80) return point
  if (point < 0x800) return 0xc0 | (point >>> 6) | (tail(point) << 8)
  if (point < 0x10000) return 0xe0 | (point >>> 12) | (tail(point >>> 6) << 8) | (tail(point) << 16)
  return 0xf0 | (point >>> 18) | (tail(point >>> 12) << 8) | (tail(point >>> 6) << 16) | (tail(point) << 24)
}

function tail(point: number): number {
  return 0x80 | (point & 0x3f)
}
