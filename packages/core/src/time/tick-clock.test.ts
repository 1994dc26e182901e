import { describe, expect, it } from 'vitest'
import { TickClock } from './tick-clock.js'

/** A clock that counts how often it was asked. */
function counting() {
  const clock = { time: 0, asked: 0 }
  const tick = new TickClock({
    now: () => {
      clock.asked++
      return clock.time
    },
    setTimer: () => () => undefined,
  })
  return { clock, tick }
}

describe('TickClock', () => {
  it('asks once for many reads of one turn, and anew after an await', async () => {
    const { clock, tick } = counting()
    for (let read = 0; read < 50; read++) expect(tick.now()).toBe(0)
    expect(clock.asked).toBe(1)
    clock.time = 7
    await Promise.resolve()
    expect(tick.now()).toBe(7)
  })

  it('gives a held time at most 64 times more within one turn', () => {
    const { clock, tick } = counting()
    tick.now()
    clock.time = 5
    let held = 0
    while (tick.now() === 0) held++
    expect(held).toBe(64)
  })

  it('gives the exact time when asked for it, and holds that', () => {
    const { clock, tick } = counting()
    tick.now()
    clock.time = 3
    expect(tick.exactNow()).toBe(3)
    expect(tick.now()).toBe(3)
  })

  it('asks each time for a while where turns read it but once, and never goes back', async () => {
    const { clock, tick } = counting()
    let before = 0
    for (let turn = 0; turn < 200; turn++) {
      clock.time++
      const now = tick.now()
      expect(now).toBe(clock.time)
      expect(now).toBeGreaterThanOrEqual(before)
      before = now
      await Promise.resolve()
      await Promise.resolve()
    }
    expect(clock.asked).toBe(200)
  })
})
