/**
 * What is to be done if an answer takes long: the next node is asked beside the one that hangs. The wait changes slowly if
 * at all, so a queue in order of asking and one timer at its head are enough, and an answer in time costs no timer at all.
 * Who is done with is let go of as soon as nobody before him waits: most are, within a millisecond or so.
 */
import type { CancelTimer, Clock } from '@mtaio/core'

/** Somebody who waits for an answer. */
export interface Waiting {
  /** Whether the answer is here, or nobody wants it any more. */
  readonly isDone: boolean
  /** It takes long. */
  late(): void
}

/** Done with so many, the queue's beginning is cut off. */
const BLOCK = 256

export class Hedges {
  private queue: (Waiting | undefined)[] = []
  /** When the one at the same place in the queue has waited long, ms. */
  private ats: number[] = []
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
    const waiting = { isDone: false, late: fire }
    this.watchOver(waiting, wait)
    return () => {
      waiting.isDone = true
    }
  }

  /** The same for somebody who knows when he is done. */
  watchOver(waiting: Waiting, wait = this.patience): void {
    this.letGo()
    const at = Math.max(this.latest, this.clock.now() + wait)
    this.latest = at
    this.queue.push(waiting)
    this.ats.push(at)
    if (this.cancelTimer === undefined) this.watch()
  }

  close(): void {
    this.cancelTimer?.()
    this.queue.length = this.ats.length = this.done = 0
  }

  /** Forgets those at the head of the queue that are done. */
  private letGo(): void {
    const { queue } = this
    while (this.done < queue.length && queue[this.done]!.isDone) queue[this.done++] = undefined
    if (this.done < BLOCK) return
    queue.splice(0, this.done)
    this.ats.splice(0, this.done)
    this.done = 0
  }

  private watch(): void {
    const at = this.ats[this.done]
    this.cancelTimer =
      at === undefined ? undefined : this.clock.setTimer(() => this.check(), Math.max(0, at - this.clock.now()))
  }

  private check(): void {
    const now = this.clock.now()
    const due: Waiting[] = []
    for (; this.done < this.queue.length; this.done++) {
      const waiting = this.queue[this.done]!
      if (!waiting.isDone && this.ats[this.done]! > now) break
      if (!waiting.isDone) due.push(waiting)
      this.queue[this.done] = undefined
    }
    if (this.done === this.queue.length) {
      this.queue.length = this.ats.length = this.done = 0
      this.latest = Number.NEGATIVE_INFINITY
    }
    this.watch()
    for (const waiting of due) waiting.late()
  }
}
