/** AUTH and ACL WHOAMI: which user a connection is. */
import { ReplyError } from '../../resp/reply.js'
import { DEFAULT_USER } from '../access/access.js'
import { bulk, textOf } from '../arguments.js'
import { type CommandContext, container, NO_KEYS, type NodeCommand, SYNTAX_ERROR } from '../command.js'

const WRONG_PASSWORD = new ReplyError('WRONGPASS invalid username-password pair or user is disabled.')

export const AUTH: NodeCommand = {
  name: 'auth',
  arity: -2,
  flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy'],
  keys: NO_KEYS,
  summary: 'Shows the password.',
  open: true,
  run(parts, context) {
    if (parts.length > 3) return SYNTAX_ERROR
    if (parts.length === 2 && context.access.initial !== undefined) {
      return new ReplyError(
        'ERR AUTH <password> called without any password configured for the default user. ' +
          'Are you sure your configuration is correct?',
      )
    }
    const user = parts.length === 3 ? parts[1]! : bulk(DEFAULT_USER)
    return authenticate(user, parts[parts.length - 1]!, context) ?? 'OK'
  },
}

export const ACL = container('acl', 'Tells of users.', [
  {
    name: 'whoami',
    arity: 2,
    flags: ['noscript', 'loading', 'stale'],
    keys: NO_KEYS,
    summary: 'Return the current connection username.',
    run: (_parts, { client }) => bulk(client.user?.name ?? DEFAULT_USER),
  },
])

/** Makes the client the user, or tells why not. */
export function authenticate(
  name: Uint8Array,
  password: Uint8Array,
  { client, access, facts, now }: CommandContext,
): ReplyError | undefined {
  const { address } = client.connection
  const host = address.slice(0, Math.max(0, address.lastIndexOf(':')))
  const user = access.login(textOf(name), password, host, now)
  if (user === 'wrong') {
    facts.loginFailed(address)
    return WRONG_PASSWORD
  }
  if (typeof user === 'number') {
    return new ReplyError(`ERR too many wrong passwords from this address: wait ${Math.ceil(user / 1000)} s`)
  }
  client.user = user
  return undefined
}
