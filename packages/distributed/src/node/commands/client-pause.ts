/** CLIENT PAUSE and UNPAUSE: commands of all clients wait for a while. */
import { ReplyError } from '../../resp/reply.js'
import { integerOf, wordOf } from '../arguments.js'
import { NO_KEYS, type NodeCommand } from '../command.js'

const WORD = { flags: ['admin', 'noscript', 'loading', 'stale'], keys: NO_KEYS } as const
const NO_TIMEOUT = new ReplyError('ERR timeout is not an integer or out of range')
const NEGATIVE = new ReplyError('ERR timeout is negative')
const NO_MODE = new ReplyError('ERR CLIENT PAUSE mode must be WRITE or ALL')
const TOO_MANY = new ReplyError("ERR unknown subcommand or wrong number of arguments for 'pause'. Try CLIENT HELP.")

export const PAUSE: NodeCommand = {
  ...WORD,
  name: 'pause',
  arity: -3,
  usage: '<timeout> [WRITE|ALL]',
  summary: 'Suspend all, or just write, clients for <timeout> milliseconds.',
  run([, , given, mode, ...more], { pause, now }) {
    if (more.length > 0) return TOO_MANY
    const word = mode === undefined ? 'ALL' : wordOf(mode)
    if (word !== 'ALL' && word !== 'WRITE') return NO_MODE
    const timeout = integerOf(given!)
    if (timeout === undefined || !Number.isSafeInteger(timeout)) return NO_TIMEOUT
    if (timeout < 0) return NEGATIVE
    pause.begin(word === 'ALL' ? 'all' : 'writes', now + timeout, now)
    return 'OK'
  },
}

export const UNPAUSE: NodeCommand = {
  ...WORD,
  name: 'unpause',
  arity: 2,
  summary: 'Stop the current client pause, resuming traffic.',
  run(_parts, { pause }) {
    pause.end()
    return 'OK'
  },
}
