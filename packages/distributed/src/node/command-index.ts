/** Finds the command that a client means: by its name in any case, and by its subcommand. */
import { ReplyError } from '../resp/reply.js'
import { shownOf, textOf } from './arguments.js'
import { hasArity, type NodeCommand, wrongArity } from './command.js'
import { COMMANDS } from './command-table.js'

/** How much of an unknown command is told back. */
const MAX_TOLD = 128

/** Upper case, as most clients write them, so that it is found without a copy. */
const UPPER_CASE: ReadonlyMap<string, NodeCommand> = new Map(
  [...COMMANDS].map(([name, command]) => [name.toUpperCase(), command]),
)

/** The command, or what is wrong with it: its name, its subcommand or the number of its parts. */
export function findCommand(parts: readonly Uint8Array[]): NodeCommand | ReplyError {
  const name = textOf(parts[0]!)
  const command = UPPER_CASE.get(name) ?? COMMANDS.get(name.toLowerCase())
  if (command === undefined) return unknownCommand(parts)
  if (command.subcommands === undefined || parts.length === 1) return withArity(command, parts)
  const subcommand = command.subcommands.get(textOf(parts[1]!).toLowerCase())
  if (subcommand !== undefined) return withArity(subcommand, parts)
  const told = shownOf(parts[1]!, MAX_TOLD)
  return new ReplyError(`ERR unknown subcommand '${told}'. Try ${command.name.toUpperCase()} HELP.`)
}

function withArity(command: NodeCommand, parts: readonly Uint8Array[]): NodeCommand | ReplyError {
  if (hasArity(parts, command.arity)) return command
  const error = wrongArity(command.name)
  return command.name === 'exec'
    ? new ReplyError(`EXECABORT Transaction discarded because of: ${error.message.replace(/^ERR /, '')}`)
    : error
}

function unknownCommand(parts: readonly Uint8Array[]): ReplyError {
  let told = ''
  for (let i = 1; i < parts.length && told.length < MAX_TOLD; i++) {
    told += `'${shownOf(parts[i]!, MAX_TOLD - told.length)}' `
  }
  return new ReplyError(`ERR unknown command '${shownOf(parts[0]!, MAX_TOLD)}', with args beginning with: ${told}`)
}
