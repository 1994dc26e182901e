/** What a command is to the node: its shape, and what it may touch while it runs. Knows no socket. */
import type { Answer } from '../resp/answer.js'
import { ReplyError } from '../resp/reply.js'
import type { Access } from './access/access.js'
import type { Right } from './access/user.js'
import type { ByteStore } from './byte-store.js'
import type { ClientState } from './client-state.js'
import type { CommandCounters } from './command-counters.js'
import type { Monitors } from './monitors.js'
import type { Pause } from './pause.js'
import type { Tracking } from './tracking/tracking.js'

/** What the node tells of itself (INFO, CONFIG GET), asked for when it is told. */
export interface NodeFacts {
  readonly evictionPolicy: string
  readonly maxClients: number
  readonly startedAt: number
  connectedClients(): number
  /** How long a client may say nothing, s; 0: as long as it likes. */
  readonly idleSeconds: number
  readonly maxBulkBytes: number
  /** What one request may make the node keep. */
  readonly maxRequestBytes: number
  readonly maxTracked: number
  connectionsAccepted(): number
  connectionsRefused(): number
  /** Bytes that came in and went out. */
  traffic(): { readonly input: number; readonly output: number }
  persistence(): PersistenceFacts
  /** Is told that somebody at the address has shown a wrong password. */
  loginFailed(address: string): void
  commandsRun(): number
  port(): number
}

/** What there is to tell of snapshots. */
export interface PersistenceFacts {
  /** When the last one was written: epoch ms. */
  readonly savedAt: number
  readonly lastSaveFailed: boolean
  readonly isLoading: boolean
}

export interface CommandContext {
  readonly store: ByteStore
  readonly facts: NodeFacts
  /** The hits and misses of reads, for INFO. */
  readonly reads: { hits: number; misses: number }
  readonly tracking: Tracking
  /** Who is shown every command. */
  readonly monitors: Monitors
  readonly access: Access
  readonly counters: CommandCounters
  readonly pause: Pause
  /** All who are connected, by their ids. */
  readonly clients: ReadonlyMap<number, ClientState>
  client: ClientState
  /** Epoch ms, read once for each command. */
  now: number
  /** Runs another command for the same client, at the same instant. */
  call(parts: readonly Uint8Array[]): Answer
}

export interface NodeCommand {
  /** In lower case. */
  readonly name: string
  /** How many parts, the name among them; negative: at least so many. */
  readonly arity: number
  readonly flags: readonly string[]
  /** Where keys stand: first, last (negative: from the end), step; zeros for none. */
  readonly keys: readonly [first: number, last: number, step: number]
  /** The part that says how many keys follow it, for commands that take so many. */
  readonly countedKeys?: number
  readonly summary: string
  /** The right that it asks for; by its flags where it says nothing. */
  readonly right?: Right
  /** Whether it reaches keys that it does not name, so that it is not for users of some keys only. */
  readonly everyKey?: boolean
  /** Whether it is open to clients that have not authenticated. */
  readonly open?: boolean
  /** Whether it runs inside MULTI, too, instead of being queued. */
  readonly atOnce?: boolean
  /** What stands behind the name, for HELP. */
  readonly usage?: string
  /** By their names in lower case; their own names are `container|subcommand`, their arities count both words. */
  readonly subcommands?: ReadonlyMap<string, NodeCommand>
  /** @param parts - the whole command, its name first, as many as the arity asks for */
  run(parts: readonly Uint8Array[], context: CommandContext): Answer
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

/**
 * A command made of subcommands, such as CLIENT, and its HELP.
 *
 * @param alone - what it does without a subcommand, where it does something
 */
export function container(
  name: string,
  summary: string,
  subcommands: readonly NodeCommand[],
  alone?: NodeCommand['run'],
): NodeCommand {
  const help: NodeCommand = {
    name: 'help',
    arity: 2,
    flags: ['loading', 'stale'],
    keys: NO_KEYS,
    summary: 'Prints this help.',
    run: () => [
      `${name.toUpperCase()} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`,
      ...[...subcommands, help].flatMap((each) => [
        `${each.name.toUpperCase()}${each.usage === undefined ? '' : ` ${each.usage}`}`,
        `    ${each.summary}`,
      ]),
    ],
  }
  return {
    name,
    arity: alone === undefined ? -2 : -1,
    flags: [],
    keys: NO_KEYS,
    summary,
    subcommands: new Map([...subcommands, help].map((each) => [each.name, { ...each, name: `${name}|${each.name}` }])),
    run: alone ?? (() => wrongArity(name)),
  }
}
