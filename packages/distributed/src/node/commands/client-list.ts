/** CLIENT LIST, INFO and KILL: who is connected. */
import { Verbatim } from '../../resp/answer.js'
import { type Reply, ReplyError } from '../../resp/reply.js'
import { bulk, integerOf, textOf, wordOf } from '../arguments.js'
import type { ClientState } from '../client-state.js'
import { type CommandContext, NO_KEYS, type NodeCommand, SYNTAX_ERROR } from '../command.js'

const WORD = { flags: ['admin', 'noscript', 'loading', 'stale'], keys: NO_KEYS } as const
const TYPES = ['normal', 'master', 'replica', 'slave', 'pubsub']

export const INFO: NodeCommand = {
  ...WORD,
  flags: ['noscript', 'loading', 'stale'],
  name: 'info',
  arity: 2,
  summary: 'Return information about the current client connection.',
  run: (_parts, { client, now }) => new Verbatim(bulk(`${lineOf(client, now)}\n`)),
}

export const LIST: NodeCommand = {
  ...WORD,
  name: 'list',
  arity: -2,
  usage: '[TYPE (NORMAL|MASTER|REPLICA|PUBSUB)] [ID <id> [<id> ...]]',
  summary: 'Return information about client connections.',
  run(parts, { clients, now }) {
    let shown: ClientState[]
    if (parts.length === 2) shown = [...clients.values()]
    else if (parts.length === 4 && wordOf(parts[2]!) === 'TYPE') {
      const type = typeOf(parts[3]!)
      if (type instanceof ReplyError) return type
      shown = type === 'normal' ? [...clients.values()] : []
    } else if (parts.length > 3 && wordOf(parts[2]!) === 'ID') {
      shown = []
      for (const part of parts.slice(3)) {
        const id = integerOf(part)
        if (id === undefined) return new ReplyError('ERR Invalid client ID')
        const found = clients.get(id)
        if (found !== undefined) shown.push(found)
      }
    } else return SYNTAX_ERROR
    return new Verbatim(bulk(shown.map((client) => `${lineOf(client, now)}\n`).join('')))
  },
}

export const KILL: NodeCommand = {
  ...WORD,
  name: 'kill',
  arity: -3,
  usage: '(<ip:port> | [ADDR <ip:port>] [LADDR <ip:port>] [ID <id>] [TYPE <type>] [USER <name>] [SKIPME (YES|NO)])',
  summary: 'Kill connections.',
  run(parts, context) {
    const isOldForm = parts.length === 3
    const wanted = isOldForm ? byAddress(textOf(parts[2]!)) : readFilter(parts, context)
    if (wanted instanceof ReplyError) return wanted
    let killed = 0
    for (const client of [...context.clients.values()]) {
      if (!wanted(client)) continue
      killed++
      if (client === context.client) client.closing = true
      else client.connection.drop()
    }
    if (!isOldForm) return killed
    return killed > 0 ? 'OK' : new ReplyError('ERR No such client')
  },
}

type Filter = (client: ClientState) => boolean

const byAddress =
  (address: string): Filter =>
  (client) =>
    client.connection.address === address

function readFilter(parts: readonly Uint8Array[], context: CommandContext): Filter | ReplyError {
  const filters: Filter[] = []
  let skipsSelf = true
  for (let i = 2; i < parts.length; i += 2) {
    const operand = parts[i + 1]
    if (operand === undefined) return SYNTAX_ERROR
    const text = textOf(operand)
    const word = wordOf(parts[i]!)
    if (word === 'ID') {
      const id = integerOf(operand)
      if (id === undefined || id < 1) return new ReplyError('ERR client-id should be greater than 0')
      filters.push((client) => client.id === id)
    } else if (word === 'TYPE') {
      const type = typeOf(operand)
      if (type instanceof ReplyError) return type
      filters.push(() => type === 'normal')
    } else if (word === 'ADDR') filters.push(byAddress(text))
    else if (word === 'USER') {
      if (!context.access.has(text)) return new ReplyError(`ERR No such user '${text}'`)
      filters.push(({ user }) => user?.name === text)
    } else if (word === 'LADDR') filters.push((client) => client.connection.localAddress === text)
    else if (word === 'SKIPME' && /^(?:yes|no)$/i.test(text)) skipsSelf = text.toLowerCase() === 'yes'
    else return SYNTAX_ERROR
  }
  return (client) => !(skipsSelf && client === context.client) && filters.every((matches) => matches(client))
}

function typeOf(part: Uint8Array): string | ReplyError {
  const type = textOf(part).toLowerCase()
  return TYPES.includes(type) ? type : new ReplyError(`ERR Unknown client type '${textOf(part)}'`)
}

/** As Redis tells of a client; of its buffers, what is not counted is left out. Files have no numbers here: `fd` is its id. */
function lineOf(client: ClientState, now: number): string {
  const { connection, transaction, subscriber } = client
  let flags = transaction.isOpen ? 'x' : ''
  if (subscriber !== undefined) flags += subscriber.mode.broadcast ? 'tB' : 't'
  if (transaction.changed) flags += 'd'
  if (client.closing) flags += 'c'
  const fields: [string, Reply][] = [
    ['id', client.id],
    ['addr', connection.address],
    ['laddr', connection.localAddress],
    ['fd', client.id],
    ['name', client.name],
    ['age', secondsFrom(client.connectedAt, now)],
    ['idle', secondsFrom(client.lastCommandAt, now)],
    ['flags', flags === '' ? 'N' : flags],
    ['db', 0],
    ['sub', 0],
    ['psub', 0],
    ['ssub', 0],
    ['multi', transaction.length],
    ['multi-mem', transaction.bytes],
    ['omem', connection.unread()],
    ['cmd', client.lastCommand],
    ['user', client.user?.name ?? 'default'],
    ['redir', subscriber === undefined ? -1 : 0],
    ['resp', client.protocol],
    ['lib-name', client.library],
    ['lib-ver', client.libraryVersion],
  ]
  return fields.map(([name, value]) => `${name}=${value}`).join(' ')
}

function secondsFrom(then: number, now: number): number {
  return Math.max(0, Math.floor((now - then) / 1000))
}
