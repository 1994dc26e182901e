/**
 * A client that the user brings, seen as a place that commands can be sent to: node-redis, ioredis or iovalkey; a single
 * connection, a Cluster, or one that Sentinels direct. Told apart by their methods, so that none of them is imported.
 * Knows no deadline.
 */
import { CacheConfigError } from '@mtaio/exceptions'
import type { Command } from '../resp/reply.js'

/** A client of ioredis or iovalkey, or a Cluster of theirs. */
export interface CallingClient {
  callBuffer(...args: never[]): Promise<unknown>
}

/** A client of node-redis, or a Cluster, Sentinel or pool of its. */
export interface SendingClient {
  sendCommand(...args: never[]): Promise<unknown>
}

/** A client of yours that is connected, or connects by itself. Whoever made it closes it. */
export type RedisClient = CallingClient | SendingClient

type Send = (command: Command) => Promise<unknown>

export interface ClientDoor {
  readonly send: Send
  /** Whether keys of one command must share a hash slot. */
  readonly isSlotted: boolean
  /** Each machine that holds keys of its own, for walking over them. */
  shards(): Promise<readonly Send[]>
  /** Calls `told` whenever the client has connected, until undone. */
  whenReady(told: () => void): () => void
}

type Word = string | Buffer
/** What the clients have beside that; any of it may be absent. */
interface Traits {
  readonly isCluster?: unknown
  readonly masters?: readonly unknown[]
  nodes?(role: 'master'): readonly CallingClient[]
  nodeClient?(node: unknown): SendingClient | Promise<SendingClient>
  acquire?: unknown
  on?(event: 'ready', listener: () => void): unknown
  off?(event: 'ready', listener: () => void): unknown
  readonly options?: {
    readonly host?: string
    readonly port?: number
    readonly path?: string | null
    readonly name?: string
    readonly sentinels?: readonly unknown[] | null
    readonly socket?: { readonly host?: string; readonly port?: number; readonly path?: string }
  }
}

type Calling = { callBuffer(...words: Word[]): Promise<unknown> }
type Sending = { sendCommand(...args: unknown[]): Promise<unknown> }

/** Bulk strings as bytes: node-redis 5 and later, and as 4 was told. */
const AS_BYTES = { typeMapping: { 36: Buffer }, returnBuffers: true }

export function isRedisClient(input: unknown): input is RedisClient {
  const { callBuffer, sendCommand } = (input ?? {}) as Partial<CallingClient & SendingClient>
  return typeof callBuffer === 'function' || typeof sendCommand === 'function'
}

/** @throws CacheConfigError for what is none of these clients */
export function clientDoor(client: RedisClient): ClientDoor {
  if (!isRedisClient(client)) {
    throw new CacheConfigError('client must be a client, Cluster or Sentinel of node-redis, ioredis or iovalkey')
  }
  const door = 'callBuffer' in client ? callingDoor(client) : sendingDoor(client)
  return { ...door, whenReady: (told) => whenReady(client, told) }
}

/**
 * By what the client's keys are placed, as far as its options tell: the same in every process that is configured alike.
 */
export function nameOfClient(client: RedisClient): string | undefined {
  const traits = client as Traits
  const { options } = traits
  if (isCluster(traits)) return 'cluster'
  if (typeof traits.acquire === 'function') return `sentinel:${options?.name ?? 'master'}`
  if (options?.sentinels?.length) return `sentinel:${options.name ?? 'master'}`
  const { host, port, path } = options?.socket ?? options ?? {}
  if (path) return path
  return host === undefined && port === undefined ? undefined : `${host ?? 'localhost'}:${port ?? 6379}`
}

type Door = Omit<ClientDoor, 'whenReady'>

function callingDoor(client: CallingClient): Door {
  const traits = client as Traits
  const sendTo =
    (each: CallingClient): Send =>
    (command) =>
      (each as unknown as Calling).callBuffer(...command.map(wordOf))
  const send = sendTo(client)
  return {
    send,
    isSlotted: isCluster(traits),
    shards: async () => (isCluster(traits) ? traits.nodes!('master').map(sendTo) : [send]),
  }
}

function sendingDoor(client: SendingClient): Door {
  const traits = client as Traits
  const { masters, nodeClient, acquire } = traits
  const sending = client as unknown as Sending
  const one =
    (each: Sending): Send =>
    (command) =>
      each.sendCommand(command.map(wordOf), AS_BYTES)
  if (Array.isArray(masters) && typeof nodeClient === 'function') {
    return {
      send: (command) => sending.sendCommand(firstKeyOf(command), false, command.map(wordOf), AS_BYTES),
      isSlotted: true,
      shards: () =>
        Promise.all(traits.masters!.map(async (node) => one((await traits.nodeClient!(node)) as unknown as Sending))),
    }
  }
  // A Sentinel object: reads go to the master, too, for a replica of its may lag behind.
  const send: Send =
    typeof acquire === 'function'
      ? (command) => sending.sendCommand(false, command.map(wordOf), AS_BYTES)
      : one(sending)
  return { send, isSlotted: false, shards: async () => [send] }
}

/** All of these clients say `'ready'`, of each connection that they have opened. */
function whenReady(client: RedisClient, told: () => void): () => void {
  const traits = client as Traits
  traits.on?.('ready', told)
  return () => traits.off?.('ready', told)
}

function isCluster({ isCluster, masters, nodeClient }: Traits): boolean {
  return isCluster === true || (Array.isArray(masters) && typeof nodeClient === 'function')
}

function firstKeyOf(command: Command): Word | undefined {
  const at = command[0] === 'EVALSHA' || command[0] === 'EVAL' ? 3 : 1
  const key = command[0] === 'PING' || command[0] === 'SCAN' ? undefined : command[at]
  return key === undefined ? undefined : wordOf(key)
}

function wordOf(word: string | Uint8Array): Word {
  return typeof word === 'string' ? word : Buffer.from(word.buffer, word.byteOffset, word.byteLength)
}
