/** The embedded node: an engine behind a door, with a sweep now and then. */
import { randomInt } from 'node:crypto'
import { isIPv6 } from 'node:net'
import { Maintenance, type Sweepable } from '@mtaio/core/engine'
import { DEFAULT_LIMITS } from '../resp/limits.js'
import { NodeEngine } from './node-engine.js'
import { type CacheNodeOptions, type CheckedNodeOptions, checkNodeOptions } from './node-options.js'
import { NodeServer } from './server.js'

const SWEEP_EVERY = 250
/** Entries that one sweep looks at; with more due, it goes on after whoever is waiting. */
const SWEEP_LIMIT = 2000
const MAX_OUTPUT_BYTES = 128 * 1024 * 1024
const READ_WITHIN = 60_000
/** A value up to this length is read whole and then refused as too large; a longer one ends the connection. */
const MIN_BULK_BYTES = 1024 * 1024

/** What a node tells of itself. Frozen: a picture, not a window. */
export interface CacheNodeStats {
  readonly hits: number
  readonly misses: number
  /** hits ÷ (hits + misses); 0 when nothing was asked. */
  readonly hitRate: number
  readonly evictions: number
  readonly expirations: number
  /** Entries held, expired ones that nothing has met yet among them. */
  readonly items: number
  /** Bytes that the entries count for. */
  readonly memory: number
  /** Clients connected now. */
  readonly clients: number
  readonly commands: number
}

/**
 * A cache node inside this process, reached over TCP by `DistributedCache` or any client of Redis (RESP2 and RESP3). It
 * knows the commands that caches need, keeps nothing on disk, and is empty after `stop()`.
 *
 * @example
 * const node = new CacheNode({ port: 5000, maxMemory: '256mb' })
 * await node.start()
 * console.log(node.address) // 127.0.0.1:5000
 * await node.stop()
 */
export class CacheNode {
  // Hidden from whoever prints a node: there are keys in it.
  readonly #options: CheckedNodeOptions
  private engine: NodeEngine
  private server: NodeServer
  private maintenance: Maintenance | undefined
  private listening: number | undefined
  /** The start or stop under way or done last; the next waits for it. */
  private turn: Promise<void> = Promise.resolve()

  /** @throws CacheConfigError naming the option that is out of contract */
  constructor(options: CacheNodeOptions = {}) {
    this.#options = checkNodeOptions(options)
    this.engine = this.newEngine()
    this.server = this.newServer()
  }

  /**
   * Listens. Does nothing on a node that listens already.
   *
   * @throws CacheConfigError when the port is in use (`code: 'PORT_IN_USE'`) or the host is none of this machine's
   */
  start(): Promise<void> {
    return this.after(async () => {
      if (this.listening !== undefined) return
      this.listening = await this.server.listen(this.#options.host, this.#options.port)
      this.maintenance = new Maintenance(this.sweeper, this.#options.clock, SWEEP_EVERY)
      this.maintenance.wake()
    })
  }

  /**
   * Ends every connection and forgets everything; the node can be started again. Takes a second at the most, however
   * slow its clients are.
   */
  stop(): Promise<void> {
    return this.after(async () => {
      if (this.listening === undefined) return
      this.listening = undefined
      this.maintenance?.stop()
      await this.server.close()
      this.engine = this.newEngine()
      this.server = this.newServer()
    })
  }

  /** The port it listens on; before `start()`, the one that it was told, which may be 0. */
  get port(): number {
    return this.listening ?? this.#options.port
  }

  /** `host:port`, as `DistributedCache` takes it. */
  get address(): string {
    const { host } = this.#options
    return `${isIPv6(host) ? `[${host}]` : host}:${this.port}`
  }

  /** Counted since the start. */
  getStats(): CacheNodeStats {
    const { store, reads, commands } = this.engine
    const asked = reads.hits + reads.misses
    return Object.freeze({
      hits: reads.hits,
      misses: reads.misses,
      hitRate: asked === 0 ? 0 : reads.hits / asked,
      evictions: store.evictions,
      expirations: store.expirations,
      items: store.size,
      memory: store.memory,
      clients: this.server.connected,
      commands,
    })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  /** Held by this node only: maintenance holds it weakly, so that a node that was dropped is swept no more. */
  private readonly sweeper: Sweepable = {
    sweep: () => (this.engine.sweep(SWEEP_LIMIT) >= SWEEP_LIMIT ? 'more' : 'later'),
  }

  private after(next: () => Promise<void>): Promise<void> {
    const turn = this.turn.then(next)
    this.turn = turn.catch(() => {})
    return turn
  }

  private newEngine(): NodeEngine {
    const { clock, maxSize, maxMemory, evictionPolicy, users, maxClients, maxTracked } = this.#options
    return new NodeEngine({
      now: () => clock.now(),
      maxSize,
      maxMemory,
      evictionPolicy,
      users,
      maxTracked,
      hashSeed: randomInt(2 ** 31),
      facts: {
        maxClients,
        connectedClients: () => this.server.connected,
        connectionsAccepted: () => this.server.accepted,
        port: () => this.port,
      },
    })
  }

  private newServer(): NodeServer {
    return new NodeServer(this.engine, this.#options.maxClients, this.#options.tls, {
      maxOutputBytes: MAX_OUTPUT_BYTES,
      maxBulkBytes: Math.min(
        DEFAULT_LIMITS.maxBulkBytes,
        Math.max(MIN_BULK_BYTES, this.#options.maxMemory ?? Infinity),
      ),
      readWithin: READ_WITHIN,
    })
  }
}
