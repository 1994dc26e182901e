/** MULTI, EXEC, DISCARD, WATCH and UNWATCH. */
import { Encoded, NO_REPLY, NULL_ARRAY } from '../../resp/answer.js'
import { encodeReply } from '../../resp/encode.js'
import { ReplyError } from '../../resp/reply.js'
import { textOf } from '../arguments.js'
import { ALL_KEYS, NO_KEYS, type NodeCommand } from '../command.js'
import { MAX_WATCHED_BYTES, MAX_WATCHED_KEYS } from '../transaction.js'

const FLAGS = ['noscript', 'loading', 'stale', 'fast', 'allow_busy']
/** How much the replies of one EXEC may take; a client that asks for more is dropped. */
const MAX_REPLIES_BYTES = 128 * 1024 * 1024

const SPOILED = new ReplyError('EXECABORT Transaction discarded because of previous errors.')
const NESTED = new ReplyError('ERR MULTI calls can not be nested')
const WATCH_INSIDE = new ReplyError('ERR WATCH inside MULTI is not allowed')
const TOO_MUCH_WATCHED = new ReplyError(
  `ERR too much is watched: this node lets a client watch ${MAX_WATCHED_KEYS} keys of ${MAX_WATCHED_BYTES} bytes together`,
)
const TOO_MUCH_ANSWERED = new ReplyError(
  `ERR the transaction was run, but its replies are longer than ${MAX_REPLIES_BYTES} bytes`,
)

export const MULTI: NodeCommand = {
  name: 'multi',
  arity: 1,
  flags: FLAGS,
  keys: NO_KEYS,
  summary: 'Queues the commands that follow.',
  atOnce: true,
  run(_parts, { client: { transaction } }) {
    if (transaction.isOpen) return NESTED
    transaction.open()
    return 'OK'
  },
}

export const EXEC: NodeCommand = {
  name: 'exec',
  arity: 1,
  flags: ['noscript', 'loading', 'stale', 'skip_slowlog'],
  keys: NO_KEYS,
  summary: 'Runs what was queued, unless a watched key has changed.',
  atOnce: true,
  run(_parts, context) {
    const { client, store, now } = context
    const { transaction } = client
    if (!transaction.isOpen) return new ReplyError('ERR EXEC without MULTI')
    // Looking at a key whose time has come removes it, which is a change.
    for (const key of transaction.watchedKeys) store.has(key, now)
    const { changed } = transaction
    const commands = transaction.close()
    transaction.unwatch(store.watches)
    if (commands === 'spoiled') return SPOILED
    if (changed) return NULL_ARRAY

    const replies: Encoded[] = []
    let bytes = 0
    for (const parts of commands) {
      // Encoded at once: the next command may change the bytes of the reply, or the protocol.
      const answer = context.call(parts)
      const reply = encodeReply(answer === NO_REPLY ? 'OK' : answer, client.protocol)
      bytes += reply.length
      if (bytes <= MAX_REPLIES_BYTES) replies.push(new Encoded(reply))
      else replies.length = 0
    }
    if (bytes <= MAX_REPLIES_BYTES) return replies
    client.closing = true
    return TOO_MUCH_ANSWERED
  },
}

export const DISCARD: NodeCommand = {
  name: 'discard',
  arity: 1,
  flags: FLAGS,
  keys: NO_KEYS,
  summary: 'Forgets what was queued and watched.',
  atOnce: true,
  run(_parts, { client: { transaction }, store }) {
    if (!transaction.isOpen) return new ReplyError('ERR DISCARD without MULTI')
    transaction.reset(store.watches)
    return 'OK'
  },
}

export const WATCH: NodeCommand = {
  name: 'watch',
  arity: -2,
  flags: FLAGS,
  keys: ALL_KEYS,
  summary: 'Has the next EXEC do nothing if one of the keys changes before.',
  atOnce: true,
  run(parts, { client: { transaction }, store, now }) {
    if (transaction.isOpen) return WATCH_INSIDE
    for (let i = 1; i < parts.length; i++) {
      const key = parts[i]!
      // One that has expired is gone already: its removal is no change to come.
      store.has(key, now)
      if (!transaction.watch(textOf(key), key, store.watches)) return TOO_MUCH_WATCHED
    }
    return 'OK'
  },
}

export const UNWATCH: NodeCommand = {
  name: 'unwatch',
  arity: 1,
  flags: FLAGS,
  keys: NO_KEYS,
  summary: 'Forgets what was watched.',
  run(_parts, { client: { transaction }, store }) {
    transaction.unwatch(store.watches)
    return 'OK'
  },
}
