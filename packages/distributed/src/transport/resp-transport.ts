/**
 * The network as sockets: one connection a node, opened when first needed, and again, after a pause that grows, when it
 * was lost. Knows RESP and addresses; neither keys, replicas nor versions.
 */
import type { ConnectionOptions } from 'node:tls'
import type { Clock } from '@mtaio/core'
import { CacheConfigError, CacheConnectionError } from '@mtaio/exceptions'
import { backoffDelay } from '../health/backoff.js'
import type { Command, Reply } from '../resp/reply.js'
import { Departures } from './departures.js'
import { type NodeAddress, parseNode } from './node-address.js'
import { openSocket } from './open-socket.js'
import type {
  ConnectionWatcher,
  Hearer,
  PushConnection,
  PushListener,
  ReplicaTransport,
  SendOptions,
} from './replica-transport.js'
import { type ConnectionLimits, RespConnection } from './resp-connection.js'

export interface RespTransportOptions {
  readonly nodes: readonly NodeAddress[]
  /** Monotonic; its timers must not keep the process alive. */
  readonly clock: Required<Clock>
  /** Uniform in [0, 1). */
  readonly random: () => number
  readonly limits?: ConnectionLimits | undefined
  /** Certificates and the like for `rediss://` nodes. */
  readonly tls?: ConnectionOptions | undefined
}

const LIMITS: ConnectionLimits = { maxInFlight: 16_384, maxInFlightBytes: 256 * 1024 * 1024 }
/** Pauses between attempts to connect, ms. Short: the failure detector above decides when a node is asked at all. */
const RECONNECT = { base: 20, cap: 1000 }

/** One node's door: a connection, or how long to wait before the next attempt. */
interface Door {
  readonly address: NodeAddress
  connection: RespConnection | undefined
  failures: number
  retryAt: number
  lastError: Error | undefined
}

export class RespTransport implements ReplicaTransport {
  private readonly doors = new Map<string, Door>()
  /** Connections that are there for pushes, with whose they are. */
  private readonly ears = new Map<RespConnection, string>()
  private watcher: ConnectionWatcher | undefined
  private readonly departures = new Departures()
  private isClosed = false

  constructor(private readonly options: RespTransportOptions) {
    for (const address of options.nodes) this.admit(address.id, address)
  }

  admit(node: string, address = this.likeTheOthers(node)): void {
    if (this.doors.has(node)) return
    this.doors.set(node, { address, connection: undefined, failures: 0, retryAt: 0, lastError: undefined })
  }

  dismiss(node: string): void {
    this.doors.get(node)?.connection?.close(closed(node))
    this.doors.delete(node)
    for (const [ear, of] of [...this.ears]) if (of === node) ear.close(closed(node))
  }

  send(node: string, command: Command, options: SendOptions): Promise<Reply> {
    return new Promise((heard, failed) => this.ask(node, command, options, { heard, failed }))
  }

  ask(node: string, command: Command, options: SendOptions, hearer: Hearer): void {
    const door = this.doors.get(node)
    const refuse = (reason: Error) => queueMicrotask(() => hearer.failed(reason))
    if (door === undefined) return refuse(unknown(node))
    if (this.isClosed) return refuse(closed(node))
    if (door.connection === undefined) {
      if (this.options.clock.now() < door.retryAt) return refuse(stillAway(node, door.lastError))
      door.connection = this.open(door)
    }
    door.connection.ask(command, options, hearer)
  }

  beforeLeaving(run: () => void): void {
    this.departures.before(run)
  }

  openPushes(node: string, { onPush, onClosed }: PushListener): PushConnection {
    const { clock, limits = LIMITS, tls } = this.options
    const address = this.doors.get(node)?.address
    if (address === undefined) throw unknown(node)
    if (this.isClosed) throw closed(node)
    const over = (error: Error) => {
      this.ears.delete(ear)
      onClosed(error)
    }
    const ear: RespConnection = new RespConnection(
      address,
      (read) => openSocket(address, tls, read),
      clock,
      limits,
      this.departures,
      () => undefined,
      over,
      onPush,
    )
    this.ears.set(ear, node)
    return { send: (command, options) => ear.send(command, options), close: () => ear.close(closed(node)) }
  }

  watch(watcher: ConnectionWatcher): void {
    this.watcher = watcher
  }

  async close(): Promise<void> {
    this.isClosed = true
    for (const { address, connection } of this.doors.values()) connection?.close(closed(address.id))
    for (const [ear, node] of [...this.ears]) ear.close(closed(node))
  }

  /** A node that others have named is let in as the first of our own: same user, TLS alike. */
  private likeTheOthers(node: string): NodeAddress {
    const [first] = this.options.nodes
    const { tls, username, password } = first ?? parseNode(node)
    return { ...parseNode(node), tls, username, password }
  }

  private open(door: Door): RespConnection {
    const { clock, random, limits = LIMITS } = this.options
    const { id } = door.address
    let isOpen = false
    return new RespConnection(
      door.address,
      (read) => openSocket(door.address, this.options.tls, read),
      clock,
      limits,
      this.departures,
      () => {
        door.failures = 0
        isOpen = true
        this.watcher?.opened(id)
      },
      (error) => {
        door.connection = undefined
        if (isOpen && !this.isClosed && this.doors.get(id) === door) this.watcher?.lost(id)
        door.lastError = error
        door.retryAt = clock.now() + backoffDelay(door.failures++, RECONNECT, random)
      },
    )
  }
}

function unknown(node: string): CacheConfigError {
  return new CacheConfigError(`${node} is not one of the transport's nodes`)
}

function closed(node: string): CacheConnectionError {
  return new CacheConnectionError('the connections of this cache were closed', { node, code: 'CLOSED' })
}

/** Why it was out of reach is as true as a moment ago, and worth more than that it was. */
function stillAway(node: string, cause: Error | undefined): CacheConnectionError {
  const why = cause === undefined ? '' : `: ${cause.message}`
  const code = cause instanceof CacheConnectionError ? cause.code : undefined
  return new CacheConnectionError(`${node} was out of reach a moment ago and is tried again shortly${why}`, {
    node,
    cause,
    code,
  })
}
