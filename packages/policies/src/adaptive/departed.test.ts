import { describe, expect, it } from 'vitest'
import { seededRandom } from '../testing/seeded-random.js'
import { Departed, UNITS } from './departed.js'

const ENTRIES = 4096
const hashOf = (key: number) => Math.imul(key + 1, 0x9e3779b1) ^ 0x5bd1e995

/** Of so many departures, the latest. */
function full(departures = 10 * ENTRIES): Departed {
  const departed = new Departed()
  departed.fit(ENTRIES)
  for (let key = 0; key < departures; key++) departed.remember(hashOf(key), key % 16)
  return departed
}

describe('Departed', () => {
  it('remembers most of the latest of an entry each: how often they were asked for, and how long ago they left', () => {
    const departed = full()
    let found = 0
    let mistaken = 0
    for (let back = 0; back < ENTRIES; back++) {
      const key = 10 * ENTRIES - 1 - back
      const away = departed.recall(hashOf(key))
      if (away < 0) continue
      found++
      const off = Math.abs(away - (back / (3 * ENTRIES)) * UNITS)
      if (departed.count !== key % 16 || off > 1) mistaken++
    }
    expect(mistaken / ENTRIES).toBeLessThan(0.001)
    expect(found / ENTRIES).toBeGreaterThan(0.95)
  })

  it('knows nobody who left long ago, and few strangers', () => {
    const departed = full()
    let taken = 0
    for (let key = 0; key < 7 * ENTRIES; key++) if (departed.recall(hashOf(key)) >= 0) taken++
    for (let key = 1e6; key < 1e6 + 7 * ENTRIES; key++) if (departed.recall(hashOf(key)) >= 0) taken++
    expect(taken / (14 * ENTRIES)).toBeLessThan(0.002)
  })

  it('recalls one once', () => {
    const departed = full()
    const last = hashOf(10 * ENTRIES - 1)
    expect(departed.recall(last)).toBe(0)
    expect(departed.recall(last)).toBe(-1)
    expect(departed.count).toBe(0)
  })

  it('counts half for each time that the counts have faded since', () => {
    const departed = full()
    for (const [times, count] of [15, 7, 3, 1, 0].entries()) {
      departed.remember(hashOf(-1), 15)
      departed.epoch += times
      expect(departed.recall(hashOf(-1))).toBe(0)
      expect(departed.count).toBe(count)
    }
  })

  it('is a map of the latest, where buckets do not overflow', () => {
    const random = seededRandom(1)
    const departed = new Departed()
    departed.fit(ENTRIES)
    const model = new Map<number, number>()
    for (let step = 0; step < 20_000; step++) {
      const key = random(200)
      if (random(2) === 0) {
        if (model.has(key)) continue
        const count = random(16)
        departed.remember(hashOf(key), count)
        model.set(key, count)
      } else {
        expect(departed.recall(hashOf(key)) >= 0).toBe(model.has(key))
        expect(departed.count).toBe(model.get(key) ?? 0)
        model.delete(key)
      }
    }
  })

  it('has 12 bytes an entry', () => {
    const { records } = full() as unknown as { records: Int32Array }
    expect(records.byteLength).toBe(12 * ENTRIES)
  })

  it('forgets all where a larger cache asks, and gives memory back where a small one does', () => {
    const departed = full()
    const last = hashOf(10 * ENTRIES - 1)
    departed.fit(2 * ENTRIES)
    departed.shrink(ENTRIES)
    expect(departed.recall(last)).toBe(0)
    departed.fit(2 * ENTRIES + 1)
    expect(departed.recall(hashOf(10 * ENTRIES - 2))).toBe(-1)
    departed.shrink(ENTRIES / 2)
    expect(departed).toMatchObject({ records: { length: 0 } })
  })
})
