/** Names → commands: the only file that knows them all. */
import type { Reply } from '../resp/reply.js'
import { bulk, textOf } from './arguments.js'
import { container, NO_KEYS, type NodeCommand } from './command.js'
import { ACL, AUTH } from './commands/auth.js'
import { CLIENT } from './commands/client.js'
import { ECHO, HELLO, PING, QUIT, RESET, SELECT } from './commands/connection.js'
import { DECR, DECRBY, INCR, INCRBY, INCRBYFLOAT } from './commands/counters.js'
import { APPEND, SETRANGE } from './commands/edit.js'
import { EXPIRE, EXPIREAT, EXPIRETIME, PERSIST, PEXPIRE, PEXPIREAT, PEXPIRETIME, PTTL, TTL } from './commands/expiry.js'
import { EXISTS, GET, GETRANGE, MGET, STRLEN, SUBSTR, TOUCH, TYPE } from './commands/get.js'
import { GETDEL, GETEX, GETSET } from './commands/get-and-change.js'
import { DBSIZE, DEL, FLUSHALL, FLUSHDB, KEYS, RANDOMKEY, SCAN, UNLINK } from './commands/keyspace.js'
import { MONITOR } from './commands/monitor.js'
import { CONFIG, INFO } from './commands/node-facts.js'
import { MEMORY, OBJECT } from './commands/object.js'
import { COPY, RENAME, RENAMENX } from './commands/rename.js'
import { EVAL, EVALSHA, SCRIPT } from './commands/scripts.js'
import { PSETEX, SET, SETEX, SETNX } from './commands/set.js'
import { MSET, MSETNX } from './commands/set-many.js'
import { DISCARD, EXEC, MULTI, UNWATCH, WATCH } from './commands/transactions.js'

const infosOf = (names: readonly Uint8Array[]): Reply =>
  names.map((name) => {
    const command = COMMANDS.get(textOf(name).toLowerCase())
    return command === undefined ? null : infoOf(command)
  })

const COMMAND = container(
  'command',
  'Tells of the commands.',
  [
    {
      name: 'count',
      arity: 2,
      flags: [],
      keys: NO_KEYS,
      summary: 'Counts the commands.',
      run: () => COMMANDS.size,
    },
    {
      name: 'list',
      arity: 2,
      flags: [],
      keys: NO_KEYS,
      summary: 'Answers the names of the commands.',
      run: () => [...COMMANDS.keys()].map(bulk),
    },
    {
      name: 'info',
      arity: -2,
      flags: [],
      keys: NO_KEYS,
      summary: 'Answers arity, flags and keys of commands.',
      run: (parts) => (parts.length === 2 ? everyInfo() : infosOf(parts.slice(2))),
    },
    {
      name: 'docs',
      arity: -2,
      flags: [],
      keys: NO_KEYS,
      summary: 'Answers what commands do.',
      run(parts) {
        const names =
          parts.length === 2 ? [...COMMANDS.keys()] : parts.slice(2).map((part) => textOf(part).toLowerCase())
        const docs = new Map<Reply, Reply>()
        for (const name of names) {
          const command = COMMANDS.get(name)
          if (command !== undefined) docs.set(bulk(name), new Map([[bulk('summary'), bulk(command.summary)]]))
        }
        return docs
      },
    },
  ],
  () => everyInfo(),
)

const ALL: readonly NodeCommand[] = [
  ...[PING, ECHO, HELLO, AUTH, ACL, SELECT, RESET, QUIT, CLIENT, COMMAND, CONFIG, INFO, MONITOR],
  ...[GET, MGET, GETRANGE, SUBSTR, STRLEN, EXISTS, TOUCH, TYPE, GETDEL, GETEX, GETSET, SET, SETNX, SETEX, PSETEX],
  ...[MSET, MSETNX, APPEND, SETRANGE, INCR, DECR, INCRBY, DECRBY, INCRBYFLOAT],
  ...[DEL, UNLINK, SCAN, KEYS, RANDOMKEY, RENAME, RENAMENX, COPY, OBJECT, MEMORY, DBSIZE, FLUSHDB, FLUSHALL],
  ...[EXPIRE, PEXPIRE, EXPIREAT, PEXPIREAT, TTL, PTTL, EXPIRETIME, PEXPIRETIME, PERSIST],
  ...[EVAL, EVALSHA, SCRIPT],
  ...[MULTI, EXEC, DISCARD, WATCH, UNWATCH],
]

/** Every command of the node, by its name in lower case. */
export const COMMANDS: ReadonlyMap<string, NodeCommand> = new Map(ALL.map((command) => [command.name, command]))

function everyInfo(): Reply {
  return [...COMMANDS.values()].map(infoOf)
}

function infoOf({ name, arity, flags, keys }: NodeCommand): Reply {
  return [bulk(name), arity, flags.map((flag) => flag), ...keys, [], [], [], []]
}
