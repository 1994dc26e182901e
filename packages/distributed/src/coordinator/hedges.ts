/**
 * What is to be done if an answer takes long: the next node is asked beside the one that hangs. The wait is the same for
 * all, so a queue in order of asking and one timer at its head are enough, and an answer in time costs no timer at all.
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

  constructor(
    private readonly clock: Required<Clock>,
    /** How long an answer may take, ms. */
    readonly patience: number,
  ) {}

  /** Calls `fire` once `patience` has passed, unless undone before. */
  later(fire: () => void): CancelTimer {
    const hedge: Hedge = { at: this.clock.now() + this.patience, fire }
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
    this.watch()
    for (const fire of due) fire()
  }
}
