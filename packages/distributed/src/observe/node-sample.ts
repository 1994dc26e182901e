/** What a node says of itself in INFO, as figures at one moment. Pure: knows no socket. */

/** Counters run since the node started; they begin anew with it. */
export interface NodeSample {
  /** Monotonic ms. */
  readonly at: number
  /** `mtaio`, `valkey` or `redis`, with its version. */
  readonly engine: string
  /** Seconds. */
  readonly uptime: number
  readonly clients: number
  readonly keys: number
  /** Bytes that entries take, by the node's own count. */
  readonly memory: number
  /** Bytes that they may take; `undefined` where nothing bounds them. */
  readonly maxMemory: number | undefined
  /** `maxmemory_policy`, as the engine names it. */
  readonly policy: string | undefined
  readonly commands: number
  readonly hits: number
  readonly misses: number
  readonly evictions: number
  readonly expirations: number
}

/** Reads the reply to INFO. A figure that the engine does not tell is 0. */
export function sampleOf(info: string, at: number): NodeSample {
  const fields = new Map<string, string>()
  for (const line of info.split(/\r?\n/)) {
    const colon = line.indexOf(':')
    if (colon > 0 && !line.startsWith('#')) fields.set(line.slice(0, colon), line.slice(colon + 1))
  }
  const number = (name: string) => {
    const value = Number(fields.get(name))
    return Number.isFinite(value) ? value : 0
  }
  let keys = 0
  for (const [name, value] of fields) if (/^db\d+$/.test(name)) keys += Number(/keys=(\d+)/.exec(value)?.[1] ?? 0)
  return {
    at,
    engine: engineOf(fields),
    uptime: number('uptime_in_seconds'),
    clients: number('connected_clients'),
    keys,
    memory: number('used_memory'),
    maxMemory: number('maxmemory') === 0 ? undefined : number('maxmemory'),
    policy: fields.get('maxmemory_policy'),
    commands: number('total_commands_processed'),
    hits: number('keyspace_hits'),
    misses: number('keyspace_misses'),
    evictions: number('evicted_keys'),
    expirations: number('expired_keys'),
  }
}

function engineOf(fields: ReadonlyMap<string, string>): string {
  const valkey = fields.get('valkey_version')
  if (valkey !== undefined) return `valkey ${valkey}`
  const name = fields.get('server_name') ?? 'redis'
  return `${name} ${fields.get(`${name}_version`) ?? fields.get('redis_version') ?? ''}`.trimEnd()
}
