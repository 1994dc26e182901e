import { describe, expect, it } from 'vitest'
import { ByteStore } from './byte-store.js'

const T0 = 1_700_000_000_000
const NEVER = Number.POSITIVE_INFINITY
const nameOf = (number: number) => new TextEncoder().encode(`key${number}`)

function swept(store: ByteStore, now: number): void {
  while (store.sweep(now, 1000) > 0) {}
}

describe('a store that most entries have left', () => {
  it.each(['lru', 'lfu', 'w-tinylfu'] as const)(
    'gives its memory back and keeps the rest, deadlines and order among them (%s)',
    (evictionPolicy) => {
      const store = new ByteStore({ maxSize: 100_000, evictionPolicy }, T0)
      const count = 40_000
      for (let i = 0; i < count; i++) store.set(nameOf(i), nameOf(i), i % 2 === 0 ? NEVER : T0 + 60_000 + i, T0)
      const full = store.memory
      const kept = Array.from({ length: 300 }, (_, i) => count - 1 - i * 101)
      const isKept = new Set(kept)
      for (let i = 0; i < count; i++) if (!isKept.has(i)) store.delete(nameOf(i), T0)
      swept(store, T0 + 1000)
      // Beside what is kept by slot, a store keeps the segments that it writes to.
      expect(store.memory).toBeLessThan(0.7 * full)
      for (const i of kept) expect(store.peek(nameOf(i), T0 + 1000)).toEqual(nameOf(i))
      expect(store.expiring).toBe(kept.filter((i) => i % 2 === 1).length)
      swept(store, T0 + 1_000_000)
      expect(store.size).toBe(kept.filter((i) => i % 2 === 0).length)
      for (const i of kept) expect(store.has(nameOf(i), T0)).toBe(i % 2 === 0)
      for (let i = 0; i < 5000; i++) store.set(nameOf(-i), nameOf(i), NEVER, T0 + 1_000_000)
      for (let i = 1; i < 5000; i++) expect(store.get(nameOf(-i), T0 + 1_000_000)).toEqual(nameOf(i))
    },
  )

  it('evicts the least recently used first, wherever it lies now', () => {
    const store = new ByteStore({ maxSize: 20_000 }, T0)
    for (let i = 0; i < 20_000; i++) store.set(nameOf(i), nameOf(i), NEVER, T0)
    for (let i = 0; i < 20_000; i++) if (i % 200 !== 7) store.delete(nameOf(i), T0)
    swept(store, T0)
    store.get(nameOf(7), T0)
    for (let i = 0; i < 20_000 - 99; i++) store.set(nameOf(-1 - i), nameOf(i), NEVER, T0)
    // One too many: the eldest but 7 has gone.
    expect(store.has(nameOf(7), T0)).toBe(true)
    expect(store.has(nameOf(207), T0)).toBe(false)
    expect(store.has(nameOf(407), T0)).toBe(true)
  })

  it('goes on while entries come, and stays where there is no room to shrink into', () => {
    const store = new ByteStore({}, T0)
    for (let i = 0; i < 20_000; i++) store.set(nameOf(i), nameOf(i), NEVER, T0)
    for (let i = 0; i < 17_000; i++) store.delete(nameOf(i), T0)
    store.sweep(T0, 500)
    for (let i = 0; i < 17_000; i++) {
      store.set(nameOf(i), nameOf(i), NEVER, T0)
      if (i % 100 === 0) store.sweep(T0, 50)
    }
    for (let i = 0; i < 20_000; i++) expect(store.has(nameOf(i), T0)).toBe(true)
  })
})
