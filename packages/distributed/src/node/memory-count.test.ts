import { describe, expect, it } from 'vitest'
import { ByteStore } from './byte-store.js'

const T0 = 1_700_000_000_000
/** As many as policy and wheel have room for when they have just been doubled and are full. */
const FULL = 65_536

/** Bytes of columns that no slot has been written to: the system gives what is touched. */
function untouched(store: ByteStore): number {
  const columns: object = Reflect.get(store, 'residents').entries.columns
  const arrays = Object.values(columns).filter((each): each is Int32Array => ArrayBuffer.isView(each))
  return arrays.reduce((bytes, each) => bytes + (each.length - FULL) * each.BYTES_PER_ELEMENT, 0)
}

/** Bytes of all buffers that can be reached from there, each counted once. */
function buffersOf(root: object): number {
  const seen = new Set<object>([root])
  let bytes = 0
  for (const each of seen) {
    if (each instanceof ArrayBuffer) bytes += each.byteLength
    const next = ArrayBuffer.isView(each) ? [each.buffer] : Object.values(each)
    for (const value of next) if (typeof value === 'object' && value !== null) seen.add(value)
  }
  return bytes
}

describe('what a store counts', () => {
  it.each(['lru', 'fifo', 'lfu', 'sieve', 's3-fifo', 'w-tinylfu', 'adaptive'] as const)(
    'is the sum of its buffers, beyond those of an empty one (%s)',
    (evictionPolicy) => {
      // Ghosts and sketches are counted as they are once entries leave.
      const tolerated = ['s3-fifo', 'w-tinylfu', 'adaptive'].includes(evictionPolicy) ? 0.13 : 0.06
      for (const [ttl, length] of [
        [Number.POSITIVE_INFINITY, 20],
        [60_000, 200],
        [60_000, 3000],
      ] as const) {
        const options = { evictionPolicy, maxMemory: 2 ** 30 }
        const store = new ByteStore(options, T0)
        const empty = buffersOf(store)
        const value = new Uint8Array(length)
        for (let i = 0; i < FULL; i++) store.set(new TextEncoder().encode(`key${i}`), value, T0 + ttl, T0)
        const buffers = buffersOf(store) - empty - untouched(store)
        // And an eighth of what is no record, for what it has outgrown.
        const grown = buffers + (buffers - FULL * (length + 20)) / 8
        expect(Math.abs(store.memory / grown - 1)).toBeLessThan(tolerated)
        store.clear()
        expect(store.memory).toBe(0)
        expect(buffersOf(store)).toBe(empty)
      }
    },
  )

  it('counts what is too long for a segment', () => {
    const store = new ByteStore({}, T0)
    const empty = buffersOf(store)
    for (let i = 0; i < 20; i++) store.set(Uint8Array.of(i), new Uint8Array(300_000 + i), Number.POSITIVE_INFINITY, T0)
    expect(Math.abs(store.memory / (buffersOf(store) - empty) - 1)).toBeLessThan(0.01)
    for (let i = 0; i < 20; i++) store.delete(Uint8Array.of(i), T0)
    expect(store.memory).toBeLessThan(1000)
  })
})
