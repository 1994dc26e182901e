/** How far it is, on the standard error of a terminal; nothing elsewhere, and nothing for what is over at once. */
import { Presets, SingleBar } from 'cli-progress'

/** Shorter than this, a bar would only flicker, ms. */
const SHOW_AFTER = 500
const STEPS = 1000

export class ProgressBar {
  private readonly started = Date.now()
  private bar: SingleBar | undefined

  /** @param share - how much of the whole is done, from 0 to 1 */
  at(what: string, share: number): void {
    if (!process.stderr.isTTY) return
    if (this.bar === undefined) {
      if (Date.now() - this.started < SHOW_AFTER) return
      // No listeners for signals: a simulation leaves no time to hear them, so they have to end the process by themselves.
      this.bar = new SingleBar(
        { format: '{bar} {percentage} % {what}', clearOnComplete: true, gracefulExit: false, stream: process.stderr },
        Presets.shades_classic,
      )
      this.bar.start(STEPS, 0, { what })
    }
    this.bar.update(Math.floor(share * STEPS), { what })
  }

  stop(): void {
    this.bar?.stop()
  }
}
