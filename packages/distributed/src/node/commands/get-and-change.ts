/** Reads that change something, too: GETDEL, GETEX, GETSET. */
import { ReplyError } from '../../resp/reply.js'
import { type NodeCommand, ONE_KEY, SYNTAX_ERROR } from '../command.js'
import { read } from './read.js'
import { store } from './set.js'
import { deadlineOf, readWords } from './set-words.js'

const NEVER = Number.POSITIVE_INFINITY

export const GETDEL: NodeCommand = {
  name: 'getdel',
  arity: 2,
  flags: ['write', 'fast'],
  keys: ONE_KEY,
  summary: 'Answers a value and removes it.',
  run([, key], context) {
    const value = read(context, key!)?.slice()
    if (value === undefined) return null
    context.store.delete(key!, context.now)
    return value
  },
}

export const GETEX: NodeCommand = {
  name: 'getex',
  arity: -2,
  flags: ['write', 'fast'],
  keys: ONE_KEY,
  summary: 'Answers a value and sets or removes its deadline.',
  run(parts, context) {
    const words = readWords(parts, 2, 'getex')
    if (words === undefined) return SYNTAX_ERROR
    const key = parts[1]!
    const { now } = context
    const value = read(context, key)?.slice()
    if (value === undefined) return null
    if (words.unit !== undefined) {
      const at = deadlineOf('getex', words.unit, words.amount!, now)
      if (at instanceof ReplyError) return at
      if (at <= now) context.store.delete(key, now)
      else context.store.setExpiry(key, at, now)
    } else if (words.persist && context.store.expiryOf(key, now) !== NEVER) context.store.setExpiry(key, NEVER, now)
    return value
  },
}

export const GETSET: NodeCommand = {
  name: 'getset',
  arity: 3,
  flags: ['write', 'denyoom', 'fast'],
  keys: ONE_KEY,
  summary: 'Stores a value and answers the one before.',
  run([, key, value], context) {
    const before = read(context, key!)?.slice() ?? null
    const stored = store(context, key!, value!, NEVER)
    return stored === 'OK' ? before : stored
  },
}
