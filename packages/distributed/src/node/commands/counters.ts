/** Values that count: INCR and its kin. */
import { type Reply, ReplyError } from '../../resp/reply.js'
import { bulk, exactIntegerOf, MAX_INT64, MIN_INT64, textOf } from '../arguments.js'
import { type CommandContext, NOT_AN_INTEGER, type NodeCommand, ONE_KEY } from '../command.js'
import { addLongDoubles, formatLongDouble, type LongDouble, parseLongDouble } from '../long-double.js'
import { replaceValue } from './set.js'

const FLAGS = ['write', 'denyoom', 'fast']
const OVERFLOW = new ReplyError('ERR increment or decrement would overflow')
const NOT_A_FLOAT = new ReplyError('ERR value is not a valid float')
const INFINITE = new ReplyError('ERR increment would produce NaN or Infinity')
const ZERO: LongDouble = { mantissa: 0n, exponent: 0 }

export const INCR = byOne('incr', 1n)
export const DECR = byOne('decr', -1n)
export const INCRBY = byAmount('incrby', 1n)
export const DECRBY = byAmount('decrby', -1n)

export const INCRBYFLOAT: NodeCommand = {
  name: 'incrbyfloat',
  arity: 3,
  flags: FLAGS,
  keys: ONE_KEY,
  summary: 'Adds a number to the one that stands, and answers the sum.',
  run([, key, amount], context) {
    const value = context.store.peek(key!, context.now)
    const [before, by] = [value === undefined ? ZERO : parseLongDouble(textOf(value)), parseLongDouble(textOf(amount!))]
    if (before === undefined || by === undefined) return NOT_A_FLOAT
    const sum = before === 'infinite' || by === 'infinite' ? 'infinite' : addLongDoubles(before, by)
    if (sum === 'infinite') return INFINITE
    const text = bulk(formatLongDouble(sum))
    const stored = replaceValue(context, key!, text)
    return stored === 'OK' ? text : stored
  },
}

function byOne(name: string, step: bigint): NodeCommand {
  return {
    name,
    arity: 2,
    flags: FLAGS,
    keys: ONE_KEY,
    summary: `${step > 0n ? 'Adds one to' : 'Takes one from'} the integer that stands.`,
    run: ([, key], context) => add(context, key!, step),
  }
}

function byAmount(name: string, sign: 1n | -1n): NodeCommand {
  return {
    name,
    arity: 3,
    flags: FLAGS,
    keys: ONE_KEY,
    summary: `${sign > 0n ? 'Adds to' : 'Takes from'} the integer that stands.`,
    run([, key, amount], context) {
      const by = exactIntegerOf(amount!)
      if (by === undefined) return NOT_AN_INTEGER
      if (sign < 0n && by === MIN_INT64) return new ReplyError('ERR decrement would overflow')
      return add(context, key!, sign * by)
    },
  }
}

function add(context: CommandContext, key: Uint8Array, by: bigint): Reply {
  const value = context.store.peek(key, context.now)
  const before = value === undefined ? 0n : exactIntegerOf(value)
  if (before === undefined) return NOT_AN_INTEGER
  const sum = before + by
  if (sum > MAX_INT64 || sum < MIN_INT64) return OVERFLOW
  const stored = replaceValue(context, key, bulk(String(sum)))
  return stored === 'OK' ? sum : stored
}
