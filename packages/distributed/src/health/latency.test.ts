import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Latency } from './latency.js'

describe('Latency', () => {
  it('knows nothing without answers', () => {
    const latency = new Latency()
    expect(latency.quantile(0.5)).toBe(undefined)
    expect(latency.average).toBe(0)
  })

  it('law: a quantile is that of a sorted list, to within 15 %', () => {
    const answers = fc.array(fc.double({ min: 0.1, max: 50_000, noNaN: true }), { minLength: 1, maxLength: 500 })
    fc.assert(
      fc.property(answers, fc.constantFrom(0.01, 0.5, 0.95, 0.99, 1), (list, part) => {
        const latency = new Latency()
        for (const ms of list) latency.record(ms)
        const exact = list.toSorted((a, b) => a - b)[Math.max(1, Math.ceil(list.length * part)) - 1]!
        const found = latency.quantile(part)!
        expect(found).toBeGreaterThanOrEqual(exact * 0.999)
        expect(found).toBeLessThanOrEqual(exact * 1.151)
      }),
    )
  })

  it('forgets: after a thousand answers of another kind it speaks of those', () => {
    const latency = new Latency()
    for (let answer = 0; answer < 5000; answer++) latency.record(100)
    for (let answer = 0; answer < 2000; answer++) latency.record(1)
    expect(latency.quantile(0.5)).toBeLessThan(1.2)
    expect(latency.held).toBeLessThan(1024)
    expect(latency.average).toBeCloseTo(1)
  })

  it('takes what is out of its range for the nearest that is in it', () => {
    const latency = new Latency()
    for (const ms of [0, -1, Number.NaN]) latency.record(ms)
    expect(latency.quantile(1)).toBe(0.1)
    latency.record(1e12)
    expect(latency.quantile(1)).toBeGreaterThan(50_000)
  })
})
