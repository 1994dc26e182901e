/** Writes to a part of a value: APPEND, SETRANGE. */
import { type Reply, ReplyError } from '../../resp/reply.js'
import { integerOf } from '../arguments.js'
import { type CommandContext, NOT_AN_INTEGER, type NodeCommand, ONE_KEY, TOO_LARGE } from '../command.js'
import { replaceValue } from './set.js'

/** The longest value that Redis makes, bytes. */
const MAX_STRING = 512 * 1024 * 1024
const TOO_LONG = new ReplyError('ERR string exceeds maximum allowed size (proto-max-bulk-len)')
const EMPTY = new Uint8Array(0)

export const APPEND: NodeCommand = {
  name: 'append',
  arity: 3,
  flags: ['write', 'denyoom', 'fast'],
  keys: ONE_KEY,
  summary: 'Adds to the end of a value and answers its length.',
  run([, key, tail], context) {
    const before = context.store.peek(key!, context.now) ?? EMPTY
    return edit(context, key!, before, before.length, tail!)
  },
}

export const SETRANGE: NodeCommand = {
  name: 'setrange',
  arity: 4,
  flags: ['write', 'denyoom'],
  keys: ONE_KEY,
  summary: 'Overwrites a part of a value, filling with zero bytes up to it, and answers its length.',
  run([, key, at, piece], context) {
    const offset = integerOf(at!)
    if (offset === undefined) return NOT_AN_INTEGER
    if (offset < 0) return new ReplyError('ERR offset is out of range')
    const before = context.store.peek(key!, context.now) ?? EMPTY
    return piece!.length === 0 ? before.length : edit(context, key!, before, offset, piece!)
  },
}

function edit(context: CommandContext, key: Uint8Array, before: Uint8Array, at: number, piece: Uint8Array): Reply {
  const length = Math.max(before.length, at + piece.length)
  if (length > MAX_STRING) return TOO_LONG
  // Told before the bytes are made: an offset is a claim.
  if (length > context.store.maxMemory) return TOO_LARGE
  const value = new Uint8Array(length)
  value.set(before)
  value.set(piece, at)
  const stored = replaceValue(context, key, value)
  return stored === 'OK' ? length : stored
}
