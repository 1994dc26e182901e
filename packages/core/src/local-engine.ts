/**
 * What the faces of one local cache share: the store, the clock, the callbacks that wait their turn, and the sweeps.
 * Knows no keys' meaning, hooks or promises.
 */
import { CallbackQueue } from './events/callback-queue.js'
import { LiveAdvice } from './live-advice.js'
import { Maintenance, type Sweepable } from './maintenance.js'
import type { CheckedOptions } from './options.js'
import { EntryStore } from './store/entry-store.js'
import { type Clock, systemClock } from './time/clock.js'
import { TickClock } from './time/tick-clock.js'

/** Lives shorter than this, ms, count from the exact time. */
const SHORT_LIFE = 10_000
/** Slots looked at between two looks at the clock, and looks at most, in one sweep. */
const SWEEP_STEP = 256
const SWEEP_STEPS = 64
/** A sweep holds the event loop for about this long, ms. */
const SWEEP_TIME = 1

export class LocalEngine<T> implements Sweepable {
  readonly store: EntryStore<T>
  readonly clock: Required<Clock>
  /** The same clock where it holds its time for a turn. */
  private readonly tickClock: TickClock | undefined
  readonly maintenance: Maintenance
  readonly callbacks: CallbackQueue
  /** Present where the cache is to be advised. */
  readonly advice: LiveAdvice<T> | undefined

  constructor(
    public options: CheckedOptions<T>,
    onCallbackError: (error: unknown) => void,
  ) {
    // A clock of the user's own is asked each time: it alone knows when its time moves.
    this.tickClock = options.clock === systemClock ? new TickClock(systemClock) : undefined
    this.clock = this.tickClock ?? options.clock
    this.store = new EntryStore<T>({ ...options, now: this.clock.now() })
    this.maintenance = new Maintenance(this, this.clock, options.cleanupInterval)
    this.callbacks = new CallbackQueue(onCallbackError)
    const { advise, maxSize, evictionPolicy } = options
    this.advice = advise ? new LiveAdvice(this.store, maxSize, evictionPolicy) : undefined
  }

  /** The time from which a life of `ttl` ms counts: a held time would cost a short one too large a part. */
  startOf(ttl: number): number {
    return ttl < SHORT_LIFE ? this.exactNow() : this.clock.now()
  }

  /** Removes what is due, for about a millisecond at most. */
  sweep(): 'more' | 'later' | 'idle' {
    const now = this.exactNow()
    let looked = SWEEP_STEP
    for (let step = 0; step < SWEEP_STEPS && looked === SWEEP_STEP; step++) {
      looked = this.store.sweep(now, SWEEP_STEP)
      // A held time would not see the sweep's own time pass.
      if (this.exactNow() - now >= SWEEP_TIME) break
    }
    this.callbacks.drain()
    if (looked === SWEEP_STEP) return 'more'
    return this.store.needsSweeps ? 'later' : 'idle'
  }

  private exactNow(): number {
    return this.tickClock === undefined ? this.clock.now() : this.tickClock.exactNow()
  }
}
