import { describe, expect, it } from 'vitest'
import { murmur3Bytes } from '../../placement/hash.js'
import { strongByteHash } from './byte-hash.js'
import { Entries } from './entries.js'
import { ENTRY } from './slot-columns.js'

const NONE = new Uint8Array(0)

function emptyEntries(hashSeed = 1) {
  let drawn = 12345
  return new Entries({
    hashSeed,
    drawBits: () => {
      drawn = Math.imul(drawn ^ (drawn >>> 13), 0x5bd1e995)
      return drawn
    },
    segmentBytes: 2 ** 16,
    beforeGrowth: () => {},
  })
}

function add(entries: Entries, key: Uint8Array): number {
  const slot = entries.columns.take()
  entries.add(slot, entries.hashOf(key, 0, key.length), ENTRY, key, 0, key.length, NONE, 0, 0)
  return slot
}

const find = (entries: Entries, key: Uint8Array) => entries.find(entries.hashOf(key, 0, key.length), key, 0, key.length)

/** As many keys as asked for of 8 bytes each that have one hash under that seed: each step of the hash is undone. */
function collidingKeys(count: number, seed: number): Uint8Array[] {
  const rotated = (word: number, by: number) => (word << by) | (word >>> (32 - by))
  const scrambled = (block: number) => Math.imul(rotated(Math.imul(block, 0xcc9e2d51), 15), 0x1b873593)
  const unscrambled = (word: number) =>
    Math.imul(rotated(Math.imul(word, inverse(0x1b873593)), 17), inverse(0xcc9e2d51))
  const target = 0x12345678
  return Array.from({ length: count }, (_, i) => {
    const first = Math.imul(i, 2654435761) | 0
    const after = (Math.imul(rotated(seed ^ scrambled(first), 13), 5) + 0xe6546b64) | 0
    const before = rotated(Math.imul((target - 0xe6546b64) | 0, inverse(5)), 19)
    return new Uint8Array(Int32Array.of(first, unscrambled(before ^ after)).buffer)
  })
}

/** What a word is to be multiplied by to get 1, by Newton's method. */
function inverse(word: number): number {
  let x = word
  for (let i = 0; i < 5; i++) x = Math.imul(x, 2 - Math.imul(word, x))
  return x
}

describe('Entries', () => {
  it('find every key when strangers choose keys that collide', () => {
    const keys = collidingKeys(3000, 1)
    expect(new Set(keys.map((key) => murmur3Bytes(key, 1))).size).toBe(1)
    const entries = emptyEntries()
    const slots = keys.map((key) => add(entries, key))
    expect(keys.map((key) => find(entries, key))).toEqual(slots)
    expect(new Set(keys.map((key) => entries.hashOf(key, 0, key.length))).size).toBeGreaterThan(2990)
    for (const slot of slots.slice(0, 1500)) entries.remove(slot)
    expect(keys.map((key) => find(entries, key))).toEqual(slots.map((slot, i) => (i < 1500 ? -1 : slot)))
  })

  it('give the memory of the index back when most keys leave', () => {
    const entries = emptyEntries()
    const slots = Array.from({ length: 20_000 }, (_, i) => add(entries, new Uint8Array(Int32Array.of(i, 7).buffer)))
    const most = entries.indexBytes
    expect(most).toBeGreaterThan(20_000 * 4)
    for (const slot of slots.slice(100)) entries.remove(slot)
    expect(entries.indexBytes).toBeLessThan(most / 4)
    for (let i = 0; i < 100; i++) expect(find(entries, new Uint8Array(Int32Array.of(i, 7).buffer))).toBe(slots[i])
  })

  it('are walked once each, in the order of their hashes, however many at a time', () => {
    const entries = emptyEntries()
    const slots = Array.from({ length: 3000 }, (_, i) => add(entries, new Uint8Array(Int32Array.of(i).buffer)))
    const seen: number[] = []
    let cursor = 0
    do {
      const before = seen.length
      cursor = entries.walk(cursor, 10, (slot) => seen.push(slot))
      if (cursor !== 0) expect(seen.length - before).toBeGreaterThanOrEqual(10)
      expect(seen.length - before).toBeLessThan(40)
    } while (cursor !== 0)
    expect([...seen].sort((a, b) => a - b)).toEqual(slots)
  })
})

describe('the strong hash', () => {
  it('depends on every byte, on the length and on the key', () => {
    const hash = strongByteHash(1, 2)
    const bytes = Uint8Array.from({ length: 11 }, (_, i) => i)
    const seen = new Set<number>()
    for (let length = 0; length <= bytes.length; length++) seen.add(hash(bytes, 0, length))
    for (let i = 0; i < bytes.length; i++) seen.add(hash(bytes.with(i, 200), 0, bytes.length))
    seen.add(strongByteHash(1, 3)(bytes, 0, bytes.length))
    expect(seen.size).toBe(12 + 11 + 1)
  })

  it('is HalfSipHash-1-3 of the bytes, wherever they lie', () => {
    const bytes = Uint8Array.from({ length: 20 }, (_, i) => i)
    expect(strongByteHash(5, 6)(bytes, 4, 9)).toBe(strongByteHash(5, 6)(bytes.slice(4, 13), 0, 9))
  })
})
