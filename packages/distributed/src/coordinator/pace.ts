/**
 * How fast work behind everybody's back may go: so many entries a second, hints, copies and comparisons together, and a tenth of a
 * second's worth at once. Nobody waits in a queue of his own: each reserves the next free instant and waits for it.
 *
 * The generic cell rate algorithm (ITU-T I.371): one number of state.
 */
import type { Clock } from '@mtaio/core'

const BURST = 100

export class Pace {
  private free = Number.NEGATIVE_INFINITY

  constructor(
    private readonly clock: Required<Clock>,
    /** Entries a second; `Infinity` for no limit. */
    private readonly perSecond: number,
  ) {}

  /** Resolves when `count` more entries may be worked on. */
  async take(count: number): Promise<void> {
    const now = this.clock.now()
    const start = Math.max(this.free, now - BURST)
    this.free = start + (count / this.perSecond) * 1000
    const wait = this.free - now
    if (wait > 0) await new Promise<void>((resolve) => this.clock.setTimer(resolve, wait))
  }
}
