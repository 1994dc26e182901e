/**
 * THE CONTRACT of the network, as the coordinator sees it.
 *
 * Guarantees: a command reaches its node at most once per `send`; commands to one node take effect in the order sent
 * while one connection lives; every `send` settles by its deadline. Not guaranteed: that a command whose `send`
 * failed did not take effect. Every command sent through it is therefore idempotent.
 */
import type { ElementReader } from '../resp/element-reader.js'
import type { Command, Reply } from '../resp/reply.js'
import type { NodeAddress } from './node-address.js'

export interface SendOptions {
  /** By when the reply must be here, on the transport's monotonic clock, in milliseconds. */
  readonly deadline: number
  /** Lets the caller leave early. */
  readonly signal?: AbortSignal | undefined
}

/** Who hears what a node says without having been asked. */
export interface PushListener {
  /** Each RESP3 push, in order, between the replies as the node sent them. */
  onPush(push: readonly Reply[]): void
  /** Told once, when the connection has ended: by the node, by trouble on the way or by `close`. Nothing is heard after that. */
  onClosed(error: Error): void
}

/** A connection of its own for hearing pushes. Once it has ended it does not open again. */
export interface PushConnection {
  /** As the transport's own. Its order with the pushes is the node's. */
  send(command: Command, options: SendOptions): Promise<Reply>
  close(): void
}

/** Who is told what became of a command: once, and never in the turn in which it was sent. Must not throw. */
export interface Hearer {
  heard(reply: Reply): void
  failed(reason: unknown): void
  /**
   * Reads the elements where they lie if the reply is an array, and is told when they are all there, instead of `heard`. A
   * transport may make no use of it. It may hear `failed` in the midst of them, and then more elements.
   */
  readonly elements?: ElementReader | undefined
}

/** Who is told of connections to nodes. */
export interface ConnectionWatcher {
  /** One was opened, the first or another: what the node knew before may be gone. */
  opened(node: string): void
  /** The one that there was has ended, and not because it was closed from here. */
  lost(node: string): void
}

export interface ReplicaTransport {
  /** Whether the keys of one command must share a hash slot, as in Redis Cluster. @defaultValue false */
  readonly isSlotted?: boolean
  /**
   * Sends one command to a node (`host:port`, as configured) and answers with its reply; an error reply is a value.
   *
   * @throws CacheTimeoutError when the deadline passes, CacheConnectionError when the node is out of reach or too much
   * is in flight already. Either leaves the outcome unknown.
   */
  send(node: string, command: Command, options: SendOptions): Promise<Reply>
  /** The same for who is told instead of promised; where it is not there, `send` is all there is. */
  ask?(node: string, command: Command, options: SendOptions, hearer: Hearer): void
  /**
   * Calls `run` once whatever has come in was dealt with, just before what was sent meanwhile leaves: there the questions of
   * one turn can be put together. Where it is not there, the end of the turn is as good.
   */
  beforeLeaving?(run: () => void): void
  /**
   * Opens the way to one more node, which others may have named; asked twice, it does nothing. A transport whose nodes are settled
   * elsewhere has neither this nor `dismiss`, and nodes cannot be added or removed through it.
   *
   * @param address - how to get there, where the caller says so; else as to the nodes that there are
   */
  admit?(node: string, address?: NodeAddress): void
  /** Closes the way to a node. What is in flight there fails. */
  dismiss?(node: string): void
  /**
   * Opens a connection for hearing pushes: who uses it says HELLO 3 first. It keeps no process alive. A transport whose connections
   * are somebody else's has none.
   *
   * @throws CacheConfigError for a node that it does not know; CacheConnectionError once it is closed
   */
  openPushes?(node: string, listener: PushListener): PushConnection
  /** Says who is told of connections from now on: one watcher. A transport that has none knows nothing of connections. */
  watch?(watcher: ConnectionWatcher): void
  /** Closes every connection; what is in flight fails with CacheConnectionError. */
  close(): Promise<void>
}
