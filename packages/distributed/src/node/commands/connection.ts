/** The commands of a connection: PING, ECHO, HELLO, SELECT, RESET, QUIT. */
import { type Reply, ReplyError } from '../../resp/reply.js'
import { bulk, integerOf, textOf, wordOf } from '../arguments.js'
import { NO_KEYS, NOT_AN_INTEGER, type NodeCommand, wrongArity } from '../command.js'
import { authenticate } from './auth.js'
import { BAD_NAME, isClientName } from './client-name.js'
import { stopTracking } from './client-tracking.js'

/** What clients are told that the server is, and the Redis whose commands it follows. */
export const SERVER_NAME = 'mtaio'
export const FOLLOWED_VERSION = '7.0.15'

const FAST = ['fast']

export const PING: NodeCommand = {
  name: 'ping',
  arity: -1,
  flags: FAST,
  keys: NO_KEYS,
  summary: 'Answers PONG, or what it was given.',
  run: (parts) => (parts.length > 2 ? wrongArity('ping') : (parts[1] ?? 'PONG')),
}

export const ECHO: NodeCommand = {
  name: 'echo',
  arity: 2,
  flags: FAST,
  keys: NO_KEYS,
  summary: 'Answers what it was given.',
  run: ([, text]) => text!,
}

export const SELECT: NodeCommand = {
  name: 'select',
  arity: 2,
  flags: FAST,
  keys: NO_KEYS,
  summary: 'There is one database, 0.',
  run([, index]) {
    const number = integerOf(index!)
    if (number === undefined) return NOT_AN_INTEGER
    return number === 0 ? 'OK' : new ReplyError('ERR DB index is out of range')
  },
}

export const QUIT: NodeCommand = {
  name: 'quit',
  arity: -1,
  flags: FAST,
  keys: NO_KEYS,
  summary: 'Ends the connection.',
  open: true,
  atOnce: true,
  run(_parts, { client }) {
    client.closing = true
    return 'OK'
  },
}

export const RESET: NodeCommand = {
  name: 'reset',
  arity: 1,
  flags: FAST,
  keys: NO_KEYS,
  summary: 'Makes the connection as if it were new.',
  open: true,
  atOnce: true,
  run(_parts, context) {
    const { client, access, store, monitors } = context
    monitors.remove(client)
    client.transaction.reset(store.watches)
    stopTracking(context)
    client.replies = 'on'
    client.protocol = 2
    client.name = ''
    client.noTouch = false
    client.user = access.initial
    return 'RESET'
  },
}

export const HELLO: NodeCommand = {
  name: 'hello',
  arity: -1,
  flags: FAST,
  keys: NO_KEYS,
  summary: 'Agrees on the protocol, 2 or 3.',
  open: true,
  run(parts, context) {
    const { client } = context
    const protocol = parts.length > 1 ? integerOf(parts[1]!) : client.protocol
    if (protocol === undefined) return new ReplyError('ERR Protocol version is not an integer or out of range')
    if (protocol !== 2 && protocol !== 3) return new ReplyError('NOPROTO unsupported protocol version')

    let name: string | undefined
    for (let i = 2; i < parts.length; i++) {
      const word = wordOf(parts[i]!)
      const rest = parts.length - 1 - i
      if (word === 'AUTH' && rest >= 2) {
        const refused = authenticate(parts[i + 1]!, parts[i + 2]!, context)
        if (refused !== undefined) return refused
        i += 2
      } else if (word === 'SETNAME' && rest >= 1) {
        name = textOf(parts[++i]!)
        if (!isClientName(name)) return BAD_NAME
      } else return new ReplyError(`ERR Syntax error in HELLO option '${textOf(parts[i]!)}'`)
    }
    if (client.user === undefined) {
      return new ReplyError(
        'NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> ' +
          '<pass> option can be used to authenticate the client and select the RESP protocol version at the same time',
      )
    }
    if (name !== undefined) client.name = name
    client.protocol = protocol
    return greeting(client.id, protocol)
  },
}

function greeting(id: number, protocol: 2 | 3): Reply {
  return new Map<Reply, Reply>([
    [bulk('server'), bulk(SERVER_NAME)],
    [bulk('version'), bulk(FOLLOWED_VERSION)],
    [bulk('proto'), protocol],
    [bulk('id'), id],
    [bulk('mode'), bulk('standalone')],
    [bulk('role'), bulk('master')],
    [bulk('modules'), []],
  ])
}
