/** EVALSHA, EVAL and SCRIPT, for the scripts that the node knows. */
import { DROP, HEADS, HOLD } from '../../record/comparison-scripts.js'
import { ACCEPT, APPLY, PREPARE } from '../../record/group-scripts.js'
import { STORE, STORE_EACH } from '../../record/guarded-write.js'
import { MERGE } from '../../record/prefix-script.js'
import type { Script } from '../../record/scripts.js'
import { type Reply, ReplyError } from '../../resp/reply.js'
import { bulk, integerOf, textOf, wordOf } from '../arguments.js'
import { type CommandContext, container, NO_KEYS, NOT_AN_INTEGER, type NodeCommand } from '../command.js'
import { dropUnchanged, headsOf, holdOn } from './comparison.js'
import { acceptGroup, applyGroup, prepareGroup } from './group.js'
import { type NativeScript, storeEach, storeGuarded } from './guarded-write.js'
import { mergeLists } from './prefix-lists.js'

const NATIVE: readonly (readonly [Script, NativeScript])[] = [
  [STORE, storeGuarded],
  [STORE_EACH, storeEach],
  [MERGE, mergeLists],
  [HEADS, headsOf],
  [DROP, dropUnchanged],
  [HOLD, holdOn],
  [PREPARE, prepareGroup],
  [ACCEPT, acceptGroup],
  [APPLY, applyGroup],
]
const BY_DIGEST: ReadonlyMap<string, NativeScript> = new Map(NATIVE.map(([{ sha1 }, run]) => [sha1, run]))
const DIGESTS: ReadonlyMap<string, string> = new Map(NATIVE.map(([{ text, sha1 }]) => [text, sha1]))

const NO_SCRIPT = new ReplyError('NOSCRIPT No matching script. Please use EVAL.')
const NO_LUA = new ReplyError(
  "ERR this node runs no Lua: it knows mtaio's own scripts only. Use a Valkey or Redis server for scripts of your own.",
)

export const EVALSHA: NodeCommand = {
  name: 'evalsha',
  arity: -3,
  flags: ['noscript', 'stale', 'skip_monitor', 'movablekeys'],
  keys: NO_KEYS,
  countedKeys: 2,
  right: 'write',
  summary: "Runs one of mtaio's scripts by its digest.",
  run: (parts, context) => runScript(BY_DIGEST.get(textOf(parts[1]!).toLowerCase()), NO_SCRIPT, parts, context),
}

export const EVAL: NodeCommand = {
  name: 'eval',
  arity: -3,
  flags: ['noscript', 'stale', 'skip_monitor', 'movablekeys'],
  keys: NO_KEYS,
  countedKeys: 2,
  right: 'write',
  summary: "Runs one of mtaio's scripts.",
  run(parts, context) {
    const digest = DIGESTS.get(textOf(parts[1]!))
    return runScript(digest === undefined ? undefined : BY_DIGEST.get(digest), NO_LUA, parts, context)
  },
}

export const SCRIPT = container('script', 'Tells which scripts the node knows.', [
  {
    name: 'load',
    arity: 3,
    flags: ['noscript'],
    keys: NO_KEYS,
    summary: "Answers the digest of one of mtaio's scripts.",
    run([, , text]) {
      const digest = DIGESTS.get(textOf(text!))
      return digest === undefined ? NO_LUA : bulk(digest)
    },
  },
  {
    name: 'exists',
    arity: -3,
    flags: ['noscript'],
    keys: NO_KEYS,
    summary: 'Tells which digests are known.',
    run: (parts) => parts.slice(2).map((digest) => (BY_DIGEST.has(textOf(digest).toLowerCase()) ? 1 : 0)),
  },
  {
    name: 'flush',
    arity: -2,
    flags: ['noscript'],
    keys: NO_KEYS,
    summary: 'Does nothing: the scripts are part of the node.',
    run(parts) {
      const isMode = parts.length === 3 && ['SYNC', 'ASYNC'].includes(wordOf(parts[2]!))
      if (parts.length === 2 || isMode) return 'OK'
      return new ReplyError('ERR SCRIPT FLUSH only support SYNC|ASYNC option')
    },
  },
])

function runScript(
  script: NativeScript | undefined,
  unknown: ReplyError,
  parts: readonly Uint8Array[],
  context: CommandContext,
): Reply {
  const count = integerOf(parts[2]!)
  if (count === undefined) return NOT_AN_INTEGER
  if (count > parts.length - 3) return new ReplyError("ERR Number of keys can't be greater than number of args")
  if (count < 0) return new ReplyError("ERR Number of keys can't be negative")
  return script === undefined ? unknown : script(parts.slice(3, 3 + count), parts.slice(3 + count), context)
}
