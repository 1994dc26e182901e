import { describe, expect, it } from 'vitest'
import { seededRandom, shuffled } from './random.js'

describe('seeded random numbers', () => {
  it('repeat for the same seed and differ for another', () => {
    const draw = (seed: number) => Array.from({ length: 20 }, seededRandom(seed))
    expect(draw(7)).toEqual(draw(7))
    expect(draw(7)).not.toEqual(draw(8))
  })

  it('are 32-bit unsigned integers, spread evenly over sixteen bins', () => {
    const random = seededRandom(1)
    const bins = new Array<number>(16).fill(0)
    for (let draw = 0; draw < 160_000; draw++) {
      const value = random()
      expect(Number.isInteger(value) && value >= 0 && value < 2 ** 32).toBe(true)
      bins[Math.floor(value / 2 ** 28)]!++
    }
    for (const count of bins) expect(Math.abs(count - 10_000)).toBeLessThan(500)
  })
})

describe('shuffled', () => {
  it('keeps every item once and leaves the given list alone', () => {
    const items = Array.from({ length: 100 }, (_, index) => index)
    const mixed = shuffled(items, seededRandom(3))
    expect(items).toEqual(Array.from({ length: 100 }, (_, index) => index))
    expect(mixed).not.toEqual(items)
    expect([...mixed].sort((a, b) => a - b)).toEqual(items)
  })

  it('puts each item at each place about equally often', () => {
    const random = seededRandom(5)
    const firsts = new Map<string, number>()
    for (let turn = 0; turn < 4000; turn++) {
      const [first] = shuffled(['a', 'b', 'c', 'd'], random)
      firsts.set(first!, (firsts.get(first!) ?? 0) + 1)
    }
    for (const item of ['a', 'b', 'c', 'd']) expect(Math.abs(firsts.get(item)! - 1000)).toBeLessThan(150)
  })
})
