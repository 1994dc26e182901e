import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { coarse, coarseCode } from './coarse-duration.js'

describe('a coarse duration', () => {
  it('stands for more with every code, and has one code only', () => {
    for (let code = 0; code < 256; code++) {
      expect(coarseCode(coarse(code))).toBe(code)
      if (code > 0) expect(coarse(code)).toBeGreaterThan(coarse(code - 1))
    }
  })

  it('is never shorter than what was meant, and longer by an eighth at most', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: coarse(255), noNaN: true }), (value) => {
        const kept = coarse(coarseCode(value))
        expect(kept).toBeGreaterThanOrEqual(value)
        expect(kept).toBeLessThanOrEqual(Math.max(Math.ceil(value), value * 1.126))
      }),
    )
    expect(coarseCode(Number.POSITIVE_INFINITY)).toBe(255)
    expect([Number.NaN, -1, 0].map(coarseCode)).toEqual([0, 0, 0])
  })
})
