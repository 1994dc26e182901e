import { describe, expect, it } from 'vitest'
import { seededRandom } from '../testing/seeded-random.js'
import { FrequencySketch } from './frequency-sketch.js'

const hashOf = (key: number) => Math.imul(key + 1, 0x9e3779b1)

function sketchFor(entries: number): FrequencySketch {
  const sketch = new FrequencySketch()
  sketch.ensure(entries)
  return sketch
}

describe('FrequencySketch', () => {
  it('never estimates below the count, and rarely above it', () => {
    const sketch = sketchFor(1_000)
    const counts = new Map<number, number>()
    const random = seededRandom(11)
    for (let step = 0; step < 5_000; step++) {
      const key = random(1_000)
      counts.set(key, (counts.get(key) ?? 0) + 1)
      sketch.count(hashOf(key))
    }
    let above = 0
    for (const [key, count] of counts) {
      const estimate = sketch.estimate(hashOf(key))
      expect(estimate).toBeGreaterThanOrEqual(Math.min(15, count))
      if (estimate > Math.min(15, count)) above++
    }
    expect(above).toBeLessThan(100)
  })

  it('counts up to 15', () => {
    const sketch = sketchFor(10)
    for (let count = 1; count < 20; count++) {
      sketch.count(-1)
      expect(sketch.estimate(-1)).toBe(Math.min(15, count))
    }
    expect(sketch.estimate(0)).toBe(0)
  })

  it('loses no count when it grows', () => {
    const sketch = sketchFor(1)
    for (let key = 0; key < 4; key++) for (let count = 0; count <= key; count++) sketch.count(hashOf(key))
    const before = [0, 1, 2, 3].map((key) => sketch.estimate(hashOf(key)))
    sketch.ensure(100_000)
    expect([0, 1, 2, 3].map((key) => sketch.estimate(hashOf(key)))).toEqual(before)
  })

  it('keeps at least every count when it shrinks, and is as it was when it only had grown', () => {
    const sketch = sketchFor(1_000)
    for (let key = 0; key < 200; key++) for (let count = 0; count < key % 15; count++) sketch.count(hashOf(key))
    sketch.shrink(200)
    for (let key = 0; key < 200; key++) expect(sketch.estimate(hashOf(key))).toBeGreaterThanOrEqual(key % 15)
    const { table } = sketch as unknown as { table: Int32Array }
    expect(table.byteLength).toBe(8 * 256)
    sketch.ensure(1_000)
    sketch.shrink(200)
    expect((sketch as unknown as { table: Int32Array }).table).toEqual(table)
  })

  it('halves all counts after a period, and what it counted with them', () => {
    const sketch = sketchFor(8)
    sketch.period = 20
    for (let count = 0; count < 13; count++) sketch.count(hashOf(1))
    for (let count = 0; count < 6; count++) sketch.count(hashOf(2))
    expect([1, 2].map((key) => sketch.estimate(hashOf(key)))).toEqual([13, 6])
    sketch.count(hashOf(2))
    expect([1, 2].map((key) => sketch.estimate(hashOf(key)))).toEqual([6, 3])
    // 20 less the two odd ones, by two: 9 were counted, 11 are missing.
    for (let count = 0; count < 10; count++) sketch.count(hashOf(3))
    expect(sketch.estimate(hashOf(1))).toBe(6)
    sketch.count(hashOf(3))
    expect([1, 2].map((key) => sketch.estimate(hashOf(key)))).toEqual([3, 1])
  })

  it('takes 8 to 16 bytes an entry', () => {
    for (const entries of [8, 9, 1_000, 1_024, 1_025]) {
      const { table } = sketchFor(entries) as unknown as { table: Int32Array }
      expect(table.byteLength / entries).toBeGreaterThanOrEqual(8)
      expect(table.byteLength / entries).toBeLessThan(16)
    }
  })
})
