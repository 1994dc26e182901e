/** The embedded node: an engine behind a door, with a sweep now and then. */
import { randomInt } from 'node:crypto'
import { isIPv6 } from 'node:net'
import type { Duration } from '@mtaio/core'
import { Maintenance, parseDuration, type Sweepable } from '@mtaio/core/engine'
import { CacheConfigError } from '@mtaio/exceptions'
import { DEFAULT_LIMITS } from '../resp/limits.js'
import type { HttpDoor } from './http/http-door.js'
import type { MeasuredNode } from './http/metrics.js'
import { NodeEngine } from './node-engine.js'
import { type CacheNodeOptions, type CheckedHttp, type CheckedNodeOptions, checkNodeOptions } from './node-options.js'
import { NodeServer } from './server.js'
import { Snapshots } from './snapshot/snapshots.js'

const SWEEP_EVERY = 250
/** Entries that one sweep looks at; with more due, it goes on after whoever is waiting. */
const SWEEP_LIMIT = 2000
const MAX_OUTPUT_BYTES = 128 * 1024 * 1024
const READ_WITHIN = 60_000
/** A value up to this length is read whole and then refused as too large; a longer one ends the connection. */
const MIN_BULK_BYTES = 1024 * 1024
/** A request may be twice as long as a value, and this in any case: bytes. */
const MIN_REQUEST_BYTES = 16 * 1024 * 1024

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
 * knows the commands that caches need, keeps nothing on disk unless it is told to, and is empty after `stop()`.
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
  private readonly snapshots: Snapshots | undefined
  private door: HttpDoor | undefined
  private httpListening: number | undefined
  private cancelTimers: (() => void)[] = []
  private isDraining = false
  private listening: number | undefined
  /** The start or stop under way or done last; the next waits for it. */
  private turn: Promise<void> = Promise.resolve()

  /** @throws CacheConfigError naming the option that is out of contract */
  constructor(options: CacheNodeOptions = {}) {
    this.#options = checkNodeOptions(options)
    const { snapshot, clock, logger } = this.#options
    if (snapshot !== undefined) this.snapshots = new Snapshots(snapshot, () => clock.now(), logger)
    this.engine = this.newEngine()
    this.server = this.newServer()
  }

  /**
   * Listens. Does nothing on a node that listens already.
   *
   * @throws CacheConfigError when the port is in use (`code: 'PORT_IN_USE'`), the host is none of this machine's, or the
   * snapshot is damaged (`code: 'SNAPSHOT_DAMAGED'`)
   */
  start(): Promise<void> {
    return this.after(async () => {
      if (this.listening !== undefined) return
      const { host, port, clock, logger, http } = this.#options
      if (http !== undefined) await this.openDoor(http)
      try {
        if ((await this.snapshots?.load(this.engine.store)) === false) this.renew()
        this.listening = await this.server.listen(host, port)
      } catch (error) {
        await this.door?.close()
        this.renew()
        throw error
      }
      this.maintenance = new Maintenance(this.sweeper, clock, SWEEP_EVERY)
      this.maintenance.wake()
      this.scheduleWork()
      logger.info({ address: this.address }, 'listening')
    })
  }

  /**
   * Ends every connection and forgets everything, after a snapshot where there is to be one; the node can be started
   * again. Takes a second at the most, however slow its clients are, and the time of the snapshot.
   *
   * @param options - `drainFor`: first let nobody in any more, and serve who is here until they leave, so long at the
   * most; seconds, or `'10s'`
   */
  stop(options: { readonly drainFor?: Duration | undefined } = {}): Promise<void> {
    const drainFor = options.drainFor === undefined ? 0 : parseDuration(options.drainFor, 'drainFor')
    return this.after(async () => {
      if (this.listening === undefined) return
      this.isDraining = true
      // Whoever waits for the end of a pause is answered.
      this.engine.pause.end()
      await this.server.drain(drainFor)
      this.listening = undefined
      this.maintenance?.stop()
      for (const cancel of this.cancelTimers.splice(0)) cancel()
      await this.server.close()
      await this.snapshots?.save(this.engine.store)
      await this.door?.close()
      this.httpListening = undefined
      this.renew()
      this.#options.logger.info({}, 'stopped')
    })
  }

  /** Writes a snapshot now. @throws CacheConfigError where the node has none, or it could not be written */
  async save(): Promise<void> {
    if (this.snapshots === undefined) throw new CacheConfigError('this node has no snapshot: give snapshot.path')
    await this.snapshots.save(this.engine.store)
    if (this.snapshots.lastSaveFailed) throw new CacheConfigError('the snapshot could not be written: see the log')
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

  /** The port of `/healthz`, `/readyz` and `/metrics`; `undefined` where there is none, or before `start()`. */
  get httpPort(): number | undefined {
    return this.httpListening
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

  private async openDoor({ host, port, handlers, token }: CheckedHttp): Promise<void> {
    // Loaded by nodes that need it only.
    const [{ HttpDoor }, { mountWatchPaths }] = await Promise.all([
      import('./http/http-door.js'),
      import('./http/watch-paths.js'),
    ])
    const door = new HttpDoor()
    mountWatchPaths(
      door,
      () => this.listening !== undefined && !this.isDraining,
      () => this.measured(),
      token,
    )
    for (const [path, handler] of Object.entries(handlers)) door.mount(path, handler)
    this.httpListening = await door.open(host, port)
    this.door = door
  }

  private measured(): MeasuredNode {
    const { access, tracking } = this.engine
    return {
      ...this.getStats(),
      refusedClients: this.server.refused,
      failedLogins: access.failedLogins,
      trackedReads: tracking.tracked,
    }
  }

  private scheduleWork(): void {
    const { idleTimeout, snapshot } = this.#options
    if (snapshot?.every !== undefined) {
      this.repeat(snapshot.every, () => void this.snapshots?.save(this.engine.store))
    }
    if (idleTimeout < Number.POSITIVE_INFINITY) {
      this.repeat(Math.max(100, idleTimeout / 4), () => this.server.dropIdle(this.#options.clock.now(), idleTimeout))
    }
  }

  private repeat(delay: number, work: () => void): void {
    const at = this.cancelTimers.length
    const set = () => {
      this.cancelTimers[at] = this.#options.clock.setTimer(() => {
        work()
        set()
      }, delay)
    }
    set()
  }

  private renew(): void {
    this.engine = this.newEngine()
    this.server = this.newServer()
    this.isDraining = false
  }

  private after(next: () => Promise<void>): Promise<void> {
    const turn = this.turn.then(next)
    this.turn = turn.catch(() => {})
    return turn
  }

  private newEngine(): NodeEngine {
    const { clock, maxSize, maxMemory, evictionPolicy, users, maxClients, maxTracked, idleTimeout } = this.#options
    return new NodeEngine({
      now: () => clock.now(),
      setTimer: (fire, delay) => clock.setTimer(fire, delay),
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
        connectionsRefused: () => this.server.refused,
        traffic: () => this.server.traffic,
        idleSeconds: Math.ceil((idleTimeout === Number.POSITIVE_INFINITY ? 0 : idleTimeout) / 1000),
        maxBulkBytes: this.maxBulkBytes,
        maxRequestBytes: this.maxRequestBytes,
        loginFailed: (address) => this.#options.logger.warn({ address }, 'wrong password'),
        persistence: () => ({
          savedAt: this.snapshots?.savedAt ?? 0,
          lastSaveFailed: this.snapshots?.lastSaveFailed ?? false,
          isLoading: this.snapshots?.isLoading ?? false,
        }),
        port: () => this.port,
      },
    })
  }

  private newServer(): NodeServer {
    const { maxClients, tls, logger, workers } = this.#options
    const limits = {
      maxOutputBytes: MAX_OUTPUT_BYTES,
      maxBulkBytes: this.maxBulkBytes,
      maxRequestBytes: this.maxRequestBytes,
      maxHeldBytes: 2 * this.maxRequestBytes,
      readWithin: READ_WITHIN,
    }
    return new NodeServer(this.engine, maxClients, tls, limits, logger, workers)
  }

  private get maxBulkBytes(): number {
    const { maxMemory = Number.POSITIVE_INFINITY } = this.#options
    return Math.min(DEFAULT_LIMITS.maxBulkBytes, Math.max(MIN_BULK_BYTES, maxMemory))
  }

  private get maxRequestBytes(): number {
    return Math.max(MIN_REQUEST_BYTES, 2 * this.maxBulkBytes)
  }
}
