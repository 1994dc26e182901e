/**
 * The network as clients that the user brings. What a client does about connections, re-connection, topology and
 * pipelining is its own; what the contract asks for is kept here: every command ends by its deadline, whatever the client
 * thinks of time-outs, and no more than so many are in flight. Nodes without a client are left to another transport.
 */
import type { Clock } from '@mtaio/core'
import { CacheConnectionError, CacheTimeoutError } from '@mtaio/exceptions'
import { type Command, type Reply, ReplyError } from '../resp/reply.js'
import { type ClientDoor, clientDoor, type RedisClient } from './client-door.js'
import { Pending } from './pending.js'
import type { ConnectionWatcher, ReplicaTransport, SendOptions } from './replica-transport.js'

export interface ClientAdapterOptions {
  readonly clients: ReadonlyMap<string, RedisClient>
  /** For nodes that no client is for. */
  readonly others: ReplicaTransport
  readonly clock: Required<Clock>
}

/** Commands of one client that it has not settled yet, at most. */
const MOST_IN_FLIGHT = 16_384

interface Node extends ClientDoor {
  inFlight: number
  /** Whether it has answered, so that there is a connection. */
  isKnown: boolean
}

export class ClientAdapter implements ReplicaTransport {
  readonly isSlotted: boolean
  private readonly nodes: ReadonlyMap<string, Node>
  private isClosed = false
  private watcher: ConnectionWatcher | undefined
  private unwatch: (() => void)[] = []

  constructor(private readonly options: ClientAdapterOptions) {
    this.nodes = new Map(
      [...options.clients].map(([id, client]) => [id, { ...clientDoor(client), inFlight: 0, isKnown: false }]),
    )
    this.isSlotted = [...this.nodes.values()].some(({ isSlotted }) => isSlotted)
  }

  send(id: string, command: Command, options: SendOptions): Promise<Reply> {
    const node = this.nodes.get(id)
    if (node === undefined) return this.options.others.send(id, command, options)
    const { clock } = this.options
    const { deadline, signal } = options
    if (signal?.aborted) return Promise.reject(signal.reason)
    if (this.isClosed) return Promise.reject(failed(id, 'this cache was closed', undefined, 'CLOSED'))
    const now = clock.now()
    if (deadline <= now) return Promise.reject(overdue(id))
    if (node.inFlight >= MOST_IN_FLIGHT) {
      const message = `${id} has ${node.inFlight} commands in flight that its client has not settled: ask for less at once`
      return Promise.reject(failed(id, message, undefined, 'BUSY'))
    }
    return new Promise((resolve, reject) => {
      const pending = new Pending(now, deadline, 0, { heard: resolve, failed: reject })
      pending.follow(signal)
      // Timers run before sockets are read: what arrived while this process was busy is read before it is called late.
      const late = () => setImmediate(() => pending.fail(overdue(id)))
      const cancel = clock.setTimer(late, deadline - now)
      node.inFlight++
      replyOf(node, command)
        .then(
          (reply) => {
            if (!node.isKnown) this.watcher?.opened(id)
            node.isKnown = true
            pending.succeed(reply)
          },
          (error: unknown) => {
            const reply = replyOfError(error)
            if (reply !== undefined) pending.succeed(reply)
            else pending.fail(failed(id, `the client of ${id} failed: ${messageOf(error)}`, error))
          },
        )
        .finally(() => {
          node.inFlight--
          cancel()
        })
    })
  }

  /** What clients say of their connections; one that says nothing is believed to have kept the first. */
  watch(watcher: ConnectionWatcher): void {
    this.watcher = watcher
    this.options.others.watch?.(watcher)
    this.unwatch = [...this.nodes].map(([id, node]) => node.whenReady(() => node.isKnown && watcher.opened(id)))
  }

  /** Closes what this package has opened; the clients are their makers' to close. */
  async close(): Promise<void> {
    this.isClosed = true
    for (const undo of this.unwatch) undo()
    await this.options.others.close()
  }
}

async function replyOf(node: Node, command: Command): Promise<Reply> {
  if (command[0] === 'SCAN') return scan(node, command)
  const reply = plain(await node.send(command))
  // Some clients give simple strings as bytes, too, where bytes were asked for.
  return command[0] === 'PING' && reply instanceof Uint8Array ? Buffer.from(reply).toString() : reply
}

/** One step of a walk over all machines behind a client: the cursor names the machine and the cursor there. */
async function scan(node: Node, [, cursor, ...rest]: Command): Promise<Reply> {
  const [at = 0, there = '0'] =
    cursor === '0' ? [] : [Number(String(cursor).split('-')[0]), String(cursor).split('-')[1]]
  const shards = await node.shards()
  const shard = shards[at]
  if (shard === undefined) return ['0', []]
  const reply = plain(await shard(['SCAN', there, ...rest]))
  if (!Array.isArray(reply)) return reply
  const next = Buffer.from(reply[0] as Uint8Array).toString()
  const isLast = next === '0' && at + 1 >= shards.length
  return [isLast ? '0' : next === '0' ? `${at + 1}-0` : `${at}-${next}`, reply[1]!]
}

/** Bytes as `Uint8Array`s: of a `Buffer`, `slice` is no copy. */
function plain(reply: unknown): Reply {
  if (reply instanceof Uint8Array) return new Uint8Array(reply.buffer, reply.byteOffset, reply.byteLength)
  if (Array.isArray(reply)) return reply.map(plain)
  return (reply ?? null) as Reply
}

/** What the server answered, where the error is its answer: all capitals come first, as in `NOSCRIPT No matching script`. */
function replyOfError(error: unknown): ReplyError | undefined {
  const message = messageOf(error)
  return /^[A-Z][A-Z0-9]{2,} /.test(message) ? new ReplyError(message) : undefined
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function overdue(node: string): CacheTimeoutError {
  return new CacheTimeoutError(`${node} did not answer by the deadline; whether it took effect is unknown`, { node })
}

function failed(node: string, message: string, cause: unknown, code?: string): CacheConnectionError {
  return new CacheConnectionError(message, { node, cause, code })
}
