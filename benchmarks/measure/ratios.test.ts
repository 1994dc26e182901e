import { describe, expect, it } from 'vitest'
import { quantile, speedRatios, spreadOf } from './ratios.js'

describe('quantile', () => {
  it('interpolates between neighbours', () => {
    expect(quantile([1, 2, 3, 4], 0.5)).toBe(2.5)
    expect(quantile([1, 2, 3, 4, 5], 0.25)).toBe(2)
    expect(quantile([10, 20], 0.75)).toBe(17.5)
    expect(quantile([7], 0.9)).toBe(7)
  })
})

describe('spreadOf', () => {
  it('sorts by size, not by text', () => {
    expect(spreadOf([10, 9, 100, 1, 2])).toEqual({ median: 9, min: 1, max: 100, q1: 2, q3: 10, rounds: 5 })
  })

  it('is undefined of nothing', () => {
    expect(spreadOf([])).toBeUndefined()
  })
})

describe('speedRatios', () => {
  it('is the median of the ratios, not the ratio of the medians', () => {
    const reference = new Map([
      [0, 100],
      [1, 200],
      [2, 900],
    ])
    const contender = new Map([
      [0, 50],
      [1, 400],
      [2, 300],
    ])
    // Ratios 2, 0.5, 3; the medians' ratio would be 200 / 300.
    expect(speedRatios(reference, contender)).toMatchObject({ median: 2, min: 0.5, max: 3, rounds: 3 })
  })

  it('pairs rounds by number and leaves out those that one side lacks', () => {
    const reference = new Map([
      [0, 10],
      [2, 30],
    ])
    const contender = new Map([
      [1, 1],
      [2, 10],
    ])
    expect(speedRatios(reference, contender)).toMatchObject({ median: 3, rounds: 1 })
    expect(speedRatios(reference, new Map())).toBeUndefined()
  })
})
