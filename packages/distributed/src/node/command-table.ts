/** Names → commands: the only file that knows them all. */
import type { NodeCommand } from './command.js'
import { ACL, AUTH } from './commands/auth.js'
import { CLIENT } from './commands/client.js'
import { CONFIG } from './commands/config.js'
import { ECHO, HELLO, PING, QUIT, RESET, SELECT } from './commands/connection.js'
import { DECR, DECRBY, INCR, INCRBY, INCRBYFLOAT } from './commands/counters.js'
import { describe } from './commands/describe.js'
import { APPEND, SETRANGE } from './commands/edit.js'
import { EXPIRE, EXPIREAT, EXPIRETIME, PERSIST, PEXPIRE, PEXPIREAT, PEXPIRETIME, PTTL, TTL } from './commands/expiry.js'
import { EXISTS, GET, GETRANGE, MGET, STRLEN, SUBSTR, TOUCH, TYPE } from './commands/get.js'
import { GETDEL, GETEX, GETSET } from './commands/get-and-change.js'
import { DBSIZE, DEL, FLUSHALL, FLUSHDB, KEYS, RANDOMKEY, SCAN, UNLINK } from './commands/keyspace.js'
import { MONITOR } from './commands/monitor.js'
import { MEMORY, OBJECT } from './commands/object.js'
import { COPY, RENAME, RENAMENX } from './commands/rename.js'
import { EVAL, EVALSHA, SCRIPT } from './commands/scripts.js'
import { INFO } from './commands/sections.js'
import { PSETEX, SET, SETEX, SETNX } from './commands/set.js'
import { MSET, MSETNX } from './commands/set-many.js'
import { TIME } from './commands/time.js'
import { DISCARD, EXEC, MULTI, UNWATCH, WATCH } from './commands/transactions.js'

const COMMAND = describe(() => COMMANDS)

const ALL: readonly NodeCommand[] = [
  ...[PING, ECHO, HELLO, AUTH, ACL, SELECT, RESET, QUIT, CLIENT, COMMAND, CONFIG, INFO, MONITOR, TIME],
  ...[GET, MGET, GETRANGE, SUBSTR, STRLEN, EXISTS, TOUCH, TYPE, GETDEL, GETEX, GETSET, SET, SETNX, SETEX, PSETEX],
  ...[MSET, MSETNX, APPEND, SETRANGE, INCR, DECR, INCRBY, DECRBY, INCRBYFLOAT],
  ...[DEL, UNLINK, SCAN, KEYS, RANDOMKEY, RENAME, RENAMENX, COPY, OBJECT, MEMORY, DBSIZE, FLUSHDB, FLUSHALL],
  ...[EXPIRE, PEXPIRE, EXPIREAT, PEXPIREAT, TTL, PTTL, EXPIRETIME, PEXPIRETIME, PERSIST],
  ...[EVAL, EVALSHA, SCRIPT],
  ...[MULTI, EXEC, DISCARD, WATCH, UNWATCH],
]

/** Every command of the node, by its name in lower case. */
export const COMMANDS: ReadonlyMap<string, NodeCommand> = new Map(ALL.map((command) => [command.name, command]))
