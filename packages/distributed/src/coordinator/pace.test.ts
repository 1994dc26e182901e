import { ManualClock } from '@mtaio/core/testing'
import { describe, expect, it } from 'vitest'
import { Pace } from './pace.js'

async function turns(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve()
}

describe('Pace', () => {
  it('lets a tenth of a second through at once, and then so many a second', async () => {
    const clock = new ManualClock()
    const pace = new Pace(clock, 100)
    let taken = 0
    const worker = async () => {
      for (;;) {
        await pace.take(1)
        taken++
      }
    }
    for (let workers = 0; workers < 3; workers++) void worker()
    await turns()
    expect(taken).toBe(10)
    for (let step = 0; step < 1000; step++) {
      clock.advance(1)
      await turns()
    }
    expect(taken).toBe(110)
  })

  it('does not save up what was not used', async () => {
    const clock = new ManualClock()
    const pace = new Pace(clock, 100)
    clock.advance(60_000)
    let taken = 0
    void (async () => {
      for (;;) {
        await pace.take(1)
        taken++
      }
    })()
    await turns()
    expect(taken).toBe(10)
  })

  it('without a limit never waits', async () => {
    const clock = new ManualClock()
    const pace = new Pace(clock, Number.POSITIVE_INFINITY)
    for (let step = 0; step < 100; step++) await pace.take(1_000_000)
    expect(clock.pendingTimers).toBe(0)
  })
})
