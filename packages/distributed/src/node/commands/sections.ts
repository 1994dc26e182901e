/** INFO: what the node tells of itself, in the sections and under the names that monitoring tools read. */
import { release } from 'node:os'
import { Verbatim } from '../../resp/answer.js'
import { bulk, textOf } from '../arguments.js'
import { type CommandContext, NO_KEYS, type NodeCommand } from '../command.js'
import { boundOf } from './config.js'
import { FOLLOWED_VERSION, SERVER_NAME } from './connection.js'

type Field = readonly [name: string, value: string | number]
type Section = (context: CommandContext) => readonly Field[]

const DEFAULT: Readonly<Record<string, Section>> = {
  Server: ({ facts, now }) => [
    ['server_name', SERVER_NAME],
    ['redis_version', FOLLOWED_VERSION],
    ['redis_mode', 'standalone'],
    ['os', `${process.platform} ${release()} ${process.arch}`],
    ['arch_bits', 64],
    ['process_id', process.pid],
    ['tcp_port', facts.port()],
    ['server_time_usec', now * 1000],
    ['uptime_in_seconds', secondsSince(facts.startedAt, now)],
    ['uptime_in_days', Math.floor(secondsSince(facts.startedAt, now) / 86_400)],
  ],
  Clients: ({ facts, tracking }) => [
    ['connected_clients', facts.connectedClients()],
    ['cluster_connections', 0],
    ['maxclients', facts.maxClients],
    ['blocked_clients', 0],
    ['tracking_clients', tracking.clients],
  ],
  Memory({ store, facts }) {
    const { rss, heapTotal, external } = process.memoryUsage()
    return [
      ['used_memory', store.memory],
      ['used_memory_human', human(store.memory)],
      ['used_memory_rss', rss],
      ['used_memory_rss_human', human(rss)],
      ['used_memory_heap', heapTotal + external],
      ['maxmemory', boundOf(store.maxMemory)],
      ['maxmemory_human', human(boundOf(store.maxMemory))],
      ['maxmemory_policy', facts.evictionPolicy],
    ]
  },
  Persistence: ({ facts }) => {
    const { savedAt, lastSaveFailed, isLoading } = facts.persistence()
    return [
      ['loading', isLoading ? 1 : 0],
      ['rdb_bgsave_in_progress', 0],
      ['rdb_last_save_time', Math.floor(savedAt / 1000)],
      ['rdb_last_bgsave_status', lastSaveFailed ? 'err' : 'ok'],
      ['aof_enabled', 0],
    ]
  },
  Stats: ({ store, facts, reads, tracking, access, counters }) => [
    ['total_connections_received', facts.connectionsAccepted()],
    ['total_commands_processed', facts.commandsRun()],
    ['total_net_input_bytes', facts.traffic().input],
    ['total_net_output_bytes', facts.traffic().output],
    ['rejected_connections', facts.connectionsRefused()],
    ['expired_keys', store.expirations],
    ['evicted_keys', store.evictions],
    ['keyspace_hits', reads.hits],
    ['keyspace_misses', reads.misses],
    ['tracking_total_keys', tracking.keys],
    ['tracking_total_items', tracking.tracked],
    ['tracking_total_prefixes', tracking.prefixes],
    ['total_error_replies', counters.errors],
    ['acl_access_denied_auth', access.failedLogins],
  ],
  Replication: () => [
    ['role', 'master'],
    ['connected_slaves', 0],
    ['master_repl_offset', 0],
  ],
  CPU() {
    const { user, system } = process.cpuUsage()
    return [
      ['used_cpu_sys', (system / 1e6).toFixed(6)],
      ['used_cpu_user', (user / 1e6).toFixed(6)],
    ]
  },
  Modules: () => [],
  Errorstats: ({ counters }) =>
    [...counters.errorKinds].map(([kind, count]): Field => [`errorstat_${kind}`, `count=${count}`]),
  Cluster: () => [['cluster_enabled', 0]],
  Keyspace: ({ store }) =>
    store.size === 0 ? [] : [['db0', `keys=${store.size},expires=${store.expiring},avg_ttl=0`]],
}

const OF_ALL: Readonly<Record<string, Section>> = {
  Commandstats: ({ counters }) =>
    [...counters.commands].map(([name, { calls, rejected, failed, timed, time }]): Field => {
      // Of some commands a part is timed.
      const micros = timed === 0 ? 0 : (1000 * time) / timed
      const times = `usec=${Math.round(micros * calls)},usec_per_call=${micros.toFixed(2)}`
      return [`cmdstat_${name}`, `calls=${calls},${times},rejected_calls=${rejected},failed_calls=${failed}`]
    }),
}

const SECTIONS = { ...DEFAULT, ...OF_ALL }

export const INFO: NodeCommand = {
  name: 'info',
  arity: -1,
  flags: ['loading', 'stale'],
  keys: NO_KEYS,
  summary: 'Tells of the node, in sections.',
  run: (parts, context) => new Verbatim(bulk(infoOf(parts.slice(1).map(textOf), context))),
}

function infoOf(words: readonly string[], context: CommandContext): string {
  const wanted = new Set(words.map((word) => word.toLowerCase()))
  const everything = wanted.has('all') || wanted.has('everything')
  const usual = wanted.size === 0 || wanted.has('default')
  const texts: string[] = []
  for (const [name, section] of Object.entries(SECTIONS)) {
    if (!everything && !(usual && name in DEFAULT) && !wanted.has(name.toLowerCase())) continue
    const lines = section(context).map(([field, value]) => `${field}:${value}\r\n`)
    texts.push(`# ${name}\r\n${lines.join('')}`)
  }
  return texts.join('\r\n')
}

function secondsSince(then: number, now: number): number {
  return Math.max(0, Math.floor((now - then) / 1000))
}

function human(bytes: number): string {
  for (const [unit, size] of [
    ['G', 2 ** 30],
    ['M', 2 ** 20],
    ['K', 2 ** 10],
  ] as const) {
    if (bytes >= size) return `${(bytes / size).toFixed(2)}${unit}`
  }
  return `${bytes}B`
}
