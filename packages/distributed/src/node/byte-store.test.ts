import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ByteStore } from './byte-store.js'
import { isRegister } from './register-bytes.js'

const T0 = 1_700_000_000_000
const NEVER = Number.POSITIVE_INFINITY
const bytes = (text: string) => new TextEncoder().encode(text)
const text = (value: Uint8Array | undefined) => (value === undefined ? undefined : new TextDecoder().decode(value))

/** An envelope's first 24 bytes and 4 more: a tombstone with expiry 0. */
function register(seed: number): Uint8Array {
  const value = new Uint8Array(28).fill(seed, 2, 16)
  value[0] = 1
  value[1] = 1
  return value
}

describe('ByteStore', () => {
  it('keeps copies of keys and values', () => {
    const store = new ByteStore({}, T0)
    const key = bytes('key')
    const value = bytes('value')
    store.set(key, value, NEVER, T0)
    key.fill(0)
    value.fill(0)
    expect(text(store.get(bytes('key'), T0))).toBe('value')
  })

  it('tells keys apart by their bytes, whatever they encode', () => {
    const store = new ByteStore({}, T0)
    const keys = [[], [0], [0, 0], [255], [0xc3, 0xa9], [0xe9], [0xc3]].map((key) => Uint8Array.from(key))
    keys.forEach((key, i) => {
      store.set(key, Uint8Array.of(i), NEVER, T0)
    })
    expect(keys.map((key) => store.get(key, T0)?.[0])).toEqual([0, 1, 2, 3, 4, 5, 6])
    const seen: number[][] = []
    store.scan(0, 100, T0, (key) => seen.push([...key]))
    expect(seen.sort()).toEqual(keys.map((key) => [...key]).sort())
  })

  it('expires at the very millisecond, without a sweep', () => {
    const store = new ByteStore({}, T0)
    store.set(bytes('a'), bytes('1'), T0 + 100, T0)
    expect(text(store.get(bytes('a'), T0 + 99))).toBe('1')
    expect(store.get(bytes('a'), T0 + 100)).toBeUndefined()
    expect(store.size).toBe(0)
    expect(store.expirations).toBe(1)
  })

  it('sweeps what is due, at most as much as it is told', () => {
    const store = new ByteStore({}, T0)
    for (let i = 0; i < 100; i++) store.set(bytes(`k${i}`), bytes('v'), T0 + (i < 60 ? 1000 : 1_000_000), T0)
    expect(store.sweep(T0 + 5000, 25)).toBe(25)
    expect(store.size).toBe(75)
    store.sweep(T0 + 5000, 1000)
    expect(store.size).toBe(40)
  })

  it('is a map with deadlines, whatever is done to it', () => {
    const key = fc.integer({ min: 0, max: 7 }).map((n) => `key${n}`)
    const ttl = fc.constantFrom(1, 50, 400, 70_000, NEVER)
    const step = fc.oneof(
      fc.record({ do: fc.constant('set' as const), key, value: fc.string({ maxLength: 8 }), ttl }),
      fc.record({ do: fc.constantFrom('get' as const, 'delete' as const, 'expiry' as const), key }),
      fc.record({ do: fc.constant('move' as const), key, ttl }),
      fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 600 }) }),
      fc.record({ do: fc.constant('sweep' as const), limit: fc.integer({ min: 1, max: 4 }) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const store = new ByteStore({}, T0)
        const model = new Map<string, { value: string; expiresAt: number }>()
        let now = T0
        for (const s of steps) {
          for (const [name, entry] of model) if (entry.expiresAt <= now) model.delete(name)
          if (s.do === 'set') {
            expect(store.set(bytes(s.key), bytes(s.value), now + s.ttl, now)).toBe('stored')
            model.set(s.key, { value: s.value, expiresAt: now + s.ttl })
          } else if (s.do === 'get') expect(text(store.get(bytes(s.key), now))).toBe(model.get(s.key)?.value)
          else if (s.do === 'delete') expect(store.delete(bytes(s.key), now)).toBe(model.delete(s.key))
          else if (s.do === 'expiry') expect(store.expiryOf(bytes(s.key), now)).toBe(model.get(s.key)?.expiresAt)
          else if (s.do === 'move') {
            const entry = model.get(s.key)
            expect(store.setExpiry(bytes(s.key), now + s.ttl, now)).toBe(entry !== undefined)
            if (entry !== undefined) entry.expiresAt = now + s.ttl
          } else if (s.do === 'wait') now += s.ms
          else if (s.do === 'sweep') store.sweep(now, s.limit)
        }
        const live = [...model].filter(([, entry]) => entry.expiresAt > now)
        const shown: string[] = []
        store.scan(0, 1000, now, (found) => shown.push(text(found)!))
        expect(shown.sort()).toEqual(live.map(([name]) => name).sort())
        for (const [name] of live) store.delete(bytes(name), now)
        store.sweep(now + 10_000_000, 1000)
        expect(store.size).toBe(0)
      }),
    )
  })

  it.each(['lru', 'fifo', 'lfu'] as const)('evicts what a list ordered by %s would', (evictionPolicy) => {
    const step = fc.record({ write: fc.boolean(), key: fc.integer({ min: 0, max: 9 }) })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.array(step, { maxLength: 80 }), (maxSize, steps) => {
        const store = new ByteStore({ maxSize, evictionPolicy }, T0)
        let turn = 0
        const model = new Map<number, { uses: number; used: number; made: number }>()
        const badness = (e: { uses: number; used: number; made: number }) =>
          evictionPolicy === 'lru' ? e.used : evictionPolicy === 'fifo' ? e.made : e.uses * 1e6 + e.used
        for (const { write, key } of steps) {
          turn++
          const standing = model.get(key)
          if (write) store.set(bytes(`${key}`), bytes('v'), NEVER, T0)
          else expect(store.get(bytes(`${key}`), T0) !== undefined).toBe(standing !== undefined)
          if (standing !== undefined) {
            standing.uses++
            standing.used = turn
          } else if (write) {
            if (model.size === maxSize) {
              const [victim] = [...model].sort(([, a], [, b]) => badness(a) - badness(b))[0]!
              model.delete(victim)
            }
            model.set(key, { uses: 1, used: turn, made: turn })
          }
          expect(store.size).toBe(model.size)
        }
        for (let key = 0; key < 10; key++) expect(store.has(bytes(`${key}`), T0)).toBe(model.has(key))
      }),
    )
  })

  it('never holds more memory than allowed, and refuses only what could not fit alone', () => {
    const step = fc.record({ key: fc.integer({ min: 0, max: 40 }), length: fc.integer({ min: 0, max: 9000 }) })
    const policy = fc.constantFrom('lru' as const, 'fifo' as const, 'lfu' as const)
    fc.assert(
      fc.property(policy, fc.array(step, { maxLength: 80 }), (evictionPolicy, steps) => {
        const maxMemory = 24_000
        const store = new ByteStore({ maxMemory, evictionPolicy }, T0)
        for (const { key, length } of steps) {
          const verdict = store.set(bytes(`${key}`), new Uint8Array(length), NEVER, T0)
          if (length < 8000) expect(verdict).toBe('stored')
          if (verdict === 'stored') expect(store.peek(bytes(`${key}`), T0)?.length).toBe(length)
          expect(store.memory).toBeLessThanOrEqual(maxMemory)
        }
        expect(store.set(bytes('a'), new Uint8Array(maxMemory), NEVER, T0)).toBe('too-large')
      }),
    )
  })

  it('shows in a scan all that was there throughout, whatever comes and goes meanwhile', () => {
    const churn = fc.array(fc.record({ add: fc.boolean(), key: fc.integer({ min: 0, max: 30 }) }), { maxLength: 10 })
    fc.assert(
      fc.property(fc.array(churn, { minLength: 1, maxLength: 20 }), fc.integer({ min: 1, max: 9 }), (churns, count) => {
        const store = new ByteStore({}, T0)
        const lasting = Array.from({ length: 20 }, (_, i) => `lasting${i}`)
        for (const [i, name] of lasting.entries()) {
          store.set(bytes(`x${i}`), bytes('v'), NEVER, T0)
          store.set(bytes(name), bytes('v'), NEVER, T0)
        }
        const seen = new Set<string>()
        let cursor = 0
        let turn = 0
        do {
          cursor = store.scan(cursor, count, T0, (key) => seen.add(text(key)!))
          for (const { add, key } of churns[turn++ % churns.length]!) {
            if (add) store.set(bytes(`x${key}`), bytes('new'), NEVER, T0)
            else store.delete(bytes(`x${key}`), T0)
            store.set(bytes(lasting[key % 20]!), add ? register(key) : bytes('overwritten'), NEVER, T0)
          }
        } while (cursor !== 0 && turn < 1000)
        expect(turn).toBeLessThan(1000)
        for (const name of lasting) expect(seen).toContain(name)
      }),
    )
  })
})

