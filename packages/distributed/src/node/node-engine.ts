/** Commands in, replies out: a node without a socket. Knows the command table and the store; it is given the time. */
import { setSystemTimer } from '@mtaio/core/engine'
import type { EvictionPolicy, PolicyFactory } from '@mtaio/policies'
import { type Answer, NO_REPLY, replyOf } from '../resp/answer.js'
import { DEFAULT_LIMITS } from '../resp/limits.js'
import { type Reply, ReplyError } from '../resp/reply.js'
import type { RequestFrame } from '../resp/request-frame.js'
import { Access } from './access/access.js'
import type { User } from './access/user.js'
import { usersOf } from './access/user-options.js'
import { textOf } from './arguments.js'
import { ByteStore } from './byte-store.js'
import { type ClientConnection, type ClientState, isPlain, NO_CONNECTION, newClientState } from './client-state.js'
import type { CommandContext, NodeCommand, NodeFacts } from './command.js'
import { CommandCounters } from './command-counters.js'
import { findCommand } from './command-index.js'
import { keysOf } from './command-keys.js'
import { findHotCommand } from './hot-commands.js'
import { Monitors, withoutSecrets } from './monitors.js'
import { Pause } from './pause.js'
import { refusalFor } from './permission.js'
import type { ReplyWriter } from './reply-writer.js'
import { DEFAULT_MAX_TRACKED, Tracking } from './tracking/tracking.js'
import { MAX_QUEUED_BYTES, MAX_QUEUED_COMMANDS } from './transaction.js'

const NO_AUTH = new ReplyError('NOAUTH Authentication required.')
const QUEUE_FULL = new ReplyError(
  `ERR the transaction is too long: this node queues ${MAX_QUEUED_COMMANDS} commands of ${MAX_QUEUED_BYTES} bytes together`,
)
/** Of the commands that are run on their bytes one in so many is timed: the clock costs as much as such a command does. */
const TIMED_SHARE = 64
const NOTHING_IS_OWN = () => false

export interface NodeEngineOptions {
  /** Epoch ms. */
  readonly now: () => number
  /** Calls back after so many ms, unless it is called off. @defaultValue the system's timer */
  readonly setTimer?: ((fire: () => void, delay: number) => () => void) | undefined
  readonly maxSize?: number | undefined
  readonly maxMemory?: number | undefined
  readonly evictionPolicy?: EvictionPolicy | PolicyFactory | undefined
  readonly hashSeed?: number | undefined
  /** @defaultValue everybody may do everything */
  readonly users?: readonly User[] | undefined
  /** Reads that are remembered for clients that track, one for each pair of a key and a client. @defaultValue 1,000,000 */
  readonly maxTracked?: number | undefined
  /** What a server around the engine adds to what the node tells of itself. */
  readonly facts?: Partial<NodeFacts> | undefined
}

export class NodeEngine {
  readonly store: ByteStore
  readonly reads = { hits: 0, misses: 0 }
  readonly tracking: Tracking
  readonly access: Access
  readonly monitors = new Monitors()
  readonly counters = new CommandCounters()
  readonly pause: Pause
  commands = 0
  private readonly context: CommandContext
  private readonly now: () => number
  private readonly ownClient: ClientState
  private readonly clients = new Map<number, ClientState>()
  private lastId = 0

