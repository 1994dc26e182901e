/** CLIENT TRACKING and its kin: a client that keeps copies asks to be told when they go stale. */
import { type Answer, ReplySet } from '../../resp/answer.js'
import { type Reply, ReplyError } from '../../resp/reply.js'
import { bulk, textOf, wordOf } from '../arguments.js'
import { type CommandContext, NO_KEYS, type NodeCommand, SYNTAX_ERROR } from '../command.js'
import { Subscriber, type TrackingMode } from '../tracking/subscriber.js'
import { modeConflict } from '../tracking/tracking.js'

const WORD = { flags: ['noscript', 'loading', 'stale'], keys: NO_KEYS } as const

/** What a change costs grows with the prefixes, so that there is a bound to them. */
const MAX_PREFIXES = 64
const MAX_PREFIX_BYTES = 1024

const NO_REDIRECT = new ReplyError(
  'ERR this node redirects no invalidations: use RESP3 (HELLO 3), where they come over the connection that tracks',
)
const NOT_TRACKING = new ReplyError(
  'ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled',
)
const TOO_MANY_PREFIXES = new ReplyError(
  `ERR too many prefixes: this node tracks ${MAX_PREFIXES} of ${MAX_PREFIX_BYTES} bytes for a client`,
)

export const TRACKING: NodeCommand = {
  ...WORD,
  name: 'tracking',
  arity: -3,
  usage: '(ON|OFF) [BCAST] [PREFIX <prefix> [...]] [OPTIN] [OPTOUT] [NOLOOP]',
  summary: 'Control server assisted client side caching.',
  run(parts, context) {
    const mode = readMode(parts)
    if (mode instanceof ReplyError) return mode
    const turn = wordOf(parts[2]!)
    if (turn === 'OFF') stopTracking(context)
    else if (turn === 'ON') return startTracking(mode, context)
    else return SYNTAX_ERROR
    return 'OK'
  },
}

export const CACHING: NodeCommand = {
  ...WORD,
  name: 'caching',
  arity: 3,
  usage: '(YES|NO)',
  summary: 'Enable/disable tracking of the keys for next command in OPTIN/OPTOUT modes.',
  run([, , said], { client: { subscriber } }) {
    if (subscriber === undefined) return NOT_TRACKING
    const word = wordOf(said!)
    if (word !== 'YES' && word !== 'NO') return SYNTAX_ERROR
    const mode = word === 'YES' ? 'OPTIN' : 'OPTOUT'
    if (!(word === 'YES' ? subscriber.mode.optIn : subscriber.mode.optOut)) {
      return new ReplyError(`ERR CLIENT CACHING ${word} is only valid when tracking is enabled in ${mode} mode.`)
    }
    subscriber.cachingSaid = true
    return 'OK'
  },
}

export const GETREDIR: NodeCommand = {
  ...WORD,
  name: 'getredir',
  arity: 2,
  summary: 'Answers 0 for a client that tracks, else -1: nothing is redirected.',
  run: (_parts, { client }) => (client.subscriber === undefined ? -1 : 0),
}

export const TRACKINGINFO: NodeCommand = {
  ...WORD,
  name: 'trackinginfo',
  arity: 2,
  summary: 'Report tracking status for the current connection.',
  run(_parts, { client: { subscriber } }) {
    const flags: Answer[] = [bulk(subscriber === undefined ? 'off' : 'on')]
    const mode = subscriber?.mode
    if (mode?.broadcast) flags.push(bulk('bcast'))
    if (mode?.optIn) flags.push(bulk('optin'), ...(subscriber?.cachingSaid ? [bulk('caching-yes')] : []))
    if (mode?.optOut) flags.push(bulk('optout'), ...(subscriber?.cachingSaid ? [bulk('caching-no')] : []))
    if (mode?.noLoop) flags.push(bulk('noloop'))
    const prefixes: Reply[] = (mode?.prefixes ?? []).map((prefix) => Buffer.from(prefix, 'latin1'))
    return new Map<Answer, Answer>([
      [bulk('flags'), new ReplySet(flags)],
      [bulk('redirect'), subscriber === undefined ? -1 : 0],
      [bulk('prefixes'), prefixes],
    ])
  },
}

/** Tracks no more for the client. */
export function stopTracking({ client, tracking }: CommandContext): void {
  if (client.subscriber !== undefined) tracking.remove(client.subscriber)
  client.subscriber = undefined
}

function startTracking(given: TrackingMode, { client, tracking }: CommandContext): Reply {
  const standing = client.subscriber
  const conflict = modeConflict(given, standing?.mode)
  if (conflict !== undefined) return new ReplyError(`ERR ${conflict}`)
  const added = given.broadcast && given.prefixes.length === 0 ? [''] : given.prefixes
  const prefixes = [...new Set([...(standing?.mode.prefixes ?? []), ...added])].sort()
  if (prefixes.length > MAX_PREFIXES || prefixes.some((prefix) => prefix.length > MAX_PREFIX_BYTES)) {
    return TOO_MANY_PREFIXES
  }
  const mode = { ...given, prefixes: given.broadcast ? prefixes : [] }
  const subscriber =
    standing ??
    // RESP2 has no form for what answers no command: such a client is told nothing, as by Redis.
    new Subscriber(
      mode,
      (message) => {
        if (client.protocol === 3) client.connection.push(message)
      },
      (name) => client.user?.mayTouch(Buffer.from(name, 'latin1')) ?? false,
    )
  subscriber.mode = mode
  client.subscriber = subscriber
  tracking.add(subscriber)
  return 'OK'
}

function readMode(parts: readonly Uint8Array[]): TrackingMode | ReplyError {
  const words = new Set<string>()
  const prefixes: string[] = []
  for (let i = 3; i < parts.length; i++) {
    const word = wordOf(parts[i]!)
    const hasOperand = i + 1 < parts.length
    if (word === 'REDIRECT' && hasOperand) return NO_REDIRECT
    if (word === 'PREFIX' && hasOperand) prefixes.push(textOf(parts[++i]!))
    else if (['BCAST', 'OPTIN', 'OPTOUT', 'NOLOOP'].includes(word)) words.add(word)
    else return SYNTAX_ERROR
  }
  return {
    broadcast: words.has('BCAST'),
    prefixes,
    optIn: words.has('OPTIN'),
    optOut: words.has('OPTOUT'),
    noLoop: words.has('NOLOOP'),
  }
}