describe('several writes at once', () => {
  const write = fc.record({ key: fc.integer({ min: 0, max: 6 }), length: fc.integer({ min: 0, max: 6000 }) })
  const writes = fc.array(write, { minLength: 1, maxLength: 4 })
  const bounds = fc.constantFrom({ maxSize: 4 }, { maxMemory: 20_000 }, { maxSize: 5, maxMemory: 20_000 })

  it('are stored all or not at all, whatever has to leave for them', () => {
    fc.assert(
      fc.property(
        bounds,
        fc.constantFrom('lru' as const, 'lfu' as const, 'fifo' as const),
        fc.array(fc.record({ writes, read: fc.integer({ min: 0, max: 6 }) }), { maxLength: 20 }),
        (bound, evictionPolicy, rounds) => {
          const store = new ByteStore({ ...bound, evictionPolicy }, T0)
          const shown = () => [0, 1, 2, 3, 4, 5, 6].map((key) => text(store.peek(bytes(`${key}`), T0)))
          for (const [round, { writes, read }] of rounds.entries()) {
            store.get(bytes(`${read}`), T0)
            const before = shown()
            const values = writes.map(({ key, length }) => ({ key, value: new Uint8Array(length).fill(round + 1) }))
            const verdict = store.setAll(
              values.map(({ key, value }) => ({ key: bytes(`${key}`), value, expiresAt: NEVER })),
              T0,
            )
            const last = new Map(values.map(({ key, value }) => [key, value]))
            const total = [...last.values()].reduce((sum, value) => sum + 1 + value.length, 0)
            if (verdict === 'stored') for (const [key, value] of last) expect(shown()[key] === text(value)).toBe(true)
            else expect(shown().every((value, key) => value === before[key])).toBe(true)
            if (last.size > (bound.maxSize ?? 99) || total > (bound.maxMemory ?? 1e9)) expect(verdict).toBe('too-large')
            else if (total < 4000 && before.every((value, key) => value === undefined || !last.has(key)))
              expect(verdict).toBe('stored')
            expect(store.size).toBeLessThanOrEqual(bound.maxSize ?? 99)
            expect(store.memory).toBeLessThanOrEqual(bound.maxMemory ?? 1e9)
          }
        },
      ),
    )
  })

  it('are refused where a register among them does not fit', () => {
    const store = new ByteStore({ maxSize: 8 }, T0)
    const both = ['r1', 'r2'].map((name) => ({ key: bytes(name), value: register(1), expiresAt: NEVER }))
    const plain = { key: bytes('a'), value: bytes('v'), expiresAt: NEVER }
    expect(store.setAll([plain, ...both], T0)).toBe('registers-full')
    expect(store.size).toBe(0)
    expect(store.setAll([plain, both[0]!], T0)).toBe('stored')
  })
})

