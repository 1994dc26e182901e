/** EXPIRE, TTL and their kin. */
import { ReplyError } from '../../resp/reply.js'
import { integerOf, wordOf } from '../arguments.js'
import { NOT_AN_INTEGER, type NodeCommand, ONE_KEY } from '../command.js'
import { instantOf } from './expiry-instant.js'

interface Conditions {
  nx: boolean
  xx: boolean
  gt: boolean
  lt: boolean
}

export const EXPIRE = expire('expire', true, false)
export const PEXPIRE = expire('pexpire', false, false)
export const EXPIREAT = expire('expireat', true, true)
export const PEXPIREAT = expire('pexpireat', false, true)

export const TTL = remaining('ttl', (expiresAt, now) => Math.floor((expiresAt - now + 500) / 1000))
export const PTTL = remaining('pttl', (expiresAt, now) => expiresAt - now)
export const EXPIRETIME = remaining('expiretime', (expiresAt) => Math.floor((expiresAt + 500) / 1000))
export const PEXPIRETIME = remaining('pexpiretime', (expiresAt) => expiresAt)

export const PERSIST: NodeCommand = {
  name: 'persist',
  arity: 2,
  flags: ['write', 'fast'],
  keys: ONE_KEY,
  summary: 'Takes the deadline from an entry.',
  run([, key], { store, now }) {
    const expiresAt = store.expiryOf(key!, now)
    if (expiresAt === undefined || expiresAt === Number.POSITIVE_INFINITY) return 0
    store.setExpiry(key!, Number.POSITIVE_INFINITY, now)
    return 1
  },
}

function expire(name: string, seconds: boolean, absolute: boolean): NodeCommand {
  return {
    name,
    arity: -3,
    flags: ['write', 'fast'],
    keys: ONE_KEY,
    summary: 'Sets the deadline of an entry.',
    run(parts, { store, now }) {
      const conditions = readConditions(parts)
      if (conditions instanceof ReplyError) return conditions
      const amount = integerOf(parts[2]!)
      if (amount === undefined) return NOT_AN_INTEGER
      const at = instantOf(parts[2]!, seconds, absolute ? 0 : now)
      if (at === undefined) return new ReplyError(`ERR invalid expire time in '${name}' command`)

      const key = parts[1]!
      const before = store.expiryOf(key, now)
      if (before === undefined || !allows(conditions, before, at)) return 0
      if (at <= now) store.delete(key, now)
      else store.setExpiry(key, at, now)
      return 1
    },
  }
}

/** An entry that never expires counts as one with the latest deadline, except to XX. */
function allows({ nx, xx, gt, lt }: Conditions, before: number, at: number): boolean {
  const never = before === Number.POSITIVE_INFINITY
  return !((nx && !never) || (xx && never) || (gt && at <= before) || (lt && at >= before))
}

function readConditions(parts: readonly Uint8Array[]): Conditions | ReplyError {
  const conditions = { nx: false, xx: false, gt: false, lt: false }
  for (let i = 3; i < parts.length; i++) {
    const word = wordOf(parts[i]!)
    if (word === 'NX') conditions.nx = true
    else if (word === 'XX') conditions.xx = true
    else if (word === 'GT') conditions.gt = true
    else if (word === 'LT') conditions.lt = true
    else return new ReplyError(`ERR Unsupported option ${Buffer.from(parts[i]!).toString('latin1')}`)
  }
  const { nx, xx, gt, lt } = conditions
  if (nx && (xx || gt || lt)) {
    return new ReplyError('ERR NX and XX, GT or LT options at the same time are not compatible')
  }
  if (gt && lt) return new ReplyError('ERR GT and LT options at the same time are not compatible')
  return conditions
}

function remaining(name: string, tell: (expiresAt: number, now: number) => number): NodeCommand {
  return {
    name,
    arity: 2,
    flags: ['readonly', 'fast'],
    keys: ONE_KEY,
    summary: 'Tells when an entry expires: -1 never, -2 where there is none.',
    run([, key], { store, now }) {
      const expiresAt = store.expiryOf(key!, now)
      if (expiresAt === undefined) return -2
      return expiresAt === Number.POSITIVE_INFINITY ? -1 : tell(expiresAt, now)
    },
  }
}
