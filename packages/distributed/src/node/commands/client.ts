/** CLIENT: what a connection says of itself. */
import { NO_REPLY } from '../../resp/answer.js'
import { ReplyError } from '../../resp/reply.js'
import { bulk, textOf, wordOf } from '../arguments.js'
import { container, NO_KEYS, type NodeCommand, SYNTAX_ERROR } from '../command.js'
import { INFO, KILL, LIST } from './client-list.js'
import { BAD_NAME, isClientName } from './client-name.js'
import { PAUSE, UNPAUSE } from './client-pause.js'
import { CACHING, GETREDIR, TRACKING, TRACKINGINFO } from './client-tracking.js'

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

const NO_TOUCH: NodeCommand = {
  ...WORD,
  name: 'no-touch',
  arity: 3,
  usage: '(ON|OFF)',
  summary: 'Will not touch LRU/LFU stats when this mode is on.',
  run([, , turn], { client }) {
    const word = wordOf(turn!)
    if (word !== 'ON' && word !== 'OFF') return SYNTAX_ERROR
    client.noTouch = word === 'ON'
    return 'OK'
  },
}

const NO_EVICT: NodeCommand = {
  ...WORD,
  name: 'no-evict',
  arity: 3,
  usage: '(ON|OFF)',
  summary: 'Changes nothing: clients are not evicted for memory.',
  run: ([, , turn]) => (['ON', 'OFF'].includes(wordOf(turn!)) ? 'OK' : SYNTAX_ERROR),
}

const REPLY: NodeCommand = {
  ...WORD,
  name: 'reply',
  arity: 3,
  usage: '(ON|OFF|SKIP)',
  summary: 'Control the replies sent to the current connection.',
  run([, , turn], { client }) {
    const word = wordOf(turn!)
    if (word === 'ON') client.replies = 'on'
    else if (word === 'OFF') client.replies = 'off'
    else if (word !== 'SKIP') return SYNTAX_ERROR
    else if (client.replies === 'on') client.replies = 'not-the-next'
    return word === 'ON' ? 'OK' : NO_REPLY
  },
}

export const CLIENT = container('client', 'What a connection says of itself.', [
  ...[CACHING, GETNAME, GETREDIR, ID, INFO, KILL, LIST, NO_EVICT, NO_TOUCH, PAUSE],
  ...[REPLY, SETINFO, SETNAME, TRACKING, TRACKINGINFO, UNPAUSE],
])
