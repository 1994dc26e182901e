/** Amounts of memory as people write them. Pure. */
import { CacheConfigError } from '@mtaio/exceptions'

const UNITS: Readonly<Record<string, number>> = { '': 1, b: 1, kb: 2 ** 10, mb: 2 ** 20, gb: 2 ** 30 }

/**
 * Bytes of a number of them, or of a string such as `'256mb'` (b, kb, mb, gb; 1 kb = 1024 bytes).
 *
 * @throws CacheConfigError naming `name` and what was given, unless it is at least one whole byte
 */
export function parseMemorySize(size: number | string, name: string): number {
  const found = typeof size === 'string' ? /^(\d+(?:\.\d+)?)\s*([kmg]?b|)$/i.exec(size.trim()) : undefined
  const bytes =
    typeof size === 'number' ? size : found ? Math.floor(Number(found[1]) * UNITS[found[2]!.toLowerCase()]!) : 0
  if (Number.isSafeInteger(bytes) && bytes >= 1) return bytes
  const shown = typeof size === 'string' ? `'${size.slice(0, 40)}'` : String(size)
  throw new CacheConfigError(
    `${name} must be a whole number of bytes above 0, or a string such as '256mb', not ${shown}`,
  )
}
