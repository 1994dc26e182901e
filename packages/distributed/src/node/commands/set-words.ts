/** The words that may stand behind a value or a key: conditions and deadlines, as SET and GETEX read them. Pure. */
import { ReplyError } from '../../resp/reply.js'
import { integerOf, wordOf } from '../arguments.js'
import { NOT_AN_INTEGER } from '../command.js'
import { instantOf } from './expiry-instant.js'

export type DeadlineUnit = 'EX' | 'PX' | 'EXAT' | 'PXAT'

export interface SetWords {
  only: 'NX' | 'XX' | undefined
  get: boolean
  keepTtl: boolean
  persist: boolean
  unit: DeadlineUnit | undefined
  amount: Uint8Array | undefined
}

/** @returns `undefined` when the words from `start` on make no sense together, or not to this command */
export function readWords(parts: readonly Uint8Array[], start: number, command: 'set' | 'getex'): SetWords | undefined {
  const words: SetWords = {
    only: undefined,
    get: false,
    keepTtl: false,
    persist: false,
    unit: undefined,
    amount: undefined,
  }
  const sets = command === 'set'
  for (let i = start; i < parts.length; i++) {
    const word = wordOf(parts[i]!)
    if (sets && (word === 'NX' || word === 'XX')) {
      if (words.only !== undefined && words.only !== word) return undefined
      words.only = word
    } else if (sets && word === 'GET') words.get = true
    else if (sets && word === 'KEEPTTL') words.keepTtl = true
    else if (!sets && word === 'PERSIST') words.persist = true
    else if ((word === 'EX' || word === 'PX' || word === 'EXAT' || word === 'PXAT') && i + 1 < parts.length) {
      if (words.unit !== undefined && words.unit !== word) return undefined
      words.unit = word
      words.amount = parts[++i]
    } else return undefined
  }
  return (words.keepTtl || words.persist) && words.unit !== undefined ? undefined : words
}

/** The instant that an amount of a unit means: epoch ms, or what is wrong with it. */
export function deadlineOf(command: string, unit: DeadlineUnit, amount: Uint8Array, now: number): number | ReplyError {
  const number = integerOf(amount)
  if (number === undefined) return NOT_AN_INTEGER
  const at =
    number <= 0 ? undefined : instantOf(amount, unit === 'EX' || unit === 'EXAT', unit.endsWith('AT') ? 0 : now)
  return at ?? new ReplyError(`ERR invalid expire time in '${command}' command`)
}
