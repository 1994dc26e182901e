/** What concerns keys and not values: DEL, UNLINK, SCAN, KEYS, RANDOMKEY, DBSIZE, FLUSHDB. */
import { type Reply, ReplyError } from '../../resp/reply.js'
import { bulk, integerOf, textOf, wordOf } from '../arguments.js'
import type { ClientState } from '../client-state.js'
import { ALL_KEYS, NO_KEYS, NOT_AN_INTEGER, type NodeCommand, SYNTAX_ERROR } from '../command.js'
import { matchesGlob } from '../glob.js'

/** The most slots that one SCAN looks at, whatever COUNT says: others are waiting. */
const MAX_SCAN_COUNT = 10_000
const MAX_CURSOR = 18446744073709551615n

export const DEL = removal('del', 'Removes entries.')
export const UNLINK = removal('unlink', 'Removes entries.')
export const FLUSHDB = flush('flushdb')
export const FLUSHALL = flush('flushall')

export const DBSIZE: NodeCommand = {
  name: 'dbsize',
  arity: 1,
  flags: ['readonly', 'fast'],
  keys: NO_KEYS,
  summary: 'Counts the entries, those among them that have expired unnoticed.',
  run: (_parts, { store }) => store.size,
}

export const SCAN: NodeCommand = {
  name: 'scan',
  arity: -2,
  flags: ['readonly'],
  keys: NO_KEYS,
  summary: 'Answers some of the keys, and where to go on.',
  run(parts, { store, now, client }) {
    const digits = textOf(parts[1]!)
    if (!/^\d{1,20}$/.test(digits) || BigInt(digits) > MAX_CURSOR) return new ReplyError('ERR invalid cursor')
    let count = 10
    let pattern: Uint8Array | undefined
    let strings = true
    for (let i = 2; i < parts.length; i += 2) {
      const word = wordOf(parts[i]!)
      const operand = parts[i + 1]
      if (operand === undefined) return SYNTAX_ERROR
      if (word === 'COUNT') {
        const number = integerOf(operand)
        if (number === undefined) return NOT_AN_INTEGER
        if (number < 1) return SYNTAX_ERROR
        count = Math.min(number, MAX_SCAN_COUNT)
      } else if (word === 'MATCH') pattern = operand
      else if (word === 'TYPE') strings = wordOf(operand) === 'STRING'
      else return SYNTAX_ERROR
    }
    const keys: Reply[] = []
    const next = store.scan(Number(digits), count, now, (key) => {
      if (strings && (pattern === undefined || matchesGlob(pattern, key)) && maySee(client, key)) keys.push(key)
    })
    return [bulk(String(next)), keys]
  },
}

export const KEYS: NodeCommand = {
  name: 'keys',
  arity: 2,
  flags: ['readonly'],
  keys: NO_KEYS,
  summary: 'Answers all keys that match; everybody waits for it meanwhile.',
  run([, pattern], { store, now, client }) {
    const keys: Reply[] = []
    store.scan(0, Number.POSITIVE_INFINITY, now, (key) => {
      if (matchesGlob(pattern!, key) && maySee(client, key)) keys.push(key)
    })
    return keys
  },
}

export const RANDOMKEY: NodeCommand = {
  name: 'randomkey',
  everyKey: true,
  arity: 1,
  flags: ['readonly'],
  keys: NO_KEYS,
  summary: 'Answers some key.',
  run: (_parts, { store, now }) => store.randomKey(now) ?? null,
}

/** Of other users' keys not even the names are told. */
function maySee({ user }: ClientState, key: Uint8Array): boolean {
  return user === undefined || user.mayTouch(key)
}

function removal(name: string, summary: string): NodeCommand {
  return {
    name,
    arity: -2,
    flags: ['write'],
    keys: ALL_KEYS,
    summary,
    run(parts, { store, now }) {
      let count = 0
      for (let i = 1; i < parts.length; i++) if (store.delete(parts[i]!, now)) count++
      return count
    },
  }
}

function flush(name: string): NodeCommand {
  return {
    name,
    arity: -1,
    flags: ['write'],
    keys: NO_KEYS,
    right: 'admin',
    everyKey: true,
    summary: 'Removes everything.',
    run(parts, { store, tracking }) {
      const mode = parts.length === 1 ? 'SYNC' : wordOf(parts[1]!)
      if (parts.length > 2 || (mode !== 'SYNC' && mode !== 'ASYNC')) return SYNTAX_ERROR
      store.watches.unheard(() => store.clear())
      tracking.flushed()
      return 'OK'
    },
  }
}
