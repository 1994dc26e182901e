/**
 * One node, listened to: a connection on which it broadcasts what changes (`CLIENT TRACKING ON BCAST`, RESP3). Opened again when
 * it is lost, after a pause that grows. An answered ping proves that all that the node had to say before was heard, for pushes
 * and replies keep their order. Knows neither entries nor what the news mean.
 */
import type { CancelTimer, Clock } from '@mtaio/core'
import { CacheConfigError, CacheConnectionError } from '@mtaio/exceptions'
import { backoffDelay } from '../health/backoff.js'
import { type Reply, ReplyError } from '../resp/reply.js'
import type { PushConnection, ReplicaTransport } from '../transport/replica-transport.js'

export interface EarParts {
  readonly transport: Pick<ReplicaTransport, 'openPushes'>
  readonly clock: Required<Clock>
  /** Uniform in [0, 1). */
  readonly random: () => number
  /** Of all keys that are to be told of. */
  readonly prefixes: readonly string[]
  /** By when an answer must be there, ms. */
  readonly patience: number
}

export interface EarEvents {
  heard(push: readonly Reply[]): void
  /** It listens from now on. */
  opened(ear: Ear): void
  /** It listened, and does no more: what it would have heard is not known. */
  lost(ear: Ear, cause: Error): void
  /** All that the node had to say until `provenAt` was heard. */
  proven(ear: Ear): void
  /** The node does not do what this needs. Told once, until that changes. */
  refused(ear: Ear, error: CacheConfigError): void
}

/** Pauses between attempts to open, and after a refusal, ms. */
const REOPEN = { base: 50, cap: 2000 }
const AFTER_REFUSAL = 10_000
/** Answers of a server that will do what is asked later. */
const NOT_YET = new Set(['LOADING', 'BUSY', 'MASTERDOWN', 'NOAUTH'])

export class Ear {
  listens = false
  /** Since when it has listened without a gap, or had until it ended: a count of its owner's. */
  since = Number.POSITIVE_INFINITY
  /** When the last ping was sent that was answered, ms. */
  provenAt = Number.NEGATIVE_INFINITY
  /** Why the node does not let itself be listened to. */
  refusal: CacheConfigError | undefined
  private connection: PushConnection | undefined
  private opening: Promise<void> | undefined
  private failures = 0
  private cancelRetry: CancelTimer | undefined
  private isClosed = false

  constructor(
    readonly node: string,
    private readonly parts: EarParts,
    private readonly events: EarEvents,
  ) {}

  /** Opens it, if it is not open. Resolves when that is done or has failed; never rejects. */
  async open(): Promise<void> {
    if (this.isClosed || this.listens) return
    this.opening ??= this.tryToOpen().finally(() => {
      this.opening = undefined
    })
    await this.opening
  }

  private async tryToOpen(): Promise<void> {
    const { transport, clock, patience, prefixes } = this.parts
    const sentAt = clock.now()
    const ended = (error: Error) => this.ended(connection, error)
    let connection: PushConnection | undefined
    try {
      connection = transport.openPushes!(this.node, { onPush: this.events.heard, onClosed: ended })
      this.connection = connection
      const options = { deadline: sentAt + patience }
      const track = ['CLIENT', 'TRACKING', 'ON', 'BCAST', ...prefixes.flatMap((prefix) => ['PREFIX', prefix])]
      const replies = await Promise.all([connection.send(['HELLO', '3'], options), connection.send(track, options)])
      if (this.connection !== connection) return
      const error = replies.find((reply) => reply instanceof ReplyError)
      if (error !== undefined) return this.turnedAway(connection, error)
      this.failures = 0
      this.refusal = undefined
      this.provenAt = sentAt
      this.listens = true
      this.events.opened(this)
    } catch (error) {
      connection?.close()
      ended(error as Error)
    }
  }

  /** Asks the node for a proof that all was heard. Resolves when it is there, or the connection is given up. */
  async prove(): Promise<void> {
    const { connection } = this
    if (!this.listens || connection === undefined) return
    const { clock, patience } = this.parts
    const sentAt = clock.now()
    try {
      const reply = await connection.send(['PING'], { deadline: sentAt + patience })
      if (this.connection !== connection) return
      if (reply instanceof ReplyError) throw new CacheConnectionError(reply.message, { node: this.node })
      this.provenAt = Math.max(this.provenAt, sentAt)
      this.events.proven(this)
    } catch (error) {
      // Half open, or as good as that.
      connection.close()
      this.ended(connection, error as Error)
    }
  }

  close(): void {
    this.isClosed = true
    this.cancelRetry?.()
    const { connection } = this
    this.connection = undefined
    this.listens = false
    connection?.close()
  }

  private turnedAway(connection: PushConnection, { message, prefix }: ReplyError): void {
    const error = new CacheConfigError(
      `nearCache needs RESP3 and CLIENT TRACKING, which ${this.node} refuses (${message}): use Redis 6 or later, Valkey or a CacheNode, allow its user +hello and +client|tracking, or leave nearCache out`,
      { node: this.node, code: 'NEAR_REFUSED' },
    )
    const isNews = this.refusal === undefined && !NOT_YET.has(prefix)
    if (!NOT_YET.has(prefix)) this.refusal = error
    connection.close()
    this.ended(connection, error)
    if (isNews) this.events.refused(this, error)
  }

  private ended(connection: PushConnection | undefined, error: Error): void {
    if (this.isClosed || (this.connection !== connection && connection !== undefined)) return
    this.connection = undefined
    const { clock, random } = this.parts
    if (this.listens) {
      this.listens = false
      this.events.lost(this, error)
    }
    this.cancelRetry?.()
    const wait = this.refusal === undefined ? backoffDelay(this.failures++, REOPEN, random) : AFTER_REFUSAL
    this.cancelRetry = clock.setTimer(() => void this.open(), wait)
  }
}
