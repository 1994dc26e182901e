/** What commands do with the keys that they name, as Redis says it (COMMAND GETKEYSANDFLAGS). Pure. */
import { wordOf } from '../arguments.js'

const READ = ['RO', 'access']
const LOOK = ['RO']
const CHANGE = ['RW', 'access', 'update']
const REPLACE = ['OW', 'update']
const INSERT = ['OW', 'insert']
const ALTER = ['RW', 'update']
const REMOVE = ['RM', 'delete']
const TAKE = ['RW', 'access', 'delete']

type Flags = readonly string[]

/** One list for every key, or one for each. */
const FLAGS: Readonly<Record<string, Flags | readonly [Flags, Flags]>> = {
  ...named(['get', 'mget', 'getrange', 'substr', 'ttl', 'pttl', 'expiretime', 'pexpiretime'], READ),
  ...named(['getex', 'getset', 'incr', 'decr', 'incrby', 'decrby', 'incrbyfloat', 'eval', 'evalsha'], CHANGE),
  ...named(['set', 'setex', 'psetex', 'mset'], REPLACE),
  ...named(['setnx', 'msetnx'], INSERT),
  ...named(['setrange', 'expire', 'pexpire', 'expireat', 'pexpireat', 'persist'], ALTER),
  ...named(['del', 'unlink'], REMOVE),
  append: ['RW', 'insert'],
  getdel: TAKE,
  rename: [TAKE, REPLACE],
  renamenx: [TAKE, INSERT],
  copy: [READ, REPLACE],
}

/** The flags of the key that a command names at that place among its keys; others than these only look at keys. */
export function keyFlagsOf(name: string, parts: readonly Uint8Array[], place: number): Flags {
  if (name === 'set' && parts.slice(3).some((part) => wordOf(part) === 'GET')) return CHANGE
  const flags = FLAGS[name] ?? LOOK
  return Array.isArray(flags[0]) ? (flags[place] as Flags) : (flags as Flags)
}

function named(names: readonly string[], flags: Flags): Record<string, Flags> {
  return Object.fromEntries(names.map((name) => [name, flags]))
}
