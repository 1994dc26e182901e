/**
 * The time, read once per turn of the event loop where many ask. Knows no cache.
 *
 * Asking the machine costs about 40 ns, as much as four reads of a Map. Code that runs without awaiting cannot tell when
 * within its turn the time was taken; so a time is held until the turn's microtasks run, and asked for anew by whoever
 * awaited anything. A held time is given at most 64 times, so that a long computation in one turn goes on to see
 * time pass, too. Where a turn asks only once or twice, holding costs more than it saves: then it pauses for a while.
 */
import type { Clock } from './clock.js'

/** How often a held time is given before the machine is asked again. */
const MOST_USES = 64
/** A turn with fewer uses than this was not worth holding the time for. */
const WORTH_HOLDING = 4
/** How many reads are then exact before holding is tried again. */
const PAUSE = 32

export class TickClock implements Required<Clock> {
  private time = 0
  /** How often the held time may still be given; 0 while none is held. */
  private uses = 0
  /** How often the time was asked for in this turn since it was first held. */
  private asked = 0
  private pause = 0
  private letGoPending = false

  constructor(private readonly exact: Required<Clock>) {}

  now(): number {
    if (this.uses > 0) {
      this.uses--
      return this.time
    }
    return this.ask()
  }

  /** The exact time, which is then the held one, too. */
  exactNow(): number {
    this.time = this.exact.now()
    return this.time
  }

  setTimer(fire: () => void, delay: number): () => void {
    return this.exact.setTimer(fire, delay)
  }

  private ask(): number {
    if (this.pause > 0) {
      this.pause--
      return this.exact.now()
    }
    this.time = this.exact.now()
    this.uses = MOST_USES
    this.asked++
    if (!this.letGoPending) {
      this.letGoPending = true
      queueMicrotask(this.letGo)
    }
    return this.time
  }

  private readonly letGo = (): void => {
    const given = (this.asked - 1) * MOST_USES + (MOST_USES - this.uses)
    if (given < WORTH_HOLDING) this.pause = PAUSE
    this.asked = 0
    this.uses = 0
    this.letGoPending = false
  }
}
