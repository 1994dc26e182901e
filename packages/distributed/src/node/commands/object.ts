/** OBJECT and MEMORY: how entries are held. */
import { ReplyError } from '../../resp/reply.js'
import { bulk, exactIntegerOf, integerOf, wordOf } from '../arguments.js'
import { container, NOT_AN_INTEGER, type NodeCommand, SYNTAX_ERROR } from '../command.js'

const SHAPE = { arity: 3, flags: ['readonly'], keys: [2, 2, 1] } as const
/** The longest value that Redis keeps in one piece with its header. */
const MAX_EMBEDDED = 44
/** As much as Redis counts. */
const MOST_USES = 255

const NO_FREQUENCY = new ReplyError(
  'ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching between ' +
    'policies at runtime LRU and LFU data will take some time to adjust.',
)
const NO_IDLE_TIME = new ReplyError(
  'ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching between policies at ' +
    'runtime LRU and LFU data will take some time to adjust.',
)

const ENCODING: NodeCommand = {
  ...SHAPE,
  name: 'encoding',
  usage: '<key>',
  summary: 'Tells how Redis would keep the value: int, embstr or raw.',
  run([, , key], { store, now }) {
    const value = store.peek(key!, now)
    if (value === undefined) return null
    return bulk(exactIntegerOf(value) !== undefined ? 'int' : value.length <= MAX_EMBEDDED ? 'embstr' : 'raw')
  },
}

const REFCOUNT: NodeCommand = {
  ...SHAPE,
  name: 'refcount',
  usage: '<key>',
  summary: 'Answers 1: values are not shared.',
  run: ([, , key], { store, now }) => (store.has(key!, now) ? 1 : null),
}

const FREQ: NodeCommand = {
  ...SHAPE,
  name: 'freq',
  usage: '<key>',
  summary: 'Tells how often the entry was used, up to 255, where the policy counts (lfu).',
  run([, , key], { store, now }) {
    if (!store.has(key!, now)) return null
    const uses = store.usesOf(key!, now)
    return uses === undefined ? NO_FREQUENCY : Math.min(MOST_USES, uses)
  },
}

const IDLETIME: NodeCommand = {
  ...SHAPE,
  name: 'idletime',
  usage: '<key>',
  summary: 'Tells how long the entry was not used, s, unless the policy counts uses (lfu).',
  run([, , key], { store, now }) {
    const seconds = store.idleTimeOf(key!, now) ?? null
    return seconds === null || store.usesOf(key!, now) === undefined ? seconds : NO_IDLE_TIME
  },
}

export const OBJECT = container('object', 'Tells how an entry is held.', [ENCODING, FREQ, IDLETIME, REFCOUNT])

export const MEMORY = container('memory', 'Tells how much memory an entry counts for.', [
  {
    name: 'usage',
    arity: -3,
    flags: ['readonly'],
    keys: [2, 2, 1],
    usage: '<key> [SAMPLES <count>]',
    summary: 'Answers the bytes that an entry counts for.',
    run(parts, { store, now }) {
      for (let i = 3; i < parts.length; i += 2) {
        if (wordOf(parts[i]!) !== 'SAMPLES' || i + 1 === parts.length) return SYNTAX_ERROR
        const count = integerOf(parts[i + 1]!)
        if (count === undefined) return NOT_AN_INTEGER
        if (count < 0) return SYNTAX_ERROR
      }
      return store.memoryOf(parts[2]!, now) ?? null
    },
  },
])
