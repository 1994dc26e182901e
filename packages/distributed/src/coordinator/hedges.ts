/**
 * What is to be done if an answer takes long: the next node is asked beside the one that hangs. The wait changes slowly if
 * at all, so a queue in order of asking and one timer at its head are enough, and an answer in time costs no timer at all.
 */
import type { CancelTimer, Clock } from '@mtaio/core'

interface Hedge {
  readonly at: number
  fire: (() => void) | undefined
}

export class Hedges {
  private readonly queue: Hedge[] = []
  /** How many of the queue's first elements are done with; they are cut off in blocks. */
  private done = 0
  private cancelTimer: CancelTimer | undefined
  private latest = Number.NEGATIVE_INFINITY

  constructor(
    private readonly clock: Required<Clock>,
    /** How long an answer may take, ms. */
    readonly patience: number,
  ) {}

  /**
   * Calls `fire` once `wait` ms have passed, unless undone before; a little later where somebody who asked before has waits
   * that are longer.
   *
   * @param wait - `patience` unless given
   */
  later(fire: () => void, wait = this.patience): CancelTimer {
    const at = Math.max(this.latest, this.clock.now() + wait)
    this.latest = at
    const hedge: Hedge = { at, fire }
    this.queue.push(hedge)
    if (this.cancelTimer === undefined) this.watch()
    return () => {
      hedge.fire = undefined
    }
  }

  close(): void {
    this.cancelTimer?.()
    this.queue.length = this.done = 0
  }

  private watch(): void {
    const first = this.queue[this.done]
    this.cancelTimer = first && this.clock.setTimer(() => this.check(), Math.max(0, first.at - this.clock.now()))
  }

  private check(): void {
    const now = this.clock.now()
    const due: (() => void)[] = []
    for (; this.done < this.queue.length; this.done++) {
      const { at, fire } = this.queue[this.done]!
      if (fire !== undefined && at > now) break
      if (fire !== undefined) due.push(fire)
    }
    this.queue.splice(0, this.done)
    this.done = 0
    if (this.queue.length === 0) this.latest = Number.NEGATIVE_INFINITY
    this.watch()
    for (const fire of due) fire()
  }
}
