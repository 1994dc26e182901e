/**
 * CLIENT PAUSE: for a while no command is run, or none that writes, and nothing expires in the background. Whoever
 * brings one waits, and is called when it is over. Knows no socket.
 */

/** A pause that is under way. */
export type Paused = 'writes' | 'all'

export class Pause {
  private what: Paused | undefined
  private until = 0
  private cancel: (() => void) | undefined
  private readonly waiting = new Set<() => void>()

  /** @param setTimer - calls back once so many ms have passed; what it returns calls that off */
  constructor(private readonly setTimer: (fire: () => void, delay: number) => () => void) {}

  get isOn(): boolean {
    return this.what !== undefined
  }

  /** Pauses, until a later instant and for more commands than the pause under way, if there is one: the greater holds. */
  begin(what: Paused, until: number, now: number): void {
    this.what = what === 'all' || this.what === 'all' ? 'all' : 'writes'
    this.until = Math.max(this.until, until)
    this.cancel?.()
    this.cancel = this.setTimer(() => this.end(), Math.min(MOST_DELAY, this.until - now))
  }

  /** Ends the pause, and calls those who wait, in their order and soon. */
  end(): void {
    this.cancel?.()
    this.cancel = undefined
    this.what = undefined
    this.until = 0
    if (this.waiting.size === 0) return
    const waiting = [...this.waiting]
    this.waiting.clear()
    // Not within the command that has ended it, whose reply is not out.
    queueMicrotask(() => {
      for (const goOn of waiting) goOn()
    })
  }

  /** Whether a command has to wait. */
  holds(isWrite: boolean): boolean {
    return this.what === 'all' || (this.what === 'writes' && isWrite)
  }

  /** Calls back when the pause has ended. */
  wait(goOn: () => void): void {
    this.waiting.add(goOn)
  }

  /** Whoever waited does no more. */
  forget(goOn: () => void): void {
    this.waiting.delete(goOn)
  }
}

/** What timers can wait, ms. */
const MOST_DELAY = 2 ** 31 - 1
