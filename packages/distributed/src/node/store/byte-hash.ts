/**
 * Bytes to 32 bits, seeded: a fast hash, and a strong one for when strangers choose keys that collide under the first.
 * Knows no table.
 */
import { murmur3Bytes } from '../../placement/hash.js'

export type ByteHash = (bytes: Uint8Array, start: number, length: number) => number

/** MurmurHash3: its collisions can be computed by whoever learns the seed, or has the patience to measure. */
export function fastByteHash(seed: number): ByteHash {
  return (bytes, start, length) => murmur3Bytes(bytes, seed, start, start + length) | 0
}

/**
 * HalfSipHash-1-3: a pseudo-random function, so nobody who lacks the two words of its key can choose bytes that collide
 * more often than chance.
 *
 * @see J.-P. Aumasson, D. J. Bernstein, "SipHash: a fast short-input PRF", INDOCRYPT 2012; HalfSipHash is its 32-bit
 * sibling in the authors' reference code
 */
export function strongByteHash(k0: number, k1: number): ByteHash {
  return (bytes, start, length) => {
    let v0 = k0
    let v1 = k1
    let v2 = 0x6c796765 ^ k0
    let v3 = 0x74656462 ^ k1
    // One round a word, three more at the end.
    const words = (length >> 2) + 1
    for (let word = 0; word < words + 3; word++) {
      let mixed = 0
      if (word < words - 1) {
        const at = start + 4 * word
        mixed = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
      } else if (word === words - 1) {
        // The last word carries the length, so that no run of bytes is another's padding.
        mixed = length << 24
        for (let at = 4 * word; at < length; at++) mixed |= bytes[start + at]! << (8 * (at & 3))
      } else if (word === words) v2 ^= 0xff
      v3 ^= mixed
      v0 = (v0 + v1) | 0
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0
      v0 = (v0 << 16) | (v0 >>> 16)
      v2 = (v2 + v3) | 0
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2
      v0 = (v0 + v3) | 0
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0
      v2 = (v2 + v1) | 0
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2
      v2 = (v2 << 16) | (v2 >>> 16)
      v0 ^= mixed
    }
    return v1 ^ v3
  }
}
