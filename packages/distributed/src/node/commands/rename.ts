/** Entries under other keys: RENAME, RENAMENX, COPY. */
import { type Reply, ReplyError } from '../../resp/reply.js'
import { integerOf, textOf, wordOf } from '../arguments.js'
import { type CommandContext, NOT_AN_INTEGER, type NodeCommand, SYNTAX_ERROR } from '../command.js'
import { store } from './set.js'

const TWO_KEYS = [1, 2, 1] as const
const NO_SUCH_KEY = new ReplyError('ERR no such key')
const NO_SUCH_DATABASE = new ReplyError('ERR DB index is out of range')
const SAME = new ReplyError('ERR source and destination objects are the same')

export const RENAME: NodeCommand = {
  name: 'rename',
  arity: 3,
  flags: ['write'],
  keys: TWO_KEYS,
  summary: 'Gives an entry another key, in place of what stands under it.',
  run([, from, to], context) {
    if (!context.store.has(from!, context.now)) return NO_SUCH_KEY
    return isSame(from!, to!) ? 'OK' : move(from!, to!, context)
  },
}

export const RENAMENX: NodeCommand = {
  name: 'renamenx',
  arity: 3,
  flags: ['write', 'fast'],
  keys: TWO_KEYS,
  summary: 'Gives an entry another key, where nothing stands under it.',
  run([, from, to], context) {
    if (!context.store.has(from!, context.now)) return NO_SUCH_KEY
    if (context.store.has(to!, context.now)) return 0
    const moved = move(from!, to!, context)
    return moved === 'OK' ? 1 : moved
  },
}

export const COPY: NodeCommand = {
  name: 'copy',
  arity: -3,
  flags: ['write', 'denyoom'],
  keys: TWO_KEYS,
  summary: 'Stores the value and the deadline of an entry under another key.',
  run(parts, context) {
    const [, from, to] = parts as [Uint8Array, Uint8Array, Uint8Array]
    let replace = false
    for (let i = 3; i < parts.length; i++) {
      const word = wordOf(parts[i]!)
      if (word === 'REPLACE') replace = true
      else if (word === 'DB' && i + 1 < parts.length) {
        const database = integerOf(parts[++i]!)
        if (database === undefined) return NOT_AN_INTEGER
        if (database !== 0) return NO_SUCH_DATABASE
      } else return SYNTAX_ERROR
    }
    if (isSame(from, to)) return SAME
    const { now } = context
    const value = context.store.peek(from, now)?.slice()
    if (value === undefined || (!replace && context.store.has(to, now))) return 0
    const stored = store(context, to, value, context.store.expiryOf(from, now)!)
    return stored === 'OK' ? 1 : stored
  },
}

function move(from: Uint8Array, to: Uint8Array, context: CommandContext): Reply {
  const { now } = context
  const value = context.store.peek(from, now)!.slice()
  const expiresAt = context.store.expiryOf(from, now)!
  // First out, then in: so that it makes its own room, and nothing is evicted for it.
  context.store.delete(from, now)
  const stored = store(context, to, value, expiresAt)
  if (stored !== 'OK') store(context, from, value, expiresAt)
  return stored
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return textOf(a) === textOf(b)
}
