/** Reads of values: GET, MGET, GETRANGE, STRLEN, EXISTS, TYPE. */
import type { Reply } from '../../resp/reply.js'
import { integerOf } from '../arguments.js'
import { ALL_KEYS, NOT_AN_INTEGER, type NodeCommand, ONE_KEY } from '../command.js'
import { read } from './read.js'

const READ = ['readonly', 'fast']
const EMPTY = new Uint8Array(0)

export const GET: NodeCommand = {
  name: 'get',
  arity: 2,
  flags: READ,
  keys: ONE_KEY,
  summary: 'Answers a value.',
  run: ([, key], context) => read(context, key!) ?? null,
}

export const MGET: NodeCommand = {
  name: 'mget',
  arity: -2,
  flags: READ,
  keys: ALL_KEYS,
  summary: 'Answers several values.',
  run(parts, context) {
    const values: Reply[] = []
    for (let i = 1; i < parts.length; i++) values.push(read(context, parts[i]!) ?? null)
    return values
  },
}

export const GETRANGE = range('getrange')
export const SUBSTR = range('substr')

export const STRLEN: NodeCommand = {
  name: 'strlen',
  arity: 2,
  flags: READ,
  keys: ONE_KEY,
  summary: 'Answers the length of a value in bytes.',
  run: ([, key], context) => read(context, key!)?.length ?? 0,
}

export const EXISTS: NodeCommand = {
  name: 'exists',
  arity: -2,
  flags: READ,
  keys: ALL_KEYS,
  summary: 'Counts the keys that are there.',
  run: (parts, context) => countWhere(parts, (key) => context.store.has(key, context.now)),
}

export const TOUCH: NodeCommand = {
  name: 'touch',
  arity: -2,
  flags: READ,
  keys: ALL_KEYS,
  summary: 'Counts the keys that are there, each as used now.',
  run: (parts, context) => countWhere(parts, (key) => context.store.get(key, context.now) !== undefined),
}

export const TYPE: NodeCommand = {
  name: 'type',
  arity: 2,
  flags: READ,
  keys: ONE_KEY,
  summary: "Answers 'string' or 'none'.",
  run: ([, key], { store, now }) => (store.has(key!, now) ? 'string' : 'none'),
}

function countWhere(parts: readonly Uint8Array[], holds: (key: Uint8Array) => boolean): number {
  let count = 0
  for (let i = 1; i < parts.length; i++) if (holds(parts[i]!)) count++
  return count
}

function range(name: string): NodeCommand {
  return {
    name,
    arity: 4,
    flags: ['readonly'],
    keys: ONE_KEY,
    summary: 'Answers a part of a value, both ends included; negative ones count from the end.',
    run([, key, first, last], context) {
      const start = integerOf(first!)
      const end = integerOf(last!)
      if (start === undefined || end === undefined) return NOT_AN_INTEGER
      const value = read(context, key!)
      if (value === undefined || (start < 0 && end < 0 && start > end)) return EMPTY
      const from = Math.max(0, start < 0 ? value.length + start : start)
      const to = Math.max(0, end < 0 ? value.length + end : end)
      return value.subarray(from, Math.max(from, to + 1))
    },
  }
}
