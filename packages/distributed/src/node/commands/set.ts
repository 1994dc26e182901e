/** SET and its older forms. */
import { type Reply, ReplyError } from '../../resp/reply.js'
import type { SetVerdict } from '../byte-write.js'
import { type CommandContext, type NodeCommand, ONE_KEY, REGISTERS_FULL, SYNTAX_ERROR, TOO_LARGE } from '../command.js'
import { deadlineOf, readWords } from './set-words.js'

const WRITE = ['write', 'denyoom']

/** Stores, or tells why not. */
export function store(context: CommandContext, key: Uint8Array, value: Uint8Array, expiresAt: number): Reply {
  if (expiresAt <= context.now) {
    context.store.delete(key, context.now)
    return 'OK'
  }
  return refusalOf(context.store.set(key, value, expiresAt, context.now)) ?? 'OK'
}

/** Why a write was refused; `undefined` when it was not. */
export function refusalOf(verdict: SetVerdict): ReplyError | undefined {
  return verdict === 'stored' ? undefined : verdict === 'too-large' ? TOO_LARGE : REGISTERS_FULL
}

/** Stores under the deadline that stands, or tells why not. */
export function replaceValue(context: CommandContext, key: Uint8Array, value: Uint8Array): Reply {
  return store(context, key, value, context.store.expiryOf(key, context.now) ?? Number.POSITIVE_INFINITY)
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
    const words = readWords(parts, 3, 'set')
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
