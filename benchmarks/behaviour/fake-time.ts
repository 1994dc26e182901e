/** Time that stands still until it is moved: the clocks and timers of the process, replaced before a library is read. */
import type { Clock } from '@mtaio/core'
import { ManualClock } from '@mtaio/core/testing'

const MAX_DELAY = 2 ** 31 - 1

export interface FakeTime {
  /** For libraries that are given their clock. */
  readonly clock: Required<Clock>
  /** Milliseconds since the epoch. */
  wallClock(): number
  /** Moves time; timers that come due fire on the way, and what they promised is awaited. */
  advance(ms: number): Promise<void>
}

const START = Date.UTC(2026, 0, 1)

/** Replaces `Date`, `performance.now` and the timers for the rest of the process. */
export function fakeTime(): FakeTime {
  const manual = new ManualClock(1000)
  let finest = 0
  const clock: Required<Clock> = {
    now: () => manual.now(),
    setTimer: (fire, delay) => manual.setTimer(fire, Math.max(delay, finest)),
  }
  const wallClock = () => START + clock.now()
  const realImmediate = setImmediate
  const RealDate = Date
  globalThis.Date = class extends RealDate {
    constructor(...args: unknown[]) {
      super(...((args.length === 0 ? [wallClock()] : args) as [number]))
    }
    static override now(): number {
      return wallClock()
    }
  } as DateConstructor
  performance.now = () => clock.now()
  globalThis.setTimeout = ((fire: (...args: unknown[]) => void, delay = 1, ...args: unknown[]) =>
    timer((rearm) => rearm(() => fire(...args), delay))) as unknown as typeof setTimeout
  globalThis.setInterval = ((fire: (...args: unknown[]) => void, delay = 1, ...args: unknown[]) =>
    timer((rearm) => {
      const again = () => {
        rearm(again, delay)
        fire(...args)
      }
      rearm(again, delay)
    })) as unknown as typeof setInterval
  const clear = ((handle?: { cancel?: () => void } | null) => handle?.cancel?.()) as typeof clearTimeout
  globalThis.clearTimeout = clear
  globalThis.clearInterval = clear

  function timer(start: (rearm: (fire: () => void, delay: number) => void) => void) {
    let cancel = () => {}
    const arm = (fire: () => void, delay: number) => {
      // As Node does: what is too long, or no number, is a millisecond.
      cancel = clock.setTimer(fire, delay >= 1 && delay <= MAX_DELAY ? Math.trunc(delay) : 1)
    }
    start(arm)
    const handle = {
      cancel: () => cancel(),
      ref: () => handle,
      unref: () => handle,
      hasRef: () => false,
      refresh: () => handle,
      close: () => handle.cancel(),
      [Symbol.dispose]: () => handle.cancel(),
      [Symbol.toPrimitive]: () => 0,
    }
    return handle
  }

  /** Turns of the event loop, for promises that timers began. */
  const settle = () => new Promise<void>((resolve) => realImmediate(() => realImmediate(resolve)))
  return {
    clock,
    wallClock,
    async advance(ms) {
      await settle()
      // Days of a timer that fires each second would take too long: what is set on the way is a little late.
      finest = ms / 10_000
      manual.advance(ms)
      finest = 0
      await settle()
    },
  }
}
