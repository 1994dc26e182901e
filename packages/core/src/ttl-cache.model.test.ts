import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RemovalCause } from './store/removal-cause.js'
import { TTLCache } from './ttl-cache.js'

interface Entry {
  key: string
  value: number
  expiresAt: number
  weight: number
  arrived: number
  used: number
  uses: number
}

/** What leaves next, said as plainly as can be. */
const leavesFirst = {
  lru: (a: Entry, b: Entry) => a.used - b.used,
  lfu: (a: Entry, b: Entry) => a.uses - b.uses || a.used - b.used,
  fifo: (a: Entry, b: Entry) => a.arrived - b.arrived,
}

/** A cache that anybody can check by reading: an array, scanned for everything. */
class Model {
  entries: Entry[] = []
  removals: [string, number, RemovalCause][] = []
  counts = { hits: 0, misses: 0, evictions: 0, expirations: 0, sets: 0, deletes: 0 }
  private time = 0

  constructor(
    private readonly policy: keyof typeof leavesFirst,
    private readonly maxSize: number,
    private readonly maxWeight: number,
  ) {}

  private remove(entry: Entry, cause: RemovalCause) {
    this.entries = this.entries.filter((other) => other !== entry)
    this.removals.push([entry.key, entry.value, cause])
    if (cause === 'capacity') this.counts.evictions++
    if (cause === 'expired') this.counts.expirations++
  }

  private find(key: string, now: number): Entry | undefined {
    const entry = this.entries.find((other) => other.key === key)
    if (entry === undefined || entry.expiresAt > now) return entry
    this.remove(entry, 'expired')
    return undefined
  }

  private makeRoom(count: number, weight: number, now: number) {
    const total = () => this.entries.reduce((sum, entry) => sum + entry.weight, 0)
    while (this.entries.length + count > this.maxSize || total() + weight > this.maxWeight) {
      const victim = [...this.entries].sort(leavesFirst[this.policy])[0]!
      this.remove(victim, victim.expiresAt <= now ? 'expired' : 'capacity')
    }
  }

  get(key: string, now: number): number | undefined {
    const entry = this.find(key, now)
    if (entry === undefined) this.counts.misses++
    else {
      this.counts.hits++
      entry.used = ++this.time
      entry.uses++
    }
    return entry?.value
  }

  set(key: string, value: number, expiresAt: number, weight: number, now: number) {
    this.counts.sets++
    const entry = this.find(key, now)
    if (weight > this.maxWeight) {
      if (entry !== undefined) this.remove(entry, 'replaced')
      this.counts.evictions++
      this.removals.push([key, value, 'capacity'])
    } else if (entry !== undefined) {
      this.removals.push([key, entry.value, 'replaced'])
      Object.assign(entry, { value, expiresAt, weight, used: ++this.time, uses: entry.uses + 1 })
      this.makeRoom(0, 0, now)
    } else {
      this.makeRoom(1, weight, now)
      const time = ++this.time
      this.entries.push({ key, value, expiresAt, weight, arrived: time, used: time, uses: 1 })
    }
  }

  delete(key: string, now: number): boolean {
    const entry = this.find(key, now)
    if (entry === undefined) return false
    this.counts.deletes++
    this.remove(entry, 'deleted')
    return true
  }

  touch(key: string, expiresAt: number, now: number): boolean {
    const entry = this.find(key, now)
    if (entry !== undefined) entry.expiresAt = expiresAt
    return entry !== undefined
  }

  clear() {
    for (const entry of [...this.entries]) this.remove(entry, 'cleared')
  }
}

const key = fc.integer({ min: 0, max: 14 }).map((number) => `key${number}`)
const ttl = fc.constantFrom(1, 2, 5, 60, Number.POSITIVE_INFINITY)
const operation = fc.oneof(
  { weight: 60, arbitrary: fc.record({ kind: fc.constant('get' as const), key }) },
  {
    weight: 60,
    arbitrary: fc.record({ kind: fc.constant('set' as const), key, ttl, weight: fc.integer({ min: 1, max: 12 }) }),
  },
  { weight: 10, arbitrary: fc.record({ kind: fc.constant('delete' as const), key }) },
  { weight: 10, arbitrary: fc.record({ kind: fc.constant('touch' as const), key, ttl }) },
  { weight: 10, arbitrary: fc.record({ kind: fc.constant('peek' as const), key }) },
  { weight: 20, arbitrary: fc.record({ kind: fc.constant('advance' as const), by: fc.constantFrom(500, 1000, 3000) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('clear' as const) }) },
)

describe('TTLCache against an array that is scanned for everything', () => {
  for (const policy of ['lru', 'lfu', 'fifo'] as const) {
    for (const weighed of [false, true]) {
      it(`agrees with the model after every operation: ${policy}${weighed ? ', weighed' : ''}`, () => {
        fc.assert(
          fc.property(fc.integer({ min: 1, max: 8 }), fc.array(operation, { maxLength: 200 }), (maxSize, history) => {
            let now = 1000
            const removals: [string, number, RemovalCause][] = []
            const maxWeight = weighed ? 10 : Number.POSITIVE_INFINITY
            const { sync } = new TTLCache<number>({
              maxSize,
              ...(weighed ? { maxWeight } : {}),
              evictionPolicy: policy,
              clock: { now: () => now },
              onEvicted: (...removal) => removals.push(removal),
              evictionReasons: ['capacity', 'expired', 'deleted', 'replaced', 'cleared'],
            })
            const model = new Model(policy, maxSize, maxWeight)
            let value = 0
            for (const step of history) {
              if (step.kind === 'get') expect(sync.get(step.key)).toBe(model.get(step.key, now))
              else if (step.kind === 'set') {
                const weight = weighed ? step.weight : 1
                sync.set(step.key, ++value, { ttl: step.ttl, weight })
                model.set(step.key, value, now + step.ttl * 1000, weight, now)
              } else if (step.kind === 'delete') expect(sync.delete(step.key)).toBe(model.delete(step.key, now))
              else if (step.kind === 'touch') {
                expect(sync.touch(step.key, step.ttl)).toBe(model.touch(step.key, now + step.ttl * 1000, now))
              } else if (step.kind === 'peek') {
                const live = model.entries.find((entry) => entry.key === step.key && entry.expiresAt > now)
                expect(sync.peek(step.key)).toBe(live?.value)
                expect(sync.ttl(step.key)).toBe(live && (live.expiresAt - now) / 1000)
              } else if (step.kind === 'clear') {
                sync.clear()
                model.clear()
                removals.sort()
                model.removals.sort()
              } else now += step.by
              expect(removals).toEqual(model.removals)
              const items = model.entries
                .filter((entry) => entry.expiresAt > now)
                .map((entry) => [entry.key, entry.value])
              expect([...sync.items()].sort()).toEqual(items.sort())
              expect(sync.getStats()).toMatchObject({
                ...model.counts,
                items: model.entries.length,
                weight: model.entries.reduce((sum, entry) => sum + entry.weight, 0),
              })
            }
          }),
          { numRuns: 150 },
        )
      })
    }
  }
})
