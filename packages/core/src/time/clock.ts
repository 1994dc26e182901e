/** Where time comes from. The store and the wheel never see it: they are given `now`. */

/** Undoes a timer that has not fired; harmless afterwards. */
export type CancelTimer = () => void

/**
 * A source of time. `now()` alone is enough; a clock that also has `setTimer` drives background work too, which is how
 * a manual clock makes sweeps happen without sleeping.
 */
export interface Clock {
  /** Milliseconds from any fixed point, never going back. */
  now(): number
  /** Calls `fire` once, `delay` milliseconds from now, without keeping the process alive. Defaults to an unref'd `setTimeout`. */
  setTimer?(fire: () => void, delay: number): CancelTimer
}

// A longer delay overflows `setTimeout`, which then fires at once.
const MAX_DELAY = 2 ** 31 - 1

/** Sets an unref'd `setTimeout`; in runtimes whose timers are numbers (browsers) there is nothing to unref. */
export function setSystemTimer(fire: () => void, delay: number): CancelTimer {
  const timer: unknown = setTimeout(fire, Math.min(Math.max(0, delay), MAX_DELAY))
  if (typeof timer === 'object' && timer !== null) (timer as { unref?: () => void }).unref?.()
  return () => clearTimeout(timer as Parameters<typeof clearTimeout>[0])
}

/** The machine's monotonic clock: setting the system's date changes nothing. */
export const systemClock: Required<Clock> = {
  now: () => performance.now(),
  setTimer: setSystemTimer,
}
