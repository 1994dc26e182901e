/** When the last calls of a client that ends have ended. */
import type { Clock } from '@mtaio/core'

/** How often that is looked for, ms. */
const LOOK_EVERY = 5
/** Turns of the microtask queue in which a call that goes from one round to the next may have nothing under way. */
const TURNS = 64

/**
 * Resolves when nothing is under way any more, or time is up.
 *
 * @param until - by when all that has begun is past its deadline, ms
 */
export async function settled(clock: Required<Clock>, isBusy: () => boolean, until: () => number): Promise<void> {
  let busyFor = 0
  for (let turn = 0; turn < TURNS; turn++) {
    await Promise.resolve()
    busyFor = isBusy() ? busyFor + 1 : 0
    if (busyFor === 0) continue
    turn = 0
    if (busyFor < TURNS) continue
    busyFor = 0
    if (clock.now() >= until()) return
    await new Promise<void>((resolve) => clock.setTimer(resolve, LOOK_EVERY))
  }
}
