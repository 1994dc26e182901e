import { CacheConfigError } from '@mtaio/exceptions'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { backoffDelay, checkBackoff } from './backoff.js'

const unit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

describe('backoffDelay', () => {
  const backoff = { base: 100, cap: 1000 }

  it('doubles up to the cap', () => {
    const longest = [0, 1, 2, 3, 4, 5, 2000].map((attempt) => backoffDelay(attempt, backoff, () => 1))
    expect(longest).toEqual([100, 200, 400, 800, 1000, 1000, 1000])
  })

  it('keeps half of the interval and draws the other half', () => {
    expect([0, 0.5].map((drawn) => backoffDelay(1, backoff, () => drawn))).toEqual([100, 150])
    fc.assert(
      fc.property(
        fc.nat(2000),
        fc.double({ min: 0.001, max: 1e6, noNaN: true }),
        unit,
        unit,
        (attempt, base, more, drawn) => {
          const cap = base * (1 + 1000 * more)
          const interval = Math.min(cap, base * 2 ** attempt)
          const delay = backoffDelay(attempt, { base, cap }, () => drawn)
          expect(delay).toBeGreaterThanOrEqual(interval / 2)
          expect(delay).toBeLessThanOrEqual(interval)
        },
      ),
    )
  })

  it.each([
    [{ base: 0, cap: 1 }, 'base'],
    [{ base: -1, cap: 1 }, 'base'],
    [{ base: Number.NaN, cap: 1 }, 'base'],
    [{ base: 2, cap: 1 }, 'cap'],
    [{ base: 2, cap: Number.NaN }, 'cap'],
    [{ base: 2, cap: Infinity }, 'cap'],
  ])('has no use for %o', (backoff, named) => {
    expect(() => checkBackoff(backoff)).toThrow(CacheConfigError)
    expect(() => checkBackoff(backoff)).toThrow(named)
  })
})
