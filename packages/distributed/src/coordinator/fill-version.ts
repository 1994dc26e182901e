/**
 * Versions for what a load stores. A load that was overtaken by a write is refused wherever that write stands; where it
 * does not stand yet, the fill is stored for a while. So it must be the older one of the two:
 *
 * 1. a reader finds the key absent and begins to load; 2. a client whose clock is behind writes, and is acknowledged by
 * two replicas of three; 3. the fill, under a version of the reader's clock, is refused by these two and stored by the third;
 * 4. a read that asks the third finds the fill to be the newest.
 *
 * Hence a version on top of what was found dead: a write that begins later moves past that, and so past the fill. Where
 * nothing was written for ten minutes, it is ten minutes old, and of the last edition that a transaction can have: what is
 * built on it goes elsewhere then, to where no other load of the same absence can come.
 */
import {
  compareVersions,
  counterOf,
  editionOf,
  isAboutPrefixes,
  makeVersion,
  timeOf,
  type Version,
  writerOf,
} from '../record/version.js'

/** No clock and no register is ahead of another by more, ms: what is older than that is older than all that is under way. */
const BEHIND = 600_000
const LAST_EDITION = 0xff
/** Of all transactions on one write. */
const LAST_TRANSACTION = 0xff
/** Two loads of one dead record at a time are told apart by chance, or by the replica that both come to. */
const SPREAD = 8

/**
 * A version newer than `dead`, the newest that was seen when the key was found absent, and older than every write that
 * begins after that. Of two loads of one absence, the one that began later has the newer one, unless clocks disagree.
 *
 * @param fresh - a version that was drawn when the load began
 * @param random - uniform in [0, 1)
 */
export function fillVersion(dead: Version, fresh: Version, random: number): Version {
  const early = makeVersion(
    Math.max(0, timeOf(fresh) - BEHIND),
    counterOf(fresh),
    writerOf(fresh),
    LAST_TRANSACTION << 8,
  )
  if (compareVersions(early, dead) > 0) return early
  const edition = editionOf(dead)
  const room = LAST_EDITION - (edition & LAST_EDITION)
  // After so many loads on top of one another, only clocks are left to tell what is older.
  if (room === 0) return fresh
  return Uint8Array.from(dead, (byte, i) => (i === 13 ? byte + 1 + Math.floor(random * Math.min(room, SPREAD)) : byte))
}

/** Whether a load may have stored this where nothing was found: others may do so under a version as old. */
function isOfAbsence(version: Version): boolean {
  return editionOf(version) >> 8 === LAST_TRANSACTION
}

/** Whether what stands in a load's way has overtaken it: no other load of the same absence, and no register that may be gone past yet. */
export function overtakes(inTheWay: Version, load: Version): boolean {
  const isPassable = compareVersions(inTheWay, load) > 0 && isAboutPrefixes(inTheWay)
  return !isPassable && !areRivals(inTheWay, load)
}

/** Whether both may be loads of one absence, of which the newer one may take the place of the older. */
export function areRivals(a: Version, b: Version): boolean {
  if (isOfAbsence(a) && isOfAbsence(b)) return true
  return a.every((byte, i) => i === 13 || byte === b[i])
}
