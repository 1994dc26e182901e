/**
 * One client's connection: bytes in, commands to the engine, replies out in one write a chunk. A client that does not
 * read its replies is waited for, then dropped; one that does not speak the protocol is told so and dropped. Neither
 * harms another.
 */
import { CacheSerializationError } from '@mtaio/exceptions'
import type { Answer } from '../resp/answer.js'
import { encodeReply } from '../resp/encode.js'
import { PART_BYTES } from '../resp/limits.js'
import { ReplyError } from '../resp/reply.js'
import { RequestDecoder } from '../resp/request-decoder.js'
import type { RequestFrame } from '../resp/request-frame.js'
import type { ClientState } from './client-state.js'
import type { HeldRequests, Holder } from './held-requests.js'
import type { NodeEngine } from './node-engine.js'
import type { NodeLogger } from './node-logger.js'
import type { Outbox, Sender } from './outbox.js'
import type { ReplyWriter } from './reply-writer.js'
import type { ClientSocket } from './sockets/client-socket.js'
import type { ReadBuffer } from './sockets/read-buffer.js'

/** How much may wait to be read by the client before the node reads no more of its commands. */
const PAUSE_BEYOND_BYTES = 1024 * 1024

/** How long a client has to take its last replies and to close its side, ms. */
const CLOSED_WITHIN = 5000

export interface SessionLimits {
  /** The most bytes of replies that may wait for one client; beyond, it is dropped. */
  readonly maxOutputBytes: number
  /** The longest value that a client may send. */
  readonly maxBulkBytes: number
  /** The most that one request may make the node keep. */
  readonly maxRequestBytes: number
  /** The most that requests of all clients may make it keep that cannot be run yet. */
  readonly maxHeldBytes: number
  /** How long a client may leave its replies unread before it is dropped, ms. */
  readonly readWithin: number
}

/** One of each for all sessions. */
export interface SharedBySessions {
  /** Where replies are gathered: each session empties it before it returns. */
  readonly writer: ReplyWriter
  readonly held: HeldRequests
  readonly reading: ReadBuffer
  readonly outbox: Outbox
}

export class Session implements Holder, Sender {
  private readonly client: ClientState
  private readonly decoder: RequestDecoder
  private readonly writer: ReplyWriter
  private readonly held: HeldRequests
  private readonly outbox: Outbox
  private over = false
  private heldBytes = 0
  /** Replies that go out at the end of the turn. */
  private unsent: Buffer | undefined
  /** Commands that wait for the end of a pause. */
  private postponed: Uint8Array[][] = []
  private postponedBytes = 0
  /** Whether its replies are being gathered in the writer. */
  private reading = false
  private patience: NodeJS.Timeout | undefined

  constructor(
    private readonly socket: ClientSocket,
    private readonly engine: NodeEngine,
    { writer, held, reading, outbox }: SharedBySessions,
    private readonly limits: SessionLimits,
    private readonly logger: NodeLogger,
  ) {
    this.writer = writer
    this.held = held
    this.outbox = outbox
    this.client = engine.newClient({
      address: `${socket.remoteAddress ?? ''}:${socket.remotePort ?? 0}`,
      localAddress: `${socket.localAddress ?? ''}:${socket.localPort ?? 0}`,
      push: (message) => this.push(message),
      drop: () => this.drop(),
      unread: () => this.unreadBytes,
    })
    this.decoder = new RequestDecoder({
      onFrame: (frame) => this.runHot(frame),
      onCommand: (parts) => this.run(parts),
      limits: { maxBulkBytes: limits.maxBulkBytes, maxRequestBytes: limits.maxRequestBytes },
    })
    this.decoder.isStranger = this.isStranger
    socket.setNoDelay(true)
    socket.setKeepAlive(true, 60_000)
    reading.start(socket, (bytes, end) => this.read(bytes, end))
    socket.on('drain', () => this.goOn())
    // Before the socket ends its own side, too.
    socket.prependListener('end', () => this.send())
    // A client that vanishes is no event: its socket closes, and that is all.
    socket.on('error', () => this.drop())
    socket.on('close', () => this.drop())
  }

  /** Lets replies that are under way out, then ends the connection. */
  end(): void {
    this.over = true
    this.send()
    this.socket.end()
    // The other end may never close its side.
    clearTimeout(this.patience)
    this.patience = setTimeout(() => this.drop(), Math.min(CLOSED_WITHIN, this.limits.readWithin)).unref()
  }

  /** Whether the client has said nothing for so long, and waits for nothing. */
  isIdle(now: number, idleFor: number): boolean {
    return (
      this.client.subscriber === undefined && this.postponed.length === 0 && now - this.client.lastCommandAt >= idleFor
    )
  }

  private get unreadBytes(): number {
    return this.socket.writableLength + (this.unsent?.length ?? 0)
  }

  get isStranger(): boolean {
    return this.client.user === undefined
  }

  giveUpRequest(): void {
    const { address } = this.client.connection
    this.logger.warn({ address, held: this.heldBytes }, 'client dropped: unfinished requests take too much')
    this.heldBytes = 0
    this.drop()
  }

