/** Where a node is and how to be let in. Parsed from what users write; knows no socket. */
import { quoted } from '@mtaio/core/engine'
import { CacheConfigError } from '@mtaio/exceptions'
import { clientDoor, isRedisClient, nameOfClient, type RedisClient } from './client-door.js'

export interface NodeAddress {
  /** `host:port`, by which the node is known everywhere (IPv6 hosts in brackets). */
  readonly id: string
  readonly host: string
  readonly port: number
  readonly tls: boolean
  readonly username: string | undefined
  readonly password: string | undefined
  /** What leads there instead of a connection of our own. */
  readonly client?: RedisClient | undefined
  /** Its share of the keys, relative to the others', which have 1 unless told otherwise. */
  readonly weight?: number | undefined
}

/** A client under a name of its own, by which keys are placed: the same in every process. */
export interface NamedClient {
  readonly id: string
  readonly client: RedisClient
  /** As of a {@link WeightedNode}. */
  readonly weight?: number | undefined
}

/** A node that is to hold more or fewer keys than others. */
export interface WeightedNode {
  readonly host: string
  readonly port: number
  /**
   * Its share of the keys, relative to the other nodes': above 0 and finite. The same in every process, as the nodes themselves.
   *
   * @defaultValue 1
   */
  readonly weight?: number | undefined
}

/**
 * A node as users write it: `['localhost', 5000]`, `'localhost:5000'`, `'redis://user:password@host:6379'`, `'rediss://…'`; or a
 * client of node-redis, ioredis or iovalkey: one connection, or a whole Cluster, or what Sentinels direct. With a share of the keys of its
 * own: `{ host, port, weight }`, `'redis://host:6379?weight=2'`, `{ id, client, weight }`.
 */
export type NodeInput = string | readonly [host: string, port: number] | RedisClient | NamedClient | WeightedNode

const DEFAULT_PORT = 6379

/** @throws CacheConfigError quoting what is no address (without its password) */
export function parseNode(input: unknown): NodeAddress {
  if (Array.isArray(input)) {
    const [host, port] = input as unknown[]
    if (input.length !== 2 || typeof host !== 'string' || host === '')
      throw refused(input, 'a pair must be [host, port]')
    return addressOf(host, port, input)
  }
  if (typeof input === 'object' && input !== null) {
    return 'host' in input && !isRedisClient(input) ? parseWeighted(input) : parseClient(input)
  }
  if (typeof input !== 'string' || input === '') throw refused(input, 'it is neither a pair nor a string')
  if (input.includes('://')) return parseUrl(input)
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d+)$/.exec(input)
  if (match === null) throw refused(input, "it has no 'host:port' form")
  return addressOf((match[1] ?? match[2])!, Number(match[3]), input)
}

/** @throws CacheConfigError unless a non-empty array of addresses without repetition */
export function parseNodes(input: unknown): readonly NodeAddress[] {
  if (!Array.isArray(input) || input.length === 0) {
    throw new CacheConfigError("nodes must be a non-empty array, such as [['localhost', 5000]] or ['localhost:5000']")
  }
  const nodes = input.map(parseNode)
  const ids = new Set<string>()
  for (const { id } of nodes) {
    if (ids.has(id)) {
      throw new CacheConfigError(
        `nodes names ${id} twice, and a copy beside itself is no replica; give clients ids of their own: { id, client }`,
      )
    }
    ids.add(id)
  }
  if (nodes.length > 1 && nodes.some(({ client }) => client !== undefined && clientDoor(client).isSlotted)) {
    throw new CacheConfigError('a Redis Cluster must be the only node: it places and replicates its keys itself')
  }
  return nodes
}

function parseWeighted(input: object): NodeAddress {
  const { host, port, weight, ...others } = input as Record<string, unknown>
  const [unknown] = Object.keys(others)
  if (unknown !== undefined) throw refused(input, `nobody knows its ${unknown}`)
  if (typeof host !== 'string' || host === '') throw refused(input, 'its host must be a name or an address')
  const address = addressOf(host, port, input)
  return { ...address, weight: checkWeight(weight, address.id) }
}

/** @throws CacheConfigError naming the node, for what is no share of the keys */
export function checkWeight(weight: unknown, node: string): number | undefined {
  if (weight === undefined) return undefined
  if (typeof weight === 'number' && weight > 0 && weight < Number.POSITIVE_INFINITY) return weight
  throw new CacheConfigError(
    `the weight of ${node} is ${quoted(weight)}: pass a number above 0, or leave out a node that is to hold nothing`,
    { node },
  )
}

function parseClient(input: object): NodeAddress {
  // A client may well have a command that is called `client`.
  const named: Partial<NamedClient> = isRedisClient(input) ? { client: input, id: nameOfClient(input) } : input
  const { id, client, weight } = named
  if (!isRedisClient(client)) throw refused(Object.keys(input), 'it is no client of node-redis, ioredis or iovalkey')
  if (typeof id !== 'string' || id === '') {
    throw new CacheConfigError('a client does not say where it leads: name it, as in nodes: [{ id, client }]')
  }
  return {
    id,
    host: id,
    port: 0,
    tls: false,
    username: undefined,
    password: undefined,
    client,
    weight: checkWeight(weight, id),
  }
}

function parseUrl(input: string): NodeAddress {
  let url: URL
  try {
    url = new URL(input)
  } catch {
    // Not quoted: what cannot be parsed may still hold a password.
    throw new CacheConfigError('a node URL could not be parsed: write redis://[user:password@]host:port')
  }
  if (url.protocol !== 'redis:' && url.protocol !== 'rediss:') {
    throw new CacheConfigError(`a node URL must begin with redis:// or rediss://, not ${url.protocol}//`)
  }
  const database = url.pathname.replace(/^\//, '')
  if (database !== '' && database !== '0') {
    throw new CacheConfigError(
      `the node URL for ${url.host} names database ${database}: only 0 is used; separate caches by namespace instead`,
    )
  }
  const address = addressOf(
    url.hostname.replace(/^\[|\]$/g, ''),
    url.port === '' ? DEFAULT_PORT : Number(url.port),
    url.host,
  )
  for (const name of url.searchParams.keys()) {
    if (name !== 'weight')
      throw new CacheConfigError(`the node URL for ${url.host} says ${name}: only weight is known there`)
  }
  const weight = url.searchParams.get('weight')
  return {
    ...address,
    weight: checkWeight(weight === null ? undefined : Number(weight || Number.NaN), address.id),
    tls: url.protocol === 'rediss:',
    username: url.username === '' ? undefined : decodeURIComponent(url.username),
    password: url.password === '' ? undefined : decodeURIComponent(url.password),
  }
}

function addressOf(host: string, port: unknown, input: unknown): NodeAddress {
  if (typeof port !== 'number' || !Number.isInteger(port) || port < 1 || port > 65535) {
    throw refused(input, 'a port is an integer from 1 to 65535')
  }
  const id = `${host.includes(':') ? `[${host}]` : host}:${port}`
  return { id, host, port, tls: false, username: undefined, password: undefined }
}

function refused(input: unknown, why: string): CacheConfigError {
  return new CacheConfigError(
    `${JSON.stringify(input) ?? String(input)} is no node: ${why}; write ['localhost', 5000], 'localhost:5000' or a redis:// URL`,
  )
}
