import { describe, expect, it } from 'vitest'
import { SETTINGS } from './setting.js'
import { Trials } from './trials.js'

const hashOf = (key: number) => Math.imul(key + 1, 0x9e3779b1) ^ (key >>> 7)

interface Inside {
  looked: number
  miniatures: { capacity: number }
}

/** Puts requests to trials as a policy does. How many were for sampled keys. */
function ask(trials: Trials, requests: number, key: (at: number) => number): number {
  let sampled = 0
  for (let at = 1; at <= requests; at++) {
    const hash = hashOf(key(at))
    if (!trials.samples(hash)) continue
    sampled++
    trials.request(hash, at)
  }
  return sampled
}

describe('Trials', () => {
  it('look at all keys of a small cache and at one in 64 of a large one, in miniatures of at most 2048 entries', () => {
    for (const [entries, rate, capacity] of [
      [1, 1, 1],
      [100, 1, 100],
      [512, 1, 512],
      [2048, 1 / 8, 256],
      [32_768, 1 / 64, 512],
      [1e7, 2048 / 1e7, 2048],
      [Number.MAX_SAFE_INTEGER, 0, 2048],
    ] as const) {
      const trials = new Trials(entries)
      expect((trials as unknown as Inside).miniatures.capacity).toBe(capacity)
      const sampled = ask(trials, 50_000, (at) => at)
      expect(Math.abs(sampled / 50_000 - rate)).toBeLessThan(0.01)
    }
  })

  it('look at no more than a bounded number of requests at first, and one in 32 in the long run', () => {
    const trials = new Trials(50)
    ask(trials, 3_000_000, (at) => at % 70)
    const { looked } = trials as unknown as Inside
    expect(looked).toBeLessThan(200_000 + 3_000_000 / 32 + 10_000)
    expect(looked).toBeGreaterThan(200_000 + 3_000_000 / 64)
  })

  it('find what suits bursts, and then what suits a loop', () => {
    const trials = new Trials(400)
    // Each is asked for now, and again when a few hundred others were.
    ask(trials, 60_000, (at) => (at % 2 === 0 ? at : at - 1 - 2 * (at % 100)))
    const bursts = SETTINGS[trials.setting]!
    ask(trials, 100_000, (at) => 1e6 + (at % 1000))
    const loop = SETTINGS[trials.setting]!
    expect(bursts.share).toBeGreaterThan(0.3)
    expect(loop.share).toBeLessThan(0.1)
  })
})