  /** Ends the connection at once. */
  drop(): void {
    this.over = true
    this.hold(0)
    this.postponed = []
    this.unsent = undefined
    this.engine.pause.forget(this.goOnRunning)
    clearTimeout(this.patience)
    this.engine.release(this.client)
    this.socket.destroy()
  }

  private read(bytes: Uint8Array, end: number): void {
    if (!this.over) this.readWith(() => this.decoder.write(bytes, end))
  }

  /** Gathers the replies of what `work` runs, and sends them. */
  private readWith(work: () => void): void {
    this.reading = true
    try {
      work()
    } catch (error) {
      this.refuse(error)
    }
    this.engine.rest()
    this.reading = false
    if (this.socket.destroyed) this.writer.drop()
    else {
      this.flush()
      this.hold(this.decoder.held + this.client.transaction.held + this.postponedBytes)
    }
  }

  /** Until the pause has ended nothing more is read; what was read already waits. */
  private postpone(parts: Uint8Array[]): void {
    if (this.postponed.length === 0) {
      this.socket.pause()
      this.engine.pause.wait(this.goOnRunning)
    }
    this.postponed.push(parts)
    for (const part of parts) this.postponedBytes += part.length + PART_BYTES
  }

  private readonly goOnRunning = (): void => {
    if (this.over) return
    const commands = this.postponed
    this.postponed = []
    this.postponedBytes = 0
    this.readWith(() => {
      for (const parts of commands) this.run(parts)
    })
    if (this.postponed.length === 0 && this.patience === undefined) this.socket.resume()
  }

  private hold(bytes: number): void {
    if (bytes === this.heldBytes) return
    this.heldBytes = bytes
    this.held.set(this, bytes)
  }

  /** Behind the reply under way, or at once; what comes in one turn goes out in one write. */
  private push(message: Answer): void {
    if (this.over) return
    if (this.reading) this.writer.write(message, 3)
    else {
      this.send()
      if (this.socket.writableCorked === 0) {
        this.socket.cork()
        process.nextTick(() => this.socket.uncork())
      }
      this.socket.write(encodeReply(message, 3))
      this.checkOutput()
    }
  }

  private runHot(frame: RequestFrame): boolean {
    if (this.over) return true
    if (this.postponed.length > 0) return false
    if (!this.engine.answerHot(frame, this.client, this.writer)) return false
    if (this.writer.length > PAUSE_BEYOND_BYTES) this.checkOutput()
    return true
  }

  private run(parts: Uint8Array[]): void {
    if (this.over) return
    if (this.postponed.length > 0 || this.engine.isHeldBack(parts, this.client)) return this.postpone(parts)
    const reply = this.engine.answer(parts, this.client)
    this.writer.write(reply, this.client.protocol)
    this.engine.settle()
    this.decoder.isStranger = this.isStranger
    if (this.client.closing) this.over = true
    this.checkOutput()
  }

  private checkOutput(): void {
    if (this.writer.length + this.unreadBytes > this.limits.maxOutputBytes) this.giveUp()
  }

  /** The client reads too slowly: what it has asked for is not kept for ever. */
  private giveUp(): void {
    this.logger.warn({ address: this.client.connection.address, waiting: this.unreadBytes }, 'slow reader dropped')
    this.drop()
  }

  /** Whatever it is that a command stumbled over, it ends this connection and no other. */
  private refuse(error: unknown): void {
    if (this.over) return
    this.over = true
    const known = error instanceof CacheSerializationError
    const why = error instanceof Error ? error.message : String(error)
    if (known)
      this.logger.warn({ address: this.client.connection.address, why }, 'client refused: it breaks the protocol')
    else this.logger.error({ address: this.client.connection.address, why }, 'a command failed within')
    this.writer.write(new ReplyError(`ERR ${known ? error.message : 'internal error'}`), this.client.protocol)
  }

  /** What its turn has to say goes out. */
  send(): void {
    const { unsent } = this
    if (unsent === undefined) return
    this.unsent = undefined
    if (this.socket.destroyed) return
    // Taken as a whole, it is followed by no 'drain'.
    if (this.socket.write(unsent)) this.goOn()
    else this.minded()
  }

  private flush(): void {
    if (this.writer.length > 0) {
      // Read twice in a turn: what waits goes first.
      if (this.unsent !== undefined) this.socket.write(this.unsent)
      else this.outbox.add(this)
      this.unsent = this.writer.take()
    }
    if (this.over) this.end()
    else this.minded()
  }

  /** A client that leaves so much unread is read no more, and not waited for for ever. */
  private minded(): void {
    if (this.unreadBytes > PAUSE_BEYOND_BYTES && this.patience === undefined && !this.over) {
      this.socket.pause()
      this.patience = setTimeout(() => this.giveUp(), this.limits.readWithin).unref()
    }
  }

  private goOn(): void {
    if (this.patience === undefined || this.over) return
    clearTimeout(this.patience)
    this.patience = undefined
    if (this.postponed.length === 0) this.socket.resume()
  }
}
