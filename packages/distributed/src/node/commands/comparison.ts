/** The scripts by which replicas are compared (see `record/comparison-scripts.ts`), run natively. */
import { versionOf } from '../../record/envelope.js'
import { VERSION_BYTES } from '../../record/version.js'
import { type Reply, ReplyError } from '../../resp/reply.js'
import { integerOf, textOf } from '../arguments.js'
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

/** DROP: those go that still have the version given; all stay where a condition is not met. */
export const dropUnchanged: NativeScript = (keys, argv, { store, now }) => {
  const versionUnder = (key: Uint8Array) => {
    const value = store.peek(key, now)
    return value === undefined ? undefined : versionOf(value)
  }
  const isConditional = argv.length > keys.length && textOf(argv[keys.length]!) === 'if'
  if (isConditional && (keys[0] === undefined || !areSame(versionUnder(keys[0]) ?? NONE, argv[0]!))) return 0
  let gone = 0
  for (let i = isConditional ? 1 : 0; i < keys.length; i++) {
    const expected = argv[i]
    if (expected?.length !== VERSION_BYTES) continue
    const version = versionUnder(keys[i]!)
    if (version !== undefined && areSame(version, expected) && store.delete(keys[i]!, now)) gone++
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
