/** The node's door: listens, lets clients in up to a bound, and closes within a bounded time. Knows no command. */
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'
import { CacheConfigError } from '@mtaio/exceptions'
import { encodeReply } from '../resp/encode.js'
import { ReplyError } from '../resp/reply.js'
import { HeldRequests } from './held-requests.js'
import type { NodeEngine } from './node-engine.js'
import type { NodeLogger } from './node-logger.js'
import { Outbox } from './outbox.js'
import { ReplyWriter } from './reply-writer.js'
import { Session, type SessionLimits, type SharedBySessions } from './session.js'
import type { ClientSocket } from './sockets/client-socket.js'
import { ReadBuffer } from './sockets/read-buffer.js'
import { Workers } from './sockets/workers.js'

const FULL = encodeReply(new ReplyError('ERR max number of clients reached'), 2)
const REFUSED_AT_A_TIME = 128
/** How long clients have to take their last replies when the node stops, ms. */
const CLOSE_WITHIN = 1000

export class NodeServer {
  /** Clients let in so far. */
  accepted = 0
  /** Clients turned away. */
  refused = 0
  private readonly gone = { input: 0, output: 0 }
  private readonly sessions = new Set<Session>()
  private readonly sockets = new Set<ClientSocket>()
  private readonly shared: SharedBySessions
  private server: Server | undefined
  private isDraining = false
  private readonly workers: Workers | undefined

  /** @param workers - how many processes hold the sockets; 0: this one does */
  constructor(
    private readonly engine: NodeEngine,
    private readonly maxClients: number,
    private readonly tls: TlsOptions | undefined,
    private readonly limits: SessionLimits,
    private readonly logger: NodeLogger,
    workers = 0,
  ) {
    this.shared = {
      writer: new ReplyWriter(),
      held: new HeldRequests(limits.maxHeldBytes),
      reading: new ReadBuffer(),
      outbox: new Outbox(),
    }
    if (workers === 0) return
    this.workers = new Workers({
      count: workers,
      tls,
      onClient: (socket) => this.welcome(socket),
      onDeath: (why) => this.logger.error({ why }, 'a worker has ended, and is replaced'),
    })
  }

  get connected(): number {
    return this.sessions.size
  }

  /**
   * Listens.
   *
   * @returns the port, which is a free one for port 0
   * @throws CacheConfigError when the port is taken, or the host is none of this machine's
   */
  async listen(host: string, port: number): Promise<number> {
    await this.startWorkers()
    const server = this.newServer()
    // Beyond this even the refusal is left out.
    server.maxConnections = this.maxClients + REFUSED_AT_A_TIME
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => {
        this.workers?.stop()
        reject(explained(error, host, port))
      })
      server.listen({ host, port, exclusive: true }, resolve)
    })
    // Accepting can fail later on (no file descriptors left): that client is lost, the node goes on.
    server.removeAllListeners('error')
    server.on('error', () => {})
    this.server = server
    const address = server.address()
    return typeof address === 'object' && address !== null ? address.port : port
  }

  /** Bytes that came in and went out, of clients that are gone, too. */
  get traffic(): { input: number; output: number } {
    const all = { ...this.gone }
    for (const socket of this.sockets) count(socket, all)
    return all
  }

  /** Ends the connections of clients that have said nothing for so long, unless they wait to be told of changes. */
  dropIdle(now: number, idleFor: number): void {
    for (const session of this.sessions) if (session.isIdle(now, idleFor)) session.drop()
  }

  /** Lets nobody in any more, and serves who is here until they have left, or `within` ms have passed. */
  async drain(within: number): Promise<void> {
    const { server } = this
    if (server === undefined || this.sockets.size === 0 || within <= 0) return
    const left = new Promise<void>((resolve) => server.close(() => resolve()))
    this.isDraining = true
    let timer: NodeJS.Timeout | undefined
    await Promise.race([left, new Promise<void>((resolve) => (timer = setTimeout(resolve, within)))])
    clearTimeout(timer)
  }

  /** Lets nobody in any more, ends every connection, and waits until all are gone, a second at the most. */
  async close(): Promise<void> {
    const { server } = this
    if (server === undefined) return
    this.server = undefined
    const gone = this.isDraining
      ? Promise.all([...this.sockets].map((socket) => socket.closed || once(socket, 'close')))
      : new Promise<void>((resolve) => server.close(() => resolve()))
    for (const session of this.sessions) session.end()
    const timer = setTimeout(() => {
      for (const socket of this.sockets) socket.destroy()
      this.workers?.stop()
    }, CLOSE_WITHIN)
    await gone
    clearTimeout(timer)
    this.workers?.stop()
  }

  private async startWorkers(): Promise<void> {
    try {
      await this.workers?.start()
    } catch (cause) {
      this.workers?.stop()
      throw new CacheConfigError(`workers cannot be started: ${(cause as Error).message}`, { cause })
    }
  }

  private newServer(): Server {
    const { tls, workers } = this
    if (workers !== undefined) return createServer({ pauseOnConnect: true }, (socket) => this.handOver(workers, socket))
    if (tls === undefined) {
      return createServer({ pauseOnConnect: true }, (socket) => this.welcome(this.shared.reading.adopt(socket)))
    }
    const server = createTlsServer(tls, (socket) => this.welcome(socket))
    // Whoever has not shaken hands yet is a socket to be closed, too.
    server.on('connection', (socket) => this.remember(socket))
    // Who cannot be talked to is gone already.
    server.on('tlsClientError', (_error, socket) => socket.destroy())
    return server
  }

  private handOver(workers: Workers, socket: Socket): void {
    socket.on('error', () => socket.destroy())
    const isTooMuch = this.sessions.size + workers.pending >= this.maxClients + REFUSED_AT_A_TIME
    if (isTooMuch || !workers.take(socket)) socket.destroy()
  }

  private remember(socket: ClientSocket): void {
    this.sockets.add(socket)
    socket.once('close', () => {
      this.sockets.delete(socket)
      count(socket, this.gone)
    })
  }

  private welcome(socket: ClientSocket): void {
    this.remember(socket)
    if (this.sessions.size >= this.maxClients) {
      this.refused++
      this.logger.warn({ address: socket.remoteAddress, maxClients: this.maxClients }, 'client refused: too many')
      socket.on('error', () => socket.destroy())
      // Read and thrown away: unread bytes would turn the end into a reset, which loses the reply.
      socket.resume()
      socket.end(FULL)
      setTimeout(() => socket.destroy(), CLOSE_WITHIN).unref()
      return
    }
    this.accepted++
    const session = new Session(socket, this.engine, this.shared, this.limits, this.logger)
    this.sessions.add(session)
    socket.once('close', () => this.sessions.delete(session))
  }
}

function count(socket: ClientSocket, into: { input: number; output: number }): void {
  into.input += socket.bytesRead
  into.output += socket.bytesWritten
}

function explained(error: NodeJS.ErrnoException, host: string, port: number): CacheConfigError {
  const { code } = error
  if (code === 'EADDRINUSE') {
    return new CacheConfigError(`port ${port} on ${host} is in use: choose another, or 0 for a free one`, {
      code: 'PORT_IN_USE',
      cause: error,
    })
  }
  const why =
    code === 'EACCES'
      ? 'this user may not listen there; ports below 1024 are often reserved'
      : code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND'
        ? 'this machine has no such address'
        : error.message
  return new CacheConfigError(`cannot listen on ${host}:${port}: ${why}`, { cause: error })
}
