/** Versions for what is to lose against whatever may be under way. */
import { makeVersion, timeOf, type Version, writerOf } from '../record/version.js'
import { CLOCKS_AGREE_WITHIN } from './register-version.js'

/**
 * A version older than those of all writes under way, unless their clocks are wrong by a minute, and newer than what was
 * written a minute ago.
 *
 * @param fresh - a version that was drawn now, which may be ahead of the wall clock
 */
export function earlyVersion(fresh: Version, wallNow: number): Version {
  const time = Math.min(timeOf(fresh), Math.floor(wallNow)) - CLOCKS_AGREE_WITHIN
  return makeVersion(Math.max(0, time || 0), 0, writerOf(fresh))
}
