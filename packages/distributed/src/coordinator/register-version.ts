/**
 * Versions for registers. A writer of a record is told by the replica when something newer stands there, and moves past
 * it. Nobody tells a register so: how new the records are that it is to kill, on whatever node, is not known. With a
 * version of its writer's own clock, a clear would spare what was written a moment ago by a client whose clock is ahead.
 *
 * So a register goes ahead of the wall clock by more than clocks are wrong, and, since clients that have met an earlier
 * register draw their versions from there on, ahead of everything that this client has met. Writers who meet it move past
 * it, at the price of one more round; no version goes further ahead on its account than `MOST_AHEAD`, however often
 * registers are written.
 */
import { makeVersion, timeOf, type Version } from '../record/version.js'
import type { VersionClock } from '../record/version-clock.js'

/** By how much clocks may differ without anybody noticing, ms. */
export const CLOCKS_AGREE_WITHIN = 60_000
/** Leaves room for the versions that others have drawn since the newest that this client has met: 65,536 of them, ms. */
const STEP = 1
/** Bound on how far ahead of the wall clock steps lead, ms. */
const MOST_AHEAD = 600_000

/** A version for a register, newer than what clients have written so far unless their clocks are wrong by minutes. */
export function registerVersion(versions: VersionClock, wallNow: () => number): Version {
  const wall = Math.floor(wallNow())
  const beyondMet = Math.min(timeOf(versions.next()) + STEP, wall + MOST_AHEAD)
  const time = Math.max(wall + CLOCKS_AGREE_WITHIN, beyondMet)
  if (time >= 0) versions.observe(makeVersion(time, 0, 0))
  return versions.next()
}

/**
 * The newest mark that may stand where one of this version goes: a step before it. A mark of the same millisecond may have
 * been met by others, who have written since, a little later within that millisecond.
 */
export function beforeMark(version: Version): Version {
  return makeVersion(Math.max(0, timeOf(version) - STEP), 0xffff, 0xffffffff, 0xffff)
}
