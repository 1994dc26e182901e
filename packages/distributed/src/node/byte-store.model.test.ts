/** A store of bytes beside a Map, under everything at once: lengths of all kinds, deadlines, eviction, cleaning. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ByteStore } from './byte-store.js'
import { Residents } from './residents.js'

const T0 = 1_700_000_000_000
const NEVER = Number.POSITIVE_INFINITY
const KEYS = 60

/** A key that tells its number, some of them long. */
function keyOf(number: number): Uint8Array {
  return new TextEncoder().encode(`${number}${number % 7 === 0 ? 'k'.repeat(number * 30) : ''}`)
}

/** Bytes that tell where they were cut and whose they are. */
function seeded(length: number, seed: number): Uint8Array {
  const value = new Uint8Array(length)
  for (let i = 0; i < length; i++) value[i] = (seed + i * 7) & 0xff
  return value
}

const length = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 60 }) },
  { weight: 3, arbitrary: fc.integer({ min: 60, max: 700 }) },
  { weight: 1, arbitrary: fc.integer({ min: 700, max: 6000 }) },
)
const key = fc.integer({ min: 0, max: KEYS - 1 })
const ttl = fc.constantFrom(50, 700, 70_000, NEVER, NEVER, NEVER)
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('set' as const), key, length, ttl }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('set-all' as const), keys: fc.array(key, { maxLength: 5 }), length }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('get' as const, 'delete' as const), key }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('move' as const), key, ttl }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('sweep' as const), ms: fc.integer({ min: 0, max: 900 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom('watch' as const, 'scan' as const, 'random' as const), key }),
  },
)

describe('a ByteStore under everything at once', () => {
  it.each([
    ['unbounded', {}],
    ['by memory, in segments of 1 KB', { maxMemory: 90_000 }],
    ['by memory and LFU', { maxMemory: 60_000, evictionPolicy: 'lfu' as const }],
    ['by memory and W-TinyLFU', { maxMemory: 60_000, evictionPolicy: 'w-tinylfu' as const }],
    ['by count', { maxSize: 25 }],
  ])('is a map that forgets, bounded %s', (_, bounds) => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 100, maxLength: 300, size: 'max' }), (steps) => {
        const store = new ByteStore(bounds, T0)
        const model = new Map<number, { value: Uint8Array; expiresAt: number }>()
        const watcher = { changed: false }
        let watched = -1
        let now = T0
        const same = (found: Uint8Array | undefined, number: number) => {
          const wanted = model.get(number)?.value
          expect(found === undefined ? undefined : Buffer.compare(found, wanted ?? new Uint8Array(0))).toBe(
            wanted === undefined ? undefined : 0,
          )
        }
        for (const [turn, s] of steps.entries()) {
          for (const [number, entry] of model) if (entry.expiresAt <= now) model.delete(number)
          const { evictions } = store
          const touched = new Set<number>()
          if (s.do === 'set') {
            const value = seeded(s.length, turn)
            expect(store.set(keyOf(s.key), value, now + s.ttl, now)).toBe('stored')
            model.set(s.key, { value, expiresAt: now + s.ttl })
            touched.add(s.key)
          } else if (s.do === 'set-all') {
            const writes = s.keys.map((number, i) => ({ number, value: seeded(s.length, turn + i) }))
            const verdict = store.setAll(
              writes.map(({ number, value }) => ({ key: keyOf(number), value, expiresAt: NEVER })),
              now,
            )
            if (verdict === 'stored') {
              for (const { number, value } of writes) {
                model.set(number, { value, expiresAt: NEVER })
                touched.add(number)
              }
            }
          } else if (s.do === 'get') same(store.get(keyOf(s.key), now), s.key)
          else if (s.do === 'delete') {
            const held = model.delete(s.key)
            if (held) touched.add(s.key)
            expect(store.delete(keyOf(s.key), now)).toBe(held)
          } else if (s.do === 'move') {
            const entry = model.get(s.key)
            expect(store.setExpiry(keyOf(s.key), now + s.ttl, now)).toBe(entry !== undefined)
            if (entry !== undefined) {
              entry.expiresAt = now + s.ttl
              touched.add(s.key)
            }
          } else if (s.do === 'sweep') {
            now += s.ms
            store.sweep(now, 5)
          } else if (s.do === 'watch') {
            if (watched >= 0) store.watches.unwatch(`${watched}`, watcher)
            // Only those whose names are short.
            watched = s.key % 7 === 0 ? 1 : s.key
            watcher.changed = false
            store.watches.watch(`${watched}`, watcher)
          } else if (s.do === 'scan') {
            const seen = new Set<string>()
            store.scan(0, NEVER, now, (found) => seen.add(Buffer.from(found).toString()))
            expect(seen.size).toBe(model.size)
            for (const number of model.keys()) expect(seen.has(Buffer.from(keyOf(number)).toString())).toBe(true)
          } else expect(store.randomKey(now) === undefined).toBe(model.size === 0)

          const left = store.evictions - evictions
          if (left > 0) {
            // Only the store knows who has left; as many as it says.
            const gone = [...model.keys()].filter((number) => !store.has(keyOf(number), now))
            const expired = gone.filter((number) => model.get(number)!.expiresAt <= now).length
            expect(gone.length - expired).toBeLessThanOrEqual(left)
            for (const number of gone) {
              model.delete(number)
              touched.add(number)
            }
          }
          if (touched.has(watched)) expect(watcher.changed).toBe(true)
          if ('maxMemory' in bounds) expect(store.memory).toBeLessThanOrEqual(bounds.maxMemory)
        }
        for (const [number, entry] of model) if (entry.expiresAt <= now) model.delete(number)
        for (let number = 0; number < KEYS; number++) same(store.peek(keyOf(number), now), number)
      }),
      { numRuns: 25 },
    )
  })

  it('is cleaned while it is written to, and loses nothing by it', () => {
    const residents = new Residents({ maxMemory: 2 ** 20 }, T0)
    const model = new Map<number, Uint8Array>()
    let drawn = 1
    for (let turn = 0; turn < 30_000; turn++) {
      drawn = (Math.imul(drawn, 1664525) + 1013904223) | 0
      const number = (drawn >>> 8) % 3000
      const name = new TextEncoder().encode(`key${number}`)
      const value = seeded((drawn >>> 4) % 200, turn)
      residents.put(name, 0, name.length, value, 0, value.length, NEVER, T0)
      model.set(number, value)
    }
    const { entries } = residents
    expect(entries.records.cleaner.moved).toBeGreaterThan(1000)
    expect(residents.evictions).toBe(0)
    for (const [number, value] of model) {
      const name = new TextEncoder().encode(`key${number}`)
      const slot = entries.find(entries.hashOf(name, 0, name.length), name, 0, name.length)
      expect(Buffer.compare(entries.records.valueOf(slot), value)).toBe(0)
    }
  })
})
