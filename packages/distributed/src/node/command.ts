/** What a command is to the node: its shape, and what it may touch while it runs. Knows no socket. */
import { type Reply, ReplyError } from '../resp/reply.js'
import type { ByteStore } from './byte-store.js'
import type { ClientState } from './client-state.js'

/** What the node tells of itself (INFO, CONFIG GET), asked for when it is told. */
export interface NodeFacts {
  readonly password: string | undefined
  readonly evictionPolicy: string
  readonly maxClients: number
  readonly startedAt: number
  connectedClients(): number
  connectionsAccepted(): number
  commandsRun(): number
  port(): number
}

export interface CommandContext {
  readonly store: ByteStore
  readonly facts: NodeFacts
  /** The hits and misses of reads, for INFO. */
  readonly reads: { hits: number; misses: number }
  client: ClientState
  /** Epoch ms, read once for each command. */
  now: number
}

export interface NodeCommand {
  /** In lower case. */
  readonly name: string
  /** How many parts, the name among them; negative: at least so many. */
  readonly arity: number
  readonly flags: readonly string[]
  /** Where keys stand: first, last (negative: from the end), step; zeros for none. */
  readonly keys: readonly [first: number, last: number, step: number]
  readonly summary: string
  /** Whether it is open to clients that have not authenticated. */
  readonly open?: boolean
  /** @param parts - the whole command, its name first, as many as the arity asks for */
  run(parts: readonly Uint8Array[], context: CommandContext): Reply
}

export const NO_KEYS = [0, 0, 0] as const
export const ONE_KEY = [1, 1, 1] as const
export const ALL_KEYS = [1, -1, 1] as const

export const SYNTAX_ERROR = new ReplyError('ERR syntax error')
export const NOT_AN_INTEGER = new ReplyError('ERR value is not an integer or out of range')
export const TOO_LARGE = new ReplyError(
  "OOM command not allowed when used memory > 'maxmemory'. The entry is larger than the node may hold.",
)
export const REGISTERS_FULL = new ReplyError(
  "OOM command not allowed when used memory > 'maxmemory'. Registers (clear, tags) fill the eighth of the node that " +
    'they may take: use fewer tags, or give the node more room.',
)

export function wrongArity(name: string): ReplyError {
  return new ReplyError(`ERR wrong number of arguments for '${name}' command`)
}

export function hasArity(parts: readonly Uint8Array[], arity: number): boolean {
  return arity < 0 ? parts.length >= -arity : parts.length === arity
}

/** A command made of subcommands, such as CLIENT. Their arities count both words. */
export function container(
  name: string,
  summary: string,
  subcommands: readonly NodeCommand[],
  alone?: NodeCommand['run'],
): NodeCommand {
  const byName = new Map(subcommands.map((command) => [command.name, command]))
  return {
    name,
    arity: alone === undefined ? -2 : -1,
    flags: [],
    keys: NO_KEYS,
    summary,
    run(parts, context) {
      if (parts.length === 1 && alone !== undefined) return alone(parts, context)
      const word = Buffer.from(parts[1]!).toString('latin1')
      const subcommand = byName.get(word.toLowerCase())
      if (subcommand === undefined) {
        return new ReplyError(`ERR unknown subcommand '${word.slice(0, 128)}'. Try ${name.toUpperCase()} HELP.`)
      }
      if (!hasArity(parts, subcommand.arity)) return wrongArity(`${name}|${subcommand.name}`)
      return subcommand.run(parts, context)
    },
  }
}
