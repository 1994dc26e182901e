/** Amounts of memory as users write them → bytes. The only place that knows these units. */
import { CacheConfigError } from '@mtaio/exceptions'
import { quoted } from './quoted.js'

/** An amount of memory: a number of bytes, or digits with a unit of 1024: `'512kb'`, `'64mb'`, `'1.5gb'`. */
export type Bytes = number | string

const WITH_UNIT = /^(\d+(?:\.\d+)?)(b|kb|mb|gb)$/i
const POWERS: Readonly<Record<string, number>> = { b: 0, kb: 1, mb: 2, gb: 3 }

/** @throws CacheConfigError quoting `name` and `value` unless it is an amount above 0 */
export function parseBytes(value: Bytes, name: string): number {
  const match = typeof value === 'string' ? WITH_UNIT.exec(value) : null
  const bytes = match === null ? value : Number(match[1]) * 1024 ** POWERS[match[2]!.toLowerCase()]!
  if (typeof bytes === 'number' && bytes > 0 && bytes < Number.POSITIVE_INFINITY) return bytes
  throw new CacheConfigError(
    `${name} must be bytes above 0 or a string such as '64mb' (b, kb, mb, gb), not ${quoted(value)}`,
  )
}
