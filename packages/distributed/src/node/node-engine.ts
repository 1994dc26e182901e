/** Commands in, replies out: a node without a socket. Knows the command table and the store; it is given the time. */
import type { EvictionPolicy, PolicyFactory } from '@mtaio/policies'
import { type Answer, replyOf } from '../resp/answer.js'
import { type Reply, ReplyError } from '../resp/reply.js'
import { ByteStore } from './byte-store.js'
import { type ClientState, newClientState } from './client-state.js'
import type { CommandContext, NodeCommand, NodeFacts } from './command.js'
import { findCommand } from './command-index.js'
import { MAX_QUEUED_BYTES, MAX_QUEUED_COMMANDS } from './transaction.js'

const NO_AUTH = new ReplyError('NOAUTH Authentication required.')
const QUEUE_FULL = new ReplyError(
  `ERR the transaction is too long: this node queues ${MAX_QUEUED_COMMANDS} commands of ${MAX_QUEUED_BYTES} bytes together`,
)

export interface NodeEngineOptions {
  /** Epoch ms. */
  readonly now: () => number
  readonly maxSize?: number | undefined
  readonly maxMemory?: number | undefined
  readonly evictionPolicy?: EvictionPolicy | PolicyFactory | undefined
  readonly hashSeed?: number | undefined
  readonly password?: string | undefined
  /** What a server around the engine adds to what the node tells of itself. */
  readonly facts?: Partial<NodeFacts> | undefined
}

export class NodeEngine {
  readonly store: ByteStore
  readonly reads = { hits: 0, misses: 0 }
  commands = 0
  private readonly context: CommandContext
  private readonly now: () => number
  private readonly ownClient: ClientState
  private clients = 0

  constructor({ now, facts, password, ...bounds }: NodeEngineOptions) {
    this.now = now
    const startedAt = now()
    this.store = new ByteStore(bounds, startedAt)
    this.ownClient = newClientState(++this.clients, '', password === undefined, startedAt)
    this.context = {
      store: this.store,
      reads: this.reads,
      client: this.ownClient,
      now: startedAt,
      call: (parts) => this.call(parts),
      facts: {
        password,
        evictionPolicy: typeof bounds.evictionPolicy === 'string' ? bounds.evictionPolicy : 'lru',
        maxClients: 0,
        startedAt,
        connectedClients: () => 0,
        connectionsAccepted: () => 0,
        commandsRun: () => this.commands,
        port: () => 0,
        ...facts,
      },
    }
  }

  /** What the node remembers of a client from now on. */
  newClient(address: string): ClientState {
    return newClientState(++this.clients, address, this.context.facts.password === undefined, this.now())
  }

  /** Forgets a client that is gone, and what it watched. */
  release(client: ClientState): void {
    client.transaction.reset(this.store.watches)
  }

  /**
   * Runs a command; what goes wrong is a `ReplyError`, never thrown. Bytes in the reply hold until the next command and
   * are not to be changed.
   */
  execute(parts: readonly Uint8Array[], client: ClientState = this.ownClient): Reply {
    return replyOf(this.answer(parts, client))
  }

  /** As {@link execute}, in the form that the protocol may tell. */
  answer(parts: readonly Uint8Array[], client: ClientState = this.ownClient): Answer {
    const command = findCommand(parts)
    const { transaction } = client
    if (command instanceof ReplyError) return this.reject(command, client)
    if (!client.authenticated && command.open !== true) return this.reject(NO_AUTH, client)
    if (transaction.isOpen && command.atOnce !== true) {
      return transaction.add(parts) ? 'QUEUED' : this.reject(QUEUE_FULL, client)
    }
    this.context.client = client
    this.context.now = this.now()
    return this.run(command, parts)
  }

  /** Removes expired entries, looking at no more than `limit`. Returns how many it looked at. */
  sweep(limit: number): number {
    return this.store.sweep(this.now(), limit)
  }

  private run(command: NodeCommand, parts: readonly Uint8Array[]): Answer {
    this.commands++
    return command.run(parts, this.context)
  }

  private call(parts: readonly Uint8Array[]): Answer {
    const command = findCommand(parts)
    return command instanceof ReplyError ? command : this.run(command, parts)
  }

  /** A command that cannot even be queued takes the whole transaction with it. */
  private reject(error: ReplyError, { transaction }: ClientState): ReplyError {
    if (error.prefix === 'EXECABORT') transaction.reset(this.store.watches)
    else transaction.spoil()
    return error
  }
}
