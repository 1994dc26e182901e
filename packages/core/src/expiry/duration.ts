/** Durations as users write them → milliseconds. The only place that knows units; knows no clock. */
import { CacheConfigError } from '@mtaio/exceptions'
import type { Duration } from '../cache.js'
import { quoted } from '../quoted.js'

const MILLISECONDS_PER: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_536_000_000,
}

const ONE_YEAR_IN_SECONDS = 31_536_000

// The span of a JavaScript `Date`. An instant this far from now is still an exact integer of milliseconds.
const LONGEST = 8.64e15

const WITH_UNIT = /^(\d+(?:\.\d+)?)(ms|s|m|h|d|w|y)$/

/**
 * A duration in milliseconds; `Infinity` stays `Infinity`.
 *
 * @param value - seconds as a number above 0, up to one year; or digits and a unit without spaces, such as `'250ms'`,
 *   `'1.5h'`, with units `ms`, `s`, `m`, `h`, `d`, `w` (7 days), `y` (365 days), in lower case; or `Infinity`
 * @param name - what is being set, for the message
 * @throws CacheConfigError quoting `name` and `value`
 */
export function parseDuration(value: Duration, name: string): number {
  if (typeof value === 'number') return fromSeconds(value, name)
  if (typeof value === 'string') return fromText(value, name)
  throw new CacheConfigError(`${name} must be seconds or a string with a unit such as '30s', not ${quoted(value)}`)
}

function fromSeconds(seconds: number, name: string): number {
  if (seconds === Number.POSITIVE_INFINITY) return seconds
  if (seconds > ONE_YEAR_IN_SECONDS) {
    throw new CacheConfigError(
      `${name} is in seconds, and ${seconds} seconds are more than a year: for milliseconds say '${seconds}ms'; ` +
        `if it is meant, say it with a unit ('2y') or Infinity`,
    )
  }
  const milliseconds = seconds * 1_000
  if (milliseconds > 0) return milliseconds
  throw new CacheConfigError(
    `${name} must be above 0, not ${quoted(seconds)}: give seconds, a string such as '30s', or Infinity for never`,
  )
}

function fromText(text: string, name: string): number {
  const match = WITH_UNIT.exec(text)
  const milliseconds = match === null ? Number.NaN : Number(match[1]) * MILLISECONDS_PER[match[2]!]!
  if (milliseconds > 0 && milliseconds <= LONGEST) return milliseconds
  if (milliseconds > LONGEST) {
    throw new CacheConfigError(`${name} is too long: ${quoted(text)}; Infinity, without quotes, means never`)
  }
  throw new CacheConfigError(
    `${name} is not a duration above 0: ${quoted(text)}; write digits and a unit without spaces ` +
      `(ms, s, m, h, d, w, y), such as '250ms', '30s', '5m', or Infinity without quotes`,
  )
}