  constructor({ now, setTimer = setSystemTimer, facts, users, maxTracked, ...bounds }: NodeEngineOptions) {
    this.now = now
    this.pause = new Pause(setTimer)
    const startedAt = now()
    this.store = new ByteStore(bounds, startedAt)
    this.tracking = new Tracking(maxTracked)
    this.store.watches.audience = this.tracking
    this.access = new Access(users ?? usersOf(undefined, undefined))
    this.ownClient = newClientState(++this.lastId, NO_CONNECTION, this.access.initial, startedAt)
    this.context = {
      store: this.store,
      reads: this.reads,
      tracking: this.tracking,
      access: this.access,
      monitors: this.monitors,
      counters: this.counters,
      pause: this.pause,
      clients: this.clients,
      client: this.ownClient,
      now: startedAt,
      call: (parts) => this.call(parts),
      facts: {
        evictionPolicy: typeof bounds.evictionPolicy === 'string' ? bounds.evictionPolicy : 'lru',
        maxClients: 0,
        startedAt,
        connectedClients: () => 0,
        idleSeconds: 0,
        maxBulkBytes: DEFAULT_LIMITS.maxBulkBytes,
        maxRequestBytes: DEFAULT_LIMITS.maxRequestBytes,
        maxTracked: maxTracked ?? DEFAULT_MAX_TRACKED,
        connectionsAccepted: () => 0,
        connectionsRefused: () => 0,
        traffic: () => ({ input: 0, output: 0 }),
        loginFailed: () => {},
        persistence: () => ({ savedAt: startedAt, lastSaveFailed: false, isLoading: false }),
        commandsRun: () => this.commands,
        port: () => 0,
        ...facts,
      },
    }
  }

  /** What the node remembers of a client from now on. */
  newClient(connection: ClientConnection): ClientState {
    const client = newClientState(++this.lastId, connection, this.access.initial, this.now())
    this.clients.set(client.id, client)
    return client
  }

  /** Forgets a client that is gone, and what it watched and tracked. */
  release(client: ClientState): void {
    this.clients.delete(client.id)
    this.monitors.remove(client)
    client.transaction.reset(this.store.watches)
    if (client.subscriber !== undefined) this.tracking.remove(client.subscriber)
    client.subscriber = undefined
  }

  /**
   * Runs a command; what goes wrong is a `ReplyError`, never thrown. Bytes in the reply hold until the next command and
   * are not to be changed.
   */
  execute(parts: readonly Uint8Array[], client: ClientState = this.ownClient): Reply {
    const reply = replyOf(this.answer(parts, client))
    this.settle()
    this.rest()
    return reply
  }

  /**
   * As {@link execute}, in the form that the protocol may tell. Then come {@link settle}
   * and, when no command waits to be run, {@link rest}.
   */
  answer(parts: readonly Uint8Array[], client: ClientState = this.ownClient): Answer {
    if (client.replies === 'on') return this.answerNow(parts, client)
    const skips = client.replies === 'not-the-next'
    const answer = this.answerNow(parts, client)
    if (skips && client.replies === 'not-the-next') {
      client.replies = 'on'
      return NO_REPLY
    }
    return client.replies === 'off' ? NO_REPLY : answer
  }

  /**
   * Runs a command on the bytes that it came in and writes its reply, where that is all there is to it: a common command
   * of a client of whom nothing else is to be minded. False when it is left to {@link answer}.
   */
  answerHot(frame: RequestFrame, client: ClientState, writer: ReplyWriter): boolean {
    const command = findHotCommand(frame)
    if (command === undefined || this.monitors.isWatched || this.pause.isOn || !isPlain(client)) return false
    const { tracking } = this
    if (tracking.isListening) {
      // What it changes is told as any other's; what it reads itself is to be remembered.
      if (client.subscriber !== undefined) return false
      tracking.attribute(undefined, NOTHING_IS_OWN)
    }
    const now = this.now()
    this.context.now = now
    const started = this.commands % TIMED_SHARE === 0 ? performance.now() : undefined
    if (!command.run(frame, this.context, writer, client.protocol)) return false
    client.lastCommand = command.name
    client.lastCommandAt = now
    this.commands++
    this.counters.ran(command.name, started)
    tracking.settle()
    return true
  }

  /** Whether a command has to wait, for all are paused (CLIENT PAUSE) or those that write. */
  isHeldBack(parts: readonly Uint8Array[], { transaction }: ClientState): boolean {
    if (!this.pause.isOn) return false
    return this.pause.holds(isWrite(parts) || transaction.queued.some(isWrite))
  }

  /** Tells clients of changes to what they have read. To be called when the reply of a command is out. */
  settle(): void {
    this.tracking.settle()
  }

  /** Tells clients of changes to what they listen to. */
  rest(): void {
    this.tracking.broadcast()
  }