describe('registers in a ByteStore', () => {
  it('are known by the beginning of their envelope', () => {
    expect(isRegister(register(3))).toBe(true)
    expect(isRegister(register(3).subarray(0, 23))).toBe(false)
    expect(isRegister(register(3).with(1, 0))).toBe(false)
    expect(isRegister(register(3).with(20, 1))).toBe(false)
    expect(isRegister(bytes('an ordinary value, long enough'))).toBe(false)
  })

  it('are never evicted', () => {
    const store = new ByteStore({ maxSize: 16 }, T0)
    store.set(bytes('!cleared:a'), register(1), NEVER, T0)
    for (let i = 0; i < 100; i++) store.set(bytes(`k${i}`), bytes('v'), NEVER, T0)
    expect(store.size).toBe(16)
    expect(store.get(bytes('!cleared:a'), T0)).toEqual(register(1))
  })

  it('are refused beyond an eighth of the capacity, and may be replaced there', () => {
    const store = new ByteStore({ maxSize: 16 }, T0)
    expect(store.set(bytes('r1'), register(1), NEVER, T0)).toBe('stored')
    expect(store.set(bytes('r2'), register(1), NEVER, T0)).toBe('stored')
    expect(store.set(bytes('r3'), register(1), NEVER, T0)).toBe('registers-full')
    expect(store.set(bytes('r2'), register(2), NEVER, T0)).toBe('stored')
    expect(store.peek(bytes('r2'), T0)).toEqual(register(2))
    store.set(bytes('r1'), bytes('a value now'), NEVER, T0)
    expect(store.set(bytes('r3'), register(1), NEVER, T0)).toBe('stored')
    expect(store.registers).toBe(2)
  })

  it('are refused beyond an eighth of the memory', () => {
    const store = new ByteStore({ maxMemory: 20_000 }, T0)
    let stored = 0
    while (store.set(bytes(`r${stored}`), register(1), NEVER, T0) === 'stored') stored++
    expect(stored).toBeGreaterThan(4)
    expect(store.registerMemory).toBe(stored * store.memoryOf(bytes('r0'), T0)!)
    expect(store.registerMemory).toBeLessThanOrEqual(20_000 / 8)
    expect(store.set(bytes(`r${stored}`), register(1), NEVER, T0)).toBe('registers-full')
    expect(store.set(bytes('r0'), register(2), NEVER, T0)).toBe('stored')
    store.delete(bytes('r0'), T0)
    expect(store.set(bytes(`r${stored}`), register(1), NEVER, T0)).toBe('stored')
  })
})
