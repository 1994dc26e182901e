/** Time for tests: it stands still until it is moved. Knows no test runner. */
import type { CancelTimer, Clock } from '../time/clock.js'

interface Timer {
  readonly due: number
  readonly fire: () => void
}

/**
 * A clock that stands still until `advance` moves it, and whose timers fire then, in the order in which they are due.
 *
 * @example
 * const clock = new ManualClock()
 * const cache = new TTLCache<string>({ clock, defaultTtl: '5m' })
 * await cache.set('key', 'value')
 * clock.advance(300_000)
 * await cache.get('key') // undefined
 */
export class ManualClock implements Required<Clock> {
  private readonly timers = new Set<Timer>()
  private time: number

  /** @param start - what `now()` answers at first, in milliseconds. @defaultValue 0 */
  constructor(start = 0) {
    this.time = start
  }

  now(): number {
    return this.time
  }

  setTimer(fire: () => void, delay: number): CancelTimer {
    const timer: Timer = { due: this.time + Math.max(0, delay), fire }
    this.timers.add(timer)
    return () => this.timers.delete(timer)
  }

  /**
   * Moves time forward by `ms` milliseconds. Timers that come due fire on the way, earliest first, equal ones as they
   * were set, each seeing the time at which it was due; timers that they set fire, too, if they come due.
   *
   * @throws RangeError for a negative or non-finite `ms`: time does not go back
   */
  advance(ms: number): void {
    if (!(ms >= 0 && ms < Number.POSITIVE_INFINITY)) throw new RangeError(`time moves forward only, not by ${ms} ms`)
    const end = this.time + ms
    for (let timer = this.earliest(end); timer !== undefined; timer = this.earliest(end)) {
      this.timers.delete(timer)
      this.time = Math.max(this.time, timer.due)
      timer.fire()
    }
    this.time = end
  }

  /** How many timers are set. */
  get pendingTimers(): number {
    return this.timers.size
  }

  private earliest(end: number): Timer | undefined {
    let earliest: Timer | undefined
    for (const timer of this.timers) {
      if (timer.due <= end && (earliest === undefined || timer.due < earliest.due)) earliest = timer
    }
    return earliest
  }
}
