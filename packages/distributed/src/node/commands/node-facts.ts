/** What the node tells of itself: INFO and CONFIG. */
import type { Reply } from '../../resp/reply.js'
import { bulk, textOf } from '../arguments.js'
import { type CommandContext, container, NO_KEYS, type NodeCommand } from '../command.js'
import { matchesGlob } from '../glob.js'
import { FOLLOWED_VERSION, SERVER_NAME } from './connection.js'

type Section = (context: CommandContext) => readonly (readonly [name: string, value: string | number])[]

const SECTIONS: Readonly<Record<string, Section>> = {
  Server: ({ facts, now }) => [
    ['server_name', SERVER_NAME],
    ['redis_version', FOLLOWED_VERSION],
    ['redis_mode', 'standalone'],
    ['process_id', process.pid],
    ['tcp_port', facts.port()],
    ['uptime_in_seconds', Math.max(0, Math.floor((now - facts.startedAt) / 1000))],
  ],
  Clients: ({ facts }) => [
    ['connected_clients', facts.connectedClients()],
    ['maxclients', facts.maxClients],
  ],
  Memory: ({ store, facts }) => [
    ['used_memory', store.memory],
    ['used_memory_rss', process.memoryUsage.rss()],
    ['maxmemory', limit(store.maxMemory)],
    ['maxmemory_policy', facts.evictionPolicy],
  ],
  Stats: ({ store, facts, reads }) => [
    ['total_connections_received', facts.connectionsAccepted()],
    ['total_commands_processed', facts.commandsRun()],
    ['keyspace_hits', reads.hits],
    ['keyspace_misses', reads.misses],
    ['expired_keys', store.expirations],
    ['evicted_keys', store.evictions],
  ],
  Replication: () => [
    ['role', 'master'],
    ['connected_slaves', 0],
  ],
  Cluster: () => [['cluster_enabled', 0]],
  Keyspace: ({ store }) =>
    store.size === 0 ? [] : [['db0', `keys=${store.size},expires=${store.expiring},avg_ttl=0`]],
}

export const INFO: NodeCommand = {
  name: 'info',
  arity: -1,
  flags: [],
  keys: NO_KEYS,
  summary: 'Tells of the node, in sections.',
  run(parts, context) {
    const wanted = parts.slice(1).map((part) => textOf(part).toLowerCase())
    const all = wanted.length === 0 || wanted.some((word) => ['all', 'default', 'everything'].includes(word))
    const texts: string[] = []
    for (const [name, section] of Object.entries(SECTIONS)) {
      if (!all && !wanted.includes(name.toLowerCase())) continue
      const lines = section(context).map(([field, value]) => `${field}:${value}\r\n`)
      texts.push(`# ${name}\r\n${lines.join('')}`)
    }
    return bulk(texts.join('\r\n'))
  },
}

export const CONFIG = container('config', 'Tells the settings of the node.', [
  {
    name: 'get',
    arity: -3,
    flags: ['admin', 'noscript', 'loading', 'stale'],
    keys: NO_KEYS,
    summary: 'Answers the settings whose names match.',
    run(parts, { store, facts }) {
      const settings: readonly (readonly [string, string])[] = [
        ['appendonly', 'no'],
        ['databases', '1'],
        ['maxclients', String(facts.maxClients)],
        ['maxmemory', String(limit(store.maxMemory))],
        ['maxmemory-policy', facts.evictionPolicy],
        ['port', String(facts.port())],
        ['save', ''],
      ]
      const patterns = parts.slice(2).map((part) => bulk(textOf(part).toLowerCase()))
      const found = settings.filter(([name]) => patterns.some((pattern) => matchesGlob(pattern, bulk(name))))
      return new Map<Reply, Reply>(found.map(([name, value]) => [bulk(name), bulk(value)]))
    },
  },
])

/** Bounds as servers tell them: 0 = none. */
function limit(bound: number): number {
  return bound === Number.POSITIVE_INFINITY ? 0 : bound
}
