import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { ManualClock } from './manual-clock.js'

describe('ManualClock', () => {
  it('stands still until it is moved', () => {
    const clock = new ManualClock(100)
    expect(clock.now()).toBe(100)
    clock.advance(0)
    clock.advance(2.5)
    expect(clock.now()).toBe(102.5)
  })

  it('fires timers when they are due, exactly', () => {
    const clock = new ManualClock()
    const fire = vi.fn()
    clock.setTimer(fire, 10)
    clock.advance(9)
    expect(fire).not.toHaveBeenCalled()
    clock.advance(1)
    clock.advance(100)
    expect(fire).toHaveBeenCalledTimes(1)
    expect(clock.pendingTimers).toBe(0)
  })

  it('a cancelled timer does not fire, and cancelling late is harmless', () => {
    const clock = new ManualClock()
    const fire = vi.fn()
    const cancel = clock.setTimer(fire, 10)
    cancel()
    clock.advance(20)
    cancel()
    expect(fire).not.toHaveBeenCalled()
  })

  it('a timer that sets itself again fires as often as it comes due, at its times', () => {
    const clock = new ManualClock()
    const fired: number[] = []
    const again = () => {
      fired.push(clock.now())
      clock.setTimer(again, 10)
    }
    clock.setTimer(again, 10)
    clock.advance(35)
    expect(fired).toEqual([10, 20, 30])
    expect(clock.now()).toBe(35)
  })

  it('a timer may cancel one that is due at the same instant', () => {
    const clock = new ManualClock()
    const second = vi.fn()
    clock.setTimer(() => cancelSecond(), 10)
    const cancelSecond = clock.setTimer(second, 10)
    clock.advance(10)
    expect(second).not.toHaveBeenCalled()
  })

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('refuses to move by %d', (ms) => {
    expect(() => new ManualClock().advance(ms)).toThrow(RangeError)
  })

  it('law: timers fire in the order of a stable sort by due time, whatever the steps', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 50 })), fc.array(fc.nat({ max: 30 })), (delays, steps) => {
        const clock = new ManualClock()
        const fired: number[] = []
        delays.forEach((delay, index) => {
          clock.setTimer(() => {
            expect(clock.now()).toBe(delay)
            fired.push(index)
          }, delay)
        })
        for (const step of steps) clock.advance(step)
        const end = steps.reduce((sum, step) => sum + step, 0)
        const due = delays
          .map((delay, index) => ({ delay, index }))
          .filter(({ delay }) => steps.length > 0 && delay <= end)
          .sort((a, b) => a.delay - b.delay)
        expect(fired).toEqual(due.map(({ index }) => index))
      }),
    )
  })
})
