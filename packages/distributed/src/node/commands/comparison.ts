/** The scripts by which replicas are compared (see `record/comparison-scripts.ts`), run natively. */
import { versionOf } from '../../record/envelope.js'
import { compareVersions, VERSION_BYTES } from '../../record/version.js'
import { type Reply, ReplyError } from '../../resp/reply.js'
import { integerOf } from '../arguments.js'
import { type NativeScript, putAll } from './guarded-write.js'

const NONE = new Uint8Array(0)
const MALFORMED = new ReplyError('ERR malformed claim: one or two keys, two texts, and ms above 0')

/** HEADS: the version and the length of each. */
export const headsOf: NativeScript = (keys, _argv, { store, now }) => {
  const heads: Reply[] = []
  for (const key of keys) {
    const value = store.peek(key, now)
    const version = value === undefined ? undefined : versionOf(value)
    if (version === undefined) heads.push(NONE, 0)
    else heads.push(version, value!.length)
  }
  return heads
}

/** DROP: those go that still have the version given. */
export const dropUnchanged: NativeScript = (keys, argv, { store, now }) => {
  let gone = 0
  for (const [i, key] of keys.entries()) {
    const expected = argv[i]
    if (expected?.length !== VERSION_BYTES) continue
    const value = store.peek(key, now)
    const version = value === undefined ? undefined : versionOf(value)
    if (version !== undefined && compareVersions(version, expected) === 0 && store.delete(key, now)) gone++
  }
  return gone
}

/** HOLD: another text in place of one's own. */
export const holdOn: NativeScript = ([key, mark], [own, text, ms], context) => {
  const life = ms === undefined ? undefined : integerOf(ms)
  if (key === undefined || own === undefined || text === undefined || !(life! > 0)) return MALFORMED
  const held = context.store.peek(key, context.now)
  if (held === undefined || !areSame(held, own)) return 0
  const writes = [{ key, value: text, expiresAt: context.now + life! }]
  return putAll(
    mark === undefined ? writes : [...writes, { key: mark, value: text, expiresAt: Number.POSITIVE_INFINITY }],
    context,
  )
}

function areSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}
