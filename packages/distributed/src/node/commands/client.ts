/** CLIENT: what a connection says of itself. */
import { ReplyError } from '../../resp/reply.js'
import { bulk, textOf, wordOf } from '../arguments.js'
import { container, NO_KEYS, type NodeCommand } from '../command.js'
import { BAD_NAME, isClientName } from './client-name.js'

const WORD = { flags: ['noscript'], keys: NO_KEYS } as const

const ID: NodeCommand = {
  ...WORD,
  name: 'id',
  arity: 2,
  summary: 'Answers the number of this connection.',
  run: (_parts, { client }) => client.id,
}

const GETNAME: NodeCommand = {
  ...WORD,
  name: 'getname',
  arity: 2,
  summary: 'Answers the name of this connection.',
  run: (_parts, { client }) => (client.name === '' ? null : bulk(client.name)),
}

const SETNAME: NodeCommand = {
  ...WORD,
  name: 'setname',
  arity: 3,
  summary: 'Names this connection.',
  run([, , given], { client }) {
    const name = textOf(given!)
    if (!isClientName(name)) return BAD_NAME
    client.name = name
    return 'OK'
  },
}

const SETINFO: NodeCommand = {
  ...WORD,
  name: 'setinfo',
  arity: 4,
  summary: 'Tells the library that this client uses, LIB-NAME or LIB-VER.',
  run([, , what, given], { client }) {
    const attribute = wordOf(what!)
    const text = textOf(given!)
    if (attribute !== 'LIB-NAME' && attribute !== 'LIB-VER') {
      return new ReplyError(`ERR Unrecognized option '${textOf(what!)}'`)
    }
    if (!isClientName(text)) {
      return new ReplyError(`ERR ${attribute.toLowerCase()} cannot contain spaces, newlines or special characters.`)
    }
    if (attribute === 'LIB-NAME') client.library = text
    else client.libraryVersion = text
    return 'OK'
  },
}

const INFO: NodeCommand = {
  ...WORD,
  name: 'info',
  arity: 2,
  summary: 'Tells what is known of this connection.',
  run: (_parts, { client }) =>
    bulk(
      `id=${client.id} addr=${client.address} name=${client.name} db=0 resp=${client.protocol} ` +
        `lib-name=${client.library} lib-ver=${client.libraryVersion}\n`,
    ),
}

export const CLIENT = container('client', 'What a connection says of itself.', [ID, GETNAME, SETNAME, SETINFO, INFO])
