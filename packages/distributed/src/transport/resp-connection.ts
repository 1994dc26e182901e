/**
 * One connection to one node: commands go out pipelined, replies come back in order. Nothing is queued while the node is
 * away, and everything in flight has a deadline: one timer, at the earliest of them, watches over the whole queue.
 *
 * A command past its deadline is failed but keeps its place, so that its late reply is not taken for the next one's. Where
 * something is overdue and nothing at all has come back for a while, the connection is given up: the node hangs or the line
 * is dead, and who waits behind should learn that now. One tight deadline alone does not take the others down.
 */
import type { Socket } from 'node:net'
import type { CancelTimer, Clock } from '@mtaio/core'
import { CacheConnectionError, CacheTimeoutError } from '@mtaio/exceptions'
import { CommandWriter, commandLength } from '../resp/command-writer.js'
import { encodeCommand } from '../resp/encode.js'
import { type Command, type Reply, ReplyError } from '../resp/reply.js'
import { ReplyDecoder } from '../resp/reply-decoder.js'
import type { Departures } from './departures.js'
import type { NodeAddress } from './node-address.js'
import type { OpenSocket } from './open-socket.js'
import { Pending } from './pending.js'
import type { Hearer, SendOptions } from './replica-transport.js'

export interface ConnectionLimits {
  /** Commands in flight at most. */
  readonly maxInFlight: number
  /** Bytes of commands in flight at most. */
  readonly maxInFlightBytes: number
}

/** With something overdue, a connection on which nothing has come back for so long is given up, ms. */
const SILENCE = 500

export class RespConnection {
  private readonly queue: Pending[] = []
  /** How many of the queue's first elements are done with; they are cut off in blocks. */
  private done = 0
  private readonly outgoing = new CommandWriter()
  private inFlightBytes = 0
  private isOpen = false
  private closedFor: Error | undefined
  private flushing = false
  /** Whether this socket keeps the process alive: while somebody waits for a reply. */
  private isHeld = false
  private lastByteAt: number
  private cancelTimer: CancelTimer | undefined
  private timerAt = Number.POSITIVE_INFINITY
  private readonly decoder: ReplyDecoder
  private readonly socket: Socket

  constructor(
    private readonly address: NodeAddress,
    open: OpenSocket,
    private readonly clock: Required<Clock>,
    private readonly limits: ConnectionLimits,
    private readonly departures: Departures,
    private readonly onReady: () => void,
    private readonly onClosed: (error: Error) => void,
    /** Who hears pushes. Such a connection is there for what may come, and never keeps the process alive. */
    private readonly onPush?: (push: readonly Reply[]) => void,
  ) {
    this.decoder = new ReplyDecoder({
      onReply: (reply) => this.taken()?.succeed(reply),
      readerOf: () => this.queue[this.done]?.elements,
      onRead: () => this.taken()?.wasRead(),
      onPush,
    })
    this.lastByteAt = clock.now()
    const socket = open((chunk, end) => this.received(chunk, end))
    this.socket = socket
    socket.setNoDelay(true)
    socket.unref()
    socket.on(address.tls ? 'secureConnect' : 'connect', () => this.opened())
    socket.on('error', (error) =>
      this.close(this.lost(`the connection to ${address.id} failed: ${error.message}`, error)),
    )
    socket.on('close', () => this.close(this.lost(`${address.id} closed the connection`)))
  }

  send(command: Command, options: SendOptions): Promise<Reply> {
    return new Promise((heard, failed) => this.ask(command, options, { heard, failed }))
  }

  ask(command: Command, { deadline, signal }: SendOptions, hearer: Hearer): void {
    const now = this.clock.now()
    const bytes = commandLength(command)
    const refusal = signal?.aborted ? signal.reason : (this.closedFor ?? this.refusal(deadline, now, bytes))
    if (refusal !== undefined) return queueMicrotask(() => hearer.failed(refusal))
    const pending = new Pending(now, deadline, bytes, hearer)
    pending.follow(signal)
    this.hold(true)
    this.queue.push(pending)
    this.inFlightBytes += bytes
    this.outgoing.write(command)
    if (this.isOpen) this.flushSoon()
    this.watch(deadline)
  }

  private refusal(deadline: number, now: number, bytes: number): Error | undefined {
    if (deadline <= now) return this.overdue()
    const { maxInFlight, maxInFlightBytes } = this.limits
    if (this.inFlight < maxInFlight && this.inFlightBytes + bytes <= maxInFlightBytes) return undefined
    const message = `${this.address.id} has ${this.inFlight} commands (${this.inFlightBytes} bytes) in flight; at most ${maxInFlight} (${maxInFlightBytes} bytes) may be: ask for less at once`
    return new CacheConnectionError(message, { node: this.address.id, code: 'BUSY' })
  }

