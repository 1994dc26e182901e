/** Sizes of caches as people write them: shares of a trace, entries, or amounts of weight. */
import { CacheConfigError } from '@mtaio/exceptions'
import { parseMemorySize } from '../../node/memory-size.js'

export interface Size {
  /** As it was written. */
  readonly text: string
  /** The capacity in a trace whose keys make `whole` entries, or that weight. At least 1. */
  capacityOf(whole: number): number
}

/**
 * Reads a list such as `0.1%,1%,10%` or `100,1000`; amounts of weight may have a unit, as in `64mb`.
 *
 * @throws CacheConfigError naming the part that is no size
 */
export function parseSizes(text: string, areEntriesWeighed: boolean): Size[] {
  return text.split(',').map((part) => parseSize(part.trim(), areEntriesWeighed))
}

function parseSize(text: string, areEntriesWeighed: boolean): Size {
  const share = /^(\d+(?:\.\d+)?|\.\d+)\s*%$/.exec(text)
  if (share !== null) {
    const percent = Number(share[1])
    if (percent > 0) return { text, capacityOf: (whole) => Math.max(1, Math.round((whole * percent) / 100)) }
  } else if (/^\d{1,15}$/.test(text)) {
    if (Number(text) > 0) return { text, capacityOf: () => Number(text) }
  } else if (areEntriesWeighed && /^\d.*[kmg]?b$/i.test(text)) {
    const weight = parseMemorySize(text, '--sizes')
    return { text, capacityOf: () => weight }
  }
  const units = areEntriesWeighed ? ", amounts of weight such as '1000' or '64mb'" : ", or entries such as '1000'"
  throw new CacheConfigError(
    `--sizes takes shares of a trace such as '1%'${units}, above 0, not '${text.slice(0, 40)}'`,
  )
}
