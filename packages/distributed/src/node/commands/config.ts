/** CONFIG: the settings of the node, told and not changed. */
import { type Reply, ReplyError } from '../../resp/reply.js'
import { bulk, textOf } from '../arguments.js'
import { type CommandContext, container, NO_KEYS, type NodeCommand } from '../command.js'
import { matchesGlob } from '../glob.js'

const WORD = { flags: ['admin', 'noscript', 'loading', 'stale'], keys: NO_KEYS } as const

const GET: NodeCommand = {
  ...WORD,
  name: 'get',
  arity: -3,
  usage: '<pattern>',
  summary: 'Return parameters matching the glob-like <pattern> and their values.',
  run(parts, context) {
    const patterns = parts.slice(2).map((part) => bulk(textOf(part).toLowerCase()))
    const found = settingsOf(context).filter(([name]) => patterns.some((pattern) => matchesGlob(pattern, bulk(name))))
    return new Map<Reply, Reply>(found.map(([name, value]) => [bulk(name), bulk(value)]))
  },
}

const SET: NodeCommand = {
  ...WORD,
  name: 'set',
  arity: -4,
  usage: '<directive> <value>',
  summary: 'Is refused: settings are given when a node starts.',
  run(parts, context) {
    const known = new Set(settingsOf(context).map(([name]) => name))
    const names = parts.filter((_, i) => i >= 2 && i % 2 === 0).map(textOf)
    const unknown = parts.length % 2 === 0 ? names.find((name) => !known.has(name.toLowerCase())) : names[0]
    if (unknown !== undefined) {
      return new ReplyError(`ERR Unknown option or number of arguments for CONFIG SET - '${unknown}'`)
    }
    const [name] = names
    return new ReplyError(`ERR CONFIG SET failed (possibly related to argument '${name}') - can't set immutable config`)
  },
}

const RESETSTAT: NodeCommand = {
  ...WORD,
  name: 'resetstat',
  arity: 2,
  summary: 'Reset statistics reported by the INFO command.',
  run(_parts, { counters, reads }) {
    counters.clear()
    reads.hits = 0
    reads.misses = 0
    return 'OK'
  },
}

export const CONFIG = container('config', 'Tells the settings of the node.', [GET, RESETSTAT, SET])

/** Bounds as servers tell them: 0 = none. */
export function boundOf(bound: number): number {
  return bound === Number.POSITIVE_INFINITY ? 0 : bound
}

function settingsOf({ store, facts }: CommandContext): readonly (readonly [string, string])[] {
  return [
    ['appendonly', 'no'],
    ['client-query-buffer-limit', String(facts.maxRequestBytes)],
    ['databases', '1'],
    ['maxclients', String(facts.maxClients)],
    ['maxmemory', String(boundOf(store.maxMemory))],
    ['maxmemory-policy', facts.evictionPolicy],
    ['port', String(facts.port())],
    ['proto-max-bulk-len', String(facts.maxBulkBytes)],
    ['save', ''],
    ['timeout', String(facts.idleSeconds)],
    ['tracking-table-max-keys', String(facts.maxTracked)],
  ]
}
