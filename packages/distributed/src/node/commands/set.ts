/** SET and its older forms. */
import { type Reply, ReplyError } from '../../resp/reply.js'
import { integerOf, wordOf } from '../arguments.js'
import {
  type CommandContext,
  NOT_AN_INTEGER,
  type NodeCommand,
  ONE_KEY,
  REGISTERS_FULL,
  SYNTAX_ERROR,
  TOO_LARGE,
} from '../command.js'
import { instantOf } from './expiry-instant.js'

const WRITE = ['write', 'denyoom']

interface SetWords {
  only: 'NX' | 'XX' | undefined
  get: boolean
  keepTtl: boolean
  unit: 'EX' | 'PX' | 'EXAT' | 'PXAT' | undefined
  amount: Uint8Array | undefined
}

/** Stores, or tells why not. */
export function store(context: CommandContext, key: Uint8Array, value: Uint8Array, expiresAt: number): Reply {
  if (expiresAt <= context.now) {
    context.store.delete(key, context.now)
    return 'OK'
  }
  const verdict = context.store.set(key, value, expiresAt, context.now)
  return verdict === 'stored' ? 'OK' : verdict === 'too-large' ? TOO_LARGE : REGISTERS_FULL
}

export const SET: NodeCommand = {
  name: 'set',
  arity: -3,
  flags: WRITE,
  keys: ONE_KEY,
  summary: 'Stores a value, under conditions and with a deadline if asked for.',
  run(parts, context) {
    const [, key, value] = parts as [Uint8Array, Uint8Array, Uint8Array]
    if (parts.length === 3) return store(context, key, value, Number.POSITIVE_INFINITY)
    const words = readWords(parts)
    if (words === undefined) return SYNTAX_ERROR
    const { now } = context
    let expiresAt: number | ReplyError = Number.POSITIVE_INFINITY
    if (words.unit !== undefined) {
      expiresAt = deadlineOf('set', words.unit, words.amount!, now)
      if (expiresAt instanceof ReplyError) return expiresAt
    }

    const standing = context.store.peek(key, now)
    const before = words.get ? (standing?.slice() ?? null) : undefined
    if (words.only !== undefined && (words.only === 'NX') === (standing !== undefined)) return before ?? null
    if (words.keepTtl) expiresAt = context.store.expiryOf(key, now) ?? Number.POSITIVE_INFINITY
    const stored = store(context, key, value, expiresAt)
    return stored === 'OK' && before !== undefined ? before : stored
  },
}

export const SETNX: NodeCommand = {
  name: 'setnx',
  arity: 3,
  flags: WRITE,
  keys: ONE_KEY,
  summary: 'Stores a value where there is none.',
  run([, key, value], context) {
    if (context.store.has(key!, context.now)) return 0
    const stored = store(context, key!, value!, Number.POSITIVE_INFINITY)
    return stored === 'OK' ? 1 : stored
  },
}

export const SETEX = withDeadline('setex', 'EX')
export const PSETEX = withDeadline('psetex', 'PX')

function withDeadline(name: string, unit: 'EX' | 'PX'): NodeCommand {
  return {
    name,
    arity: 4,
    flags: WRITE,
    keys: ONE_KEY,
    summary: `Stores a value for some ${unit === 'EX' ? 'seconds' : 'milliseconds'}.`,
    run([, key, amount, value], context) {
      const expiresAt = deadlineOf(name, unit, amount!, context.now)
      return expiresAt instanceof ReplyError ? expiresAt : store(context, key!, value!, expiresAt)
    },
  }
}

function deadlineOf(name: string, unit: NonNullable<SetWords['unit']>, amount: Uint8Array, now: number) {
  const number = integerOf(amount)
  if (number === undefined) return NOT_AN_INTEGER
  const at =
    number <= 0 ? undefined : instantOf(number, unit === 'EX' || unit === 'EXAT', unit.endsWith('AT') ? 0 : now)
  return at ?? new ReplyError(`ERR invalid expire time in '${name}' command`)
}

/** The words after the value; `undefined` when they make no sense together. */
function readWords(parts: readonly Uint8Array[]): SetWords | undefined {
  const words: SetWords = { only: undefined, get: false, keepTtl: false, unit: undefined, amount: undefined }
  for (let i = 3; i < parts.length; i++) {
    const word = wordOf(parts[i]!)
    if (word === 'NX' || word === 'XX') {
      if (words.only !== undefined && words.only !== word) return undefined
      words.only = word
    } else if (word === 'GET') words.get = true
    else if (word === 'KEEPTTL') words.keepTtl = true
    else if ((word === 'EX' || word === 'PX' || word === 'EXAT' || word === 'PXAT') && i + 1 < parts.length) {
      if (words.unit !== undefined && words.unit !== word) return undefined
      words.unit = word
      words.amount = parts[++i]
    } else return undefined
  }
  return words.keepTtl && words.unit !== undefined ? undefined : words
}