  /** Removes expired entries, looking at no more than `limit`. Returns how many it looked at. */
  sweep(limit: number): number {
    // As if time stood still.
    if (this.pause.isOn) return 0
    this.tracking.attribute(undefined, NOTHING_IS_OWN)
    const looked = this.store.sweep(this.now(), limit)
    this.settle()
    this.rest()
    return looked
  }

  private answerNow(parts: readonly Uint8Array[], client: ClientState): Answer {
    const command = findCommand(parts)
    const { transaction } = client
    if (command instanceof ReplyError) return this.reject(command, client)
    const refused = this.refusal(command, parts, client)
    if (refused !== undefined) return this.reject(refused, client, command)
    const now = this.now()
    client.lastCommand = command.name
    client.lastCommandAt = now
    if (transaction.isOpen && command.atOnce !== true) {
      return transaction.add(parts) ? 'QUEUED' : this.reject(QUEUE_FULL, client, command)
    }
    this.context.client = client
    this.context.now = now
    const answer = this.run(command, parts)
    // What was said of caching holds for one command, or for one transaction.
    const { subscriber } = client
    if (subscriber?.cachingSaid && !transaction.isOpen && command.name !== 'client|caching') {
      subscriber.cachingSaid = false
    }
    return answer
  }

  private run(command: NodeCommand, parts: readonly Uint8Array[]): Answer {
    this.commands++
    const started = performance.now()
    const answer = this.monitors.isWatched ? this.runWatched(command, parts) : this.runUnwatched(command, parts)
    this.counters.ran(command.name, started)
    if (answer instanceof ReplyError) this.counters.failed(command.name, answer)
    return answer
  }

  private runUnwatched(command: NodeCommand, parts: readonly Uint8Array[]): Answer {
    return this.tracking.isListening ? this.runTracked(command, parts) : command.run(parts, this.context)
  }

  private runWatched(command: NodeCommand, parts: readonly Uint8Array[]): Answer {
    const { client, now } = this.context
    const tell = () => this.monitors.tell(withoutSecrets(command.name, parts), client, now)
    if (command.name === 'exec') {
      // What it runs is shown before it.
      const answer = this.runUnwatched(command, parts)
      tell()
      return answer
    }
    if (!command.flags.includes('admin')) tell()
    return this.runUnwatched(command, parts)
  }

  private runTracked(command: NodeCommand, parts: readonly Uint8Array[]): Answer {
    const { subscriber } = this.context.client
    const isWrite = subscriber?.mode.noLoop === true && command.flags.includes('write')
    this.tracking.attribute(
      subscriber,
      isWrite ? (name) => keysOf(command, parts).some((key) => textOf(key) === name) : NOTHING_IS_OWN,
    )
    const answer = command.run(parts, this.context)
    if (subscriber?.remembers && command.flags.includes('readonly')) {
      for (const key of keysOf(command, parts)) this.tracking.remember(textOf(key), subscriber)
    }
    return answer
  }

  private call(parts: readonly Uint8Array[]): Answer {
    const command = findCommand(parts)
    if (command instanceof ReplyError) return command
    return this.refusal(command, parts, this.context.client) ?? this.run(command, parts)
  }

  private refusal(command: NodeCommand, parts: readonly Uint8Array[], { user }: ClientState): ReplyError | undefined {
    if (command.open === true) return undefined
    return user === undefined ? NO_AUTH : refusalFor(user, command, parts)
  }

  /** A command that cannot even be queued takes the whole transaction with it. */
  private reject(error: ReplyError, { transaction }: ClientState, command?: NodeCommand): ReplyError {
    this.counters.rejected(command?.name, error)
    if (error.prefix === 'EXECABORT') transaction.reset(this.store.watches)
    else transaction.spoil()
    return error
  }
}

/** Whether a command may change something. */
function isWrite(parts: readonly Uint8Array[]): boolean {
  const command = findCommand(parts)
  return !(command instanceof ReplyError) && (command.flags.includes('write') || command.name.startsWith('eval'))
}
