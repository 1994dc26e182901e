/**
 * When to sweep: one unref'd timer per cache that has something to expire, none for others. It holds its target weakly,
 * so that a cache which is dropped without `stop()` is collected, and its timer ends at the next turn.
 */
import type { CancelTimer, Clock } from './time/clock.js'

/** Something that has bounded work to do now and then. */
export interface Sweepable {
  /** Does a bounded piece of work. `'more'`: there is more to do now; `'later'`: look again; `'idle'`: nothing can come up. */
  sweep(): 'more' | 'later' | 'idle'
}

export class Maintenance {
  private readonly target: WeakRef<Sweepable>
  private cancel: CancelTimer | undefined
  private stopped = false

  /** @param interval - milliseconds between sweeps; `Infinity` = never */
  constructor(
    target: Sweepable,
    private readonly clock: Required<Clock>,
    private readonly interval: number,
  ) {
    this.target = new WeakRef(target)
  }

  /** There may be something to sweep from now on. O(1); nothing to do when it is awake already. */
  wake(): void {
    if (this.cancel === undefined && !this.stopped) this.schedule(this.interval)
  }

  /** Sweeps no more until `start()`. */
  stop(): void {
    this.stopped = true
    this.cancel?.()
    this.cancel = undefined
  }

  start(): void {
    this.stopped = false
    this.wake()
  }

  private schedule(delay: number): void {
    if (delay === Number.POSITIVE_INFINITY) return
    this.cancel = this.clock.setTimer(() => this.turn(), delay)
  }

  private turn(): void {
    this.cancel = undefined
    const found = this.target.deref()?.sweep() ?? 'idle'
    if (this.stopped || this.cancel !== undefined) return
    // More to do: let others have the event loop in between.
    if (found !== 'idle') this.schedule(found === 'more' ? 0 : this.interval)
  }
}
