/** Commands in, replies out: a node without a socket. Knows the command table and the store; it is given the time. */
import type { EvictionPolicy, PolicyFactory } from '@mtaio/policies'
import { type Reply, ReplyError } from '../resp/reply.js'
import { textOf } from './arguments.js'
import { ByteStore } from './byte-store.js'
import { type ClientState, newClientState } from './client-state.js'
import { type CommandContext, hasArity, type NodeCommand, type NodeFacts, wrongArity } from './command.js'
import { COMMANDS } from './command-table.js'

const NO_AUTH = new ReplyError('NOAUTH Authentication required.')
/** How much of an unknown command is told back. */
const MAX_TOLD = 128

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
  private readonly upperCase: ReadonlyMap<string, NodeCommand>
  private clients = 0

  constructor({ now, facts, password, ...bounds }: NodeEngineOptions) {
    this.now = now
    const startedAt = now()
    this.store = new ByteStore(bounds, startedAt)
    this.upperCase = new Map([...COMMANDS].map(([name, command]) => [name.toUpperCase(), command]))
    this.context = {
      store: this.store,
      reads: this.reads,
      client: this.newClient('', password === undefined),
      now: startedAt,
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
  newClient(address: string, authenticated = this.context.facts.password === undefined): ClientState {
    return newClientState(++this.clients, address, authenticated)
  }

  /**
   * Runs a command; what goes wrong is a `ReplyError`, never thrown. Bytes in the reply hold until the next command and
   * are not to be changed.
   */
  execute(parts: readonly Uint8Array[], client: ClientState = this.context.client): Reply {
    this.commands++
    const name = textOf(parts[0]!)
    const command = this.upperCase.get(name) ?? COMMANDS.get(name.toLowerCase())
    if (command === undefined) return unknownCommand(name, parts)
    if (!hasArity(parts, command.arity)) return wrongArity(command.name)
    if (!client.authenticated && command.open !== true) return NO_AUTH
    const { context } = this
    context.client = client
    context.now = this.now()
    return command.run(parts, context)
  }

  /** Removes expired entries, looking at no more than `limit`. Returns how many it looked at. */
  sweep(limit: number): number {
    return this.store.sweep(this.now(), limit)
  }
}

function unknownCommand(name: string, parts: readonly Uint8Array[]): ReplyError {
  let told = ''
  for (let i = 1; i < parts.length && told.length < MAX_TOLD; i++) {
    told += `'${textOf(parts[i]!).slice(0, MAX_TOLD - told.length)}' `
  }
  return new ReplyError(`ERR unknown command '${name.slice(0, MAX_TOLD)}', with args beginning with: ${told}`)
}
