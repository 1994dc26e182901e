import { describe, expect, it } from 'vitest'
import { WindowClimber } from './window-climber.js'

/** A sample of so many requests, and the change that it leads to. */
function sample(climber: WindowClimber, window: number, windowHits: number, mainHits: number, misses: number): number {
  for (let hit = 0; hit < windowHits; hit++) climber.hit(true)
  for (let hit = 0; hit < mainHits; hit++) climber.hit(false)
  for (let miss = 0; miss < misses; miss++) climber.miss()
  return climber.change(window, 0)
}

function climberFor(whole: number): WindowClimber {
  const climber = new WindowClimber()
  climber.reset(whole)
  return climber
}

describe('WindowClimber', () => {
  it('waits for three requests an entry, and for ten or more in a small cache', () => {
    for (const [whole, first] of [
      [1_000, 3_000],
      [100, 1_000],
    ] as const) {
      const climber = climberFor(whole)
      for (let request = 1; request < first; request++) {
        climber.miss()
        expect(climber.change(10, whole)).toBe(0)
      }
      climber.miss()
      expect(climber.change(10, whole)).not.toBe(0)
    }
  })

  it('goes on in a small cache while it does no worse, turns back when it does, and steps ever less', () => {
    const climber = climberFor(100)
    const steps = [400, 401, 402, 390, 391].map((hits) => sample(climber, 10, 0, hits, 1_000 - hits))
    expect(steps.map(Math.sign)).toEqual([1, 1, 1, -1, -1])
    expect(steps[0]).toBe(6.25)
    // The first sample is all gain, so the second step is as long.
    expect(steps[1]).toBe(6.25)
    for (const [index, step] of steps.entries()) {
      if (index > 1) expect(Math.abs(step)).toBeCloseTo(6.25 * 0.995 ** (index - 1))
    }
  })

  it('takes its first step again when the hit ratio moves at once', () => {
    const climber = climberFor(100)
    for (let time = 0; time < 50; time++) sample(climber, 10, 0, 400, 600)
    expect(sample(climber, 10, 0, 400, 600)).toBeLessThan(5)
    sample(climber, 10, 0, 500, 500)
    expect(sample(climber, 10, 0, 500, 500)).toBe(6.25)
  })

  it('shifts room to where it earned more in a large cache, by the more the more it did', () => {
    expect(sample(climberFor(10_000), 1_000, 900, 900, 28_000)).toBeCloseTo(400 * Math.log(9))
    expect(sample(climberFor(10_000), 5_000, 900, 1_800, 28_000)).toBeCloseTo(-400 * Math.log(2))
    expect(sample(climberFor(10_000), 5_000, 900, 900, 28_000)).toBe(0)
  })

  it('never steps further than three tenths, nor leaves less than a fiftieth', () => {
    expect(sample(climberFor(10_000), 1, 20_000, 5_000, 5_000)).toBe(3_000)
    expect(sample(climberFor(10_000), 300, 100, 20_000, 5_000)).toBe(-100)
    expect(sample(climberFor(10_000), 100, 100, 20_000, 5_000)).toBe(100)
  })

  it('goes by trying where a small window earned too little to tell', () => {
    const climber = climberFor(10_000)
    // The first sample is all gain, so it goes on: down, to the least.
    expect(sample(climber, 300, 0, 10_000, 20_000)).toBe(-100)
    expect(sample(climber, 200, 0, 9_900, 20_100)).toBe(625)
    expect(sample(climber, 825, 0, 9_950, 20_050)).toBeCloseTo(625 * 0.98)
  })

  it('believes that a large window earns nothing', () => {
    expect(sample(climberFor(10_000), 5_000, 0, 10_000, 20_000)).toBeLessThan(-1_000)
    expect(sample(climberFor(10_000), 5_000, 10_000, 0, 20_000)).toBeGreaterThan(1_000)
  })
})
