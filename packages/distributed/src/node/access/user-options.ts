/** Users as they are given to a node, checked. Their passwords appear in no message. */
import { checkKnownOptions } from '@mtaio/core/engine'
import { CacheConfigError } from '@mtaio/exceptions'
import { DEFAULT_USER } from './access.js'
import { digestOf, type Right, User } from './user.js'

export interface NodeUserOptions {
  /** What AUTH calls it. The user `default` is who gives no name. */
  readonly name: string
  /** What it has to show. One of `password` and `passwordSha256` is needed. */
  readonly password?: string | undefined
  /** The SHA-256 of its password, 64 hexadecimal digits: for configurations that others may read. */
  readonly passwordSha256?: string | undefined
  /** Patterns of the keys that it may touch, such as `'user:*'`, as in KEYS. @defaultValue ['*'] */
  readonly keys?: readonly string[] | undefined
  /** `'read'`, `'write'`, and `'admin'`: settings, clients, a flush. @defaultValue ['read', 'write'] */
  readonly can?: readonly Right[] | undefined
}

const KNOWN = ['name', 'password', 'passwordSha256', 'keys', 'can'] as const
const RIGHTS: readonly Right[] = ['read', 'write', 'admin']
const ALL_RIGHTS: ReadonlySet<Right> = new Set(RIGHTS)
const MAX_USERS = 1000

/**
 * The users of a node. Without a password and without users, everybody is `default` and may do everything; with users
 * and no password, nobody is.
 *
 * @throws CacheConfigError naming what is out of contract
 */
export function usersOf(password: string | undefined, given: readonly NodeUserOptions[] | undefined): User[] {
  if (password !== undefined && (typeof password !== 'string' || password === '')) {
    throw new CacheConfigError('password must be a non-empty string')
  }
  if (given === undefined || (Array.isArray(given) && given.length === 0)) {
    return [new User(DEFAULT_USER, password === undefined ? undefined : digestOf(password), ALL_RIGHTS, ['*'])]
  }
  if (!Array.isArray(given) || given.length > MAX_USERS) {
    throw new CacheConfigError(`users must be an array of at most ${MAX_USERS}`)
  }
  const users = given.map(userOf)
  if (password !== undefined) users.push(new User(DEFAULT_USER, digestOf(password), ALL_RIGHTS, ['*']))
  const names = users.map(({ name }) => name)
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice === DEFAULT_USER && password !== undefined) {
    throw new CacheConfigError(`the user '${DEFAULT_USER}' has two passwords: give it in users, or as password`)
  }
  if (twice !== undefined) throw new CacheConfigError(`users has '${twice}' twice: names must differ`)
  return users
}

function userOf(given: NodeUserOptions, i: number): User {
  if (typeof given !== 'object' || given === null) throw new CacheConfigError(`users[${i}] must be an object`)
  checkKnownOptions(given, KNOWN, `users[${i}]`)
  const { name, password, passwordSha256, keys = ['*'], can = ['read', 'write'] } = given
  if (typeof name !== 'string' || !/^[!-~]{1,256}$/.test(name)) {
    throw new CacheConfigError(`users[${i}].name must be 1 to 256 printable characters without a space`)
  }
  if (!Array.isArray(keys) || keys.length === 0 || !keys.every((key) => typeof key === 'string' && key !== '')) {
    throw new CacheConfigError(`the keys of user '${name}' must be patterns such as ['user:*']`)
  }
  if (!Array.isArray(can) || !can.every((right) => RIGHTS.includes(right as Right))) {
    throw new CacheConfigError(`what user '${name}' can do must be of: ${RIGHTS.join(', ')}`)
  }
  return new User(name, digestFrom(name, password, passwordSha256), new Set(can as Right[]), keys as string[])
}

function digestFrom(name: string, password: unknown, sha256: unknown): Uint8Array {
  if ((password === undefined) === (sha256 === undefined)) {
    throw new CacheConfigError(`user '${name}' needs a password: one of password and passwordSha256`)
  }
  if (sha256 !== undefined) {
    if (typeof sha256 === 'string' && /^[0-9a-f]{64}$/i.test(sha256)) return Buffer.from(sha256, 'hex')
    throw new CacheConfigError(`passwordSha256 of user '${name}' must be 64 hexadecimal digits`)
  }
  if (typeof password === 'string' && password !== '') return digestOf(password)
  throw new CacheConfigError(`password of user '${name}' must be a non-empty string`)
}
