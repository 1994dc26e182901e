/**
 * A hybrid logical clock: it draws the versions of one writer.
 *
 * Intuition. Wall clocks of different machines disagree, and any of them may stand still or jump back; a plain counter
 * never disagrees with itself but says nothing of when. The hybrid reads the wall clock and, whenever that has not
 * moved past the newest version known, counts on from there instead.
 *
 * Invariant. Each version drawn is greater than every version drawn or observed before it, in its first 8 bytes (time,
 * counter), so neither writer nor edition can undo the order. A write that begins after another was seen thus wins over
 * it, whatever the two wall clocks say; among writes that never saw each other, the wall clock decides, roughly.
 *
 * Bound. `observe` refuses what is more than `maxDrift` ahead of the *wall* clock (not of itself: a chain of small
 * steps would get past that), so no stranger's broken clock drags this one along, and versions drawn are never more
 * than `maxDrift` ahead of the latest wall time, but for the carry of 65536 draws in one millisecond.
 *
 * Cost. One reading of the wall clock and 14 bytes per version; two numbers of state, none of it kept on disk: after a
 * restart the first rejected write brings the clock forward.
 *
 * Departures from the paper: the counter is 16 bits wide and overflows into the next millisecond; message receipt is
 * `observe`, which draws no version of its own; the drift bound is checked on receipt (the paper's section on resilience).
 *
 * S. Kulkarni, M. Demirbas, D. Madappa, B. Avva, M. Leone: Logical Physical Clocks and Consistent Snapshots in Globally
 * Distributed Databases. OPODIS 2014.
 */
import { CacheConfigError } from '@mtaio/exceptions'
import { counterAt, counterOf, makeVersion, timeAt, timeOf, VERSION_BYTES, type Version } from './version.js'

/** Time and randomness of a {@link VersionClock}: chosen by whoever composes the client. */
export interface VersionClockOptions {
  /** Milliseconds since the epoch. May stand still, jump back or be wrong. */
  readonly wallNow: () => number
  /** 32 random bits that keep this writer's versions apart from those of others: an integer, 0 to 2^32 − 1. */
  readonly writer: number
  /**
   * How far ahead of `wallNow` an observed version may be, in milliseconds.
   *
   * Wider: a wrong clock elsewhere draws this one further into the future, which costs nothing but the meaning of
   * `timeOf`. Narrower: what a machine with a fast clock wrote cannot be overwritten until the wall clock gets there.
   * A day lets through the commonest gross error, a clock set to local time (up to 14 hours off), and keeps out the
   * next one, a wrong date.
   *
   * @defaultValue 86_400_000 (one day)
   */
  readonly maxDrift?: number | undefined
}

/** How far ahead of the wall clock a version is followed, ms, unless told otherwise. */
export const DEFAULT_MAX_DRIFT = 86_400_000
const MAX_TIME = 2 ** 48 - 1
const MAX_COUNTER = 0xffff

/** Draws strictly increasing versions. */
export class VersionClock {
  readonly #wallNow: () => number
  readonly #writer: number
  readonly #maxDrift: number
  #time = 0
  #counter = 0

  /** @throws CacheConfigError when `writer` is not 32 bits or `maxDrift` is negative or not a number */
  constructor({ wallNow, writer, maxDrift = DEFAULT_MAX_DRIFT }: VersionClockOptions) {
    if (!Number.isInteger(writer) || writer < 0 || writer > 0xffffffff) {
      throw new CacheConfigError(`writer is ${String(writer)}: pass 32 random bits, an integer from 0 to 2^32 − 1`)
    }
    if (typeof maxDrift !== 'number' || !(maxDrift >= 0)) {
      throw new CacheConfigError(`maxDrift is ${String(maxDrift)}: pass milliseconds, 0 or more`)
    }
    this.#wallNow = wallNow
    this.#writer = writer
    this.#maxDrift = maxDrift
  }

  /**
   * A version newer than all that this clock has drawn or observed.
   *
   * @throws CacheConfigError when time has run out (the year 10889), which only an unbounded `maxDrift` can bring about
   */
  next(): Version {
    const wall = Math.floor(this.#wallNow())
    // A wall clock that says NaN or is out of range never passes, so the counter carries on.
    if (wall > this.#time && wall <= MAX_TIME) {
      this.#time = wall
      this.#counter = 0
    } else if (this.#counter < MAX_COUNTER) {
      this.#counter++
    } else if (this.#time < MAX_TIME) {
      this.#time++
      this.#counter = 0
    } else {
      throw new CacheConfigError('the version clock is at its end: a version of the year 10889 was let in by maxDrift')
    }
    return makeVersion(this.#time, this.#counter, this.#writer)
  }

  /**
   * Moves the clock past `version`, which another writer drew.
   *
   * @returns `false`, and the clock stays where it is, when `version` is more than `maxDrift` ahead of the wall clock
   */
  observe(version: Version): boolean {
    const time = timeOf(version)
    if (!(time - this.#wallNow() <= this.#maxDrift)) return false
    if (this.#isBehind(time, counterOf(version))) {
      this.#time = time
      this.#counter = counterOf(version)
    }
    return true
  }

  /** The same for a version that stands within bytes. Most were drawn a while ago, and the wall clock need not be asked about them. */
  observeAt(bytes: Uint8Array, at: number): void {
    if (this.#isBehind(timeAt(bytes, at), counterAt(bytes, at))) this.observe(bytes.slice(at, at + VERSION_BYTES))
  }

  /** A clock of the same writer that goes on from here by itself: what it draws and observes, this one does not know of. */
  fork(): VersionClock {
    const fork = new VersionClock({ wallNow: this.#wallNow, writer: this.#writer, maxDrift: this.#maxDrift })
    fork.#time = this.#time
    fork.#counter = this.#counter
    return fork
  }

  #isBehind(time: number, counter: number): boolean {
    return time > this.#time || (time === this.#time && counter > this.#counter)
  }
}