  close(error: Error): void {
    if (this.closedFor !== undefined) return
    this.closedFor = error
    this.cancelTimer?.()
    this.socket.destroy()
    const waiting = this.queue.splice(0).slice(this.done)
    this.outgoing.take()
    this.onClosed(error)
    for (const pending of waiting) pending.fail(error)
  }

  private get inFlight(): number {
    return this.queue.length - this.done
  }

  private opened(): void {
    const { username, password } = this.address
    if (password !== undefined) {
      const command = username === undefined ? ['AUTH', password] : ['AUTH', username, password]
      // First in line: what was sent while the connection opened must find the door open.
      const login = new Pending(this.clock.now(), Number.POSITIVE_INFINITY, 0, {
        heard: (reply) => {
          if (reply instanceof ReplyError)
            this.close(this.lost(`${this.address.id} refused the credentials: ${reply.message}`, undefined, 'AUTH'))
        },
        failed: () => undefined,
      })
      this.queue.splice(this.done, 0, login)
      this.socket.write(encodeCommand(command))
    }
    this.isOpen = true
    this.onReady()
    this.flush()
  }

  private flushSoon(): void {
    if (this.flushing) return
    this.flushing = true
    this.departures.leave(this.flushNow)
  }

  private readonly flushNow = () => {
    this.flushing = false
    this.flush()
  }

  private flush(): void {
    if (this.closedFor !== undefined || this.outgoing.isEmpty) return
    const chunks = this.outgoing.take()
    if (chunks.length === 1) this.socket.write(chunks[0]!)
    else {
      this.socket.cork()
      for (const chunk of chunks) this.socket.write(chunk)
      this.socket.uncork()
    }
  }

  private received(chunk: Uint8Array, end: number): void {
    this.lastByteAt = this.clock.now()
    try {
      this.decoder.write(chunk, end)
    } catch (error) {
      this.close(this.lost(`${this.address.id} does not speak RESP: ${(error as Error).message}`, error, 'PROTOCOL'))
    }
  }

  /** Takes whoever is next out of the queue: the reply is whole. */
  private taken(): Pending | undefined {
    const pending = this.queue[this.done]
    if (pending === undefined) {
      this.close(this.lost(`${this.address.id} sent a reply that nobody asked for`, undefined, 'PROTOCOL'))
      return undefined
    }
    this.done++
    this.inFlightBytes -= pending.bytes
    if (this.done === this.queue.length) {
      this.queue.length = this.done = 0
      this.hold(false)
    } else if (this.done >= 1024) {
      this.queue.splice(0, this.done)
      this.done = 0
    }
    return pending
  }

  private watch(deadline: number): void {
    if (deadline >= this.timerAt) return
    this.cancelTimer?.()
    this.timerAt = deadline
    // Timers run before sockets are read: what arrived while this process was busy is read before it is called late.
    const soon = () => setImmediate(() => this.check())
    this.cancelTimer = this.clock.setTimer(soon, Math.max(0, deadline - this.clock.now()))
  }

  /** The earliest deadline may have come. */
  private check(): void {
    if (this.closedFor !== undefined) return
    const now = this.clock.now()
    this.timerAt = Number.POSITIVE_INFINITY
    this.cancelTimer = undefined
    let next = Number.POSITIVE_INFINITY
    let isOverdue = false
    for (let at = this.done; at < this.queue.length; at++) {
      const pending = this.queue[at]!
      if (pending.deadline <= now) {
        isOverdue = true
        if (pending.waiting) pending.fail(this.overdue())
      } else if (pending.waiting) next = Math.min(next, pending.deadline)
    }
    // Who was told may have closed it.
    if (this.closedFor !== undefined) return
    if (next === Number.POSITIVE_INFINITY) this.hold(false)
    if (isOverdue) {
      const silentSince = Math.max(this.lastByteAt, this.queue[this.done]!.sentAt)
      if (now - silentSince >= SILENCE) {
        this.close(this.lost(`${this.address.id} has not answered for ${Math.round(now - silentSince)} ms`))
        return
      }
      next = Math.min(next, silentSince + SILENCE)
    }
    if (next < Number.POSITIVE_INFINITY) this.watch(next)
  }

  private hold(held: boolean): void {
    if (held === this.isHeld || this.onPush !== undefined) return
    this.isHeld = held
    if (held) this.socket.ref()
    else this.socket.unref()
  }

  private overdue(): CacheTimeoutError {
    return new CacheTimeoutError(
      `${this.address.id} did not answer by the deadline; whether it took effect is unknown`,
      {
        node: this.address.id,
      },
    )
  }

  private lost(message: string, cause?: unknown, code?: string): CacheConnectionError {
    return new CacheConnectionError(message, { node: this.address.id, cause, code })
  }
}
