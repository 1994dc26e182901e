/** What is measured: a client behind the two verbs that all of them have. Values are texts, as most applications store. */
import { DistributedCache, type DistributedCacheOptions } from '@mtaio/distributed'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { parseNode, RespTransport, systemClock } from './transport.js'

export interface Contender {
  readonly name: string
  get(key: string): Promise<unknown>
  set(key: string, value: string): Promise<unknown>
  close(): Promise<unknown>
}

const HOST = '127.0.0.1'
const TTL_S = 3600
const DEADLINE_MS = 2000

export function ioredis(port: number): Contender {
  const client = new Redis(port, HOST)
  return {
    name: 'ioredis',
    get: (key) => client.get(key),
    set: (key, value) => client.set(key, value, 'EX', TTL_S),
    close: async () => client.disconnect(),
  }
}

export async function nodeRedis(port: number): Promise<Contender> {
  const client = createClient({ socket: { host: HOST, port } })
  await client.connect()
  return {
    name: 'node-redis',
    get: (key) => client.get(key),
    set: (key, value) => client.set(key, value, { expiration: { type: 'EX', value: TTL_S } }),
    close: async () => client.destroy(),
  }
}

/** What people write by hand: every key on all of these servers, read from so many; no version, no repair, no deadline. */
export function byHand(ports: readonly number[], readFrom: number): Contender {
  const clients = ports.map((port) => new Redis(port, HOST))
  return {
    name: `Promise.all over ioredis, ${ports.length} copies, ${readFrom} read`,
    get: (key) => Promise.all(clients.slice(0, readFrom).map((client) => client.get(key))),
    set: (key, value) => Promise.all(clients.map((client) => client.set(key, value, 'EX', TTL_S))),
    close: async () => {
      for (const client of clients) client.disconnect()
    },
  }
}

export function transport(port: number): Contender {
  const node = parseNode(`${HOST}:${port}`)
  const sockets = new RespTransport({ nodes: [node], clock: systemClock, random: Math.random })
  const budget = () => ({ deadline: systemClock.now() + DEADLINE_MS })
  return {
    name: 'transport',
    get: (key) => sockets.send(node.id, ['GET', key], budget()),
    set: (key, value) => sockets.send(node.id, ['SET', key, value, 'EX', String(TTL_S)], budget()),
    close: () => sockets.close(),
  }
}

export function distributed(
  on: string,
  ports: readonly number[],
  replicationFactor: number,
  readQuorum: number,
  options: Partial<DistributedCacheOptions> = {},
): Contender {
  const nodes = ports.map((port) => [HOST, port] as const)
  // Of its own: what another one has written to fewer replicas would have to be repaired by this one.
  const namespace = `rf${replicationFactor}`
  const settings = { nodes, namespace, replicationFactor, readQuorum, defaultTtl: TTL_S }
  const cache = new DistributedCache<string>({ ...settings, ...options })
  const writeQuorum = replicationFactor - readQuorum + 1
  return {
    name: `DistributedCache RF${replicationFactor}/R${readQuorum}/W${writeQuorum} on ${on}`,
    get: (key) => cache.get(key),
    set: (key, value) => cache.set(key, value),
    close: () => cache[Symbol.asyncDispose](),
  }
}
