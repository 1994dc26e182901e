/** Whether a user may run a command, in Redis's words. Pure. */
import { ReplyError } from '../resp/reply.js'
import type { Right, User } from './access/user.js'
import type { NodeCommand } from './command.js'
import { keysOf } from './command-keys.js'

const NO_KEY = new ReplyError('NOPERM this user has no permissions to access one of the keys used as arguments')

/** Why the user may not run the command; `undefined` when it may. */
export function refusalFor(user: User, command: NodeCommand, parts: readonly Uint8Array[]): ReplyError | undefined {
  if (user.mayDoAll) return undefined
  const right = rightOf(command)
  const isDenied = right !== undefined && !user.rights.has(right)
  if (isDenied || (user.isLimited && command.everyKey === true)) {
    return new ReplyError(`NOPERM this user has no permissions to run the '${command.name}' command`)
  }
  return user.isLimited && keysOf(command, parts).some((key) => !user.mayTouch(key)) ? NO_KEY : undefined
}

/** The right that a command asks for; `undefined` for what concerns the connection alone. */
function rightOf({ flags, right }: NodeCommand): Right | undefined {
  if (right !== undefined) return right
  if (flags.includes('admin')) return 'admin'
  return flags.includes('write') ? 'write' : flags.includes('readonly') ? 'read' : undefined
}
