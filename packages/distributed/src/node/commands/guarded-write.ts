/**
 * The guarded writes of the distributed client (see `record/guarded-write.ts`), run natively: a node has no Lua. They are
 * known by digest; tests hold them against a server that runs the real ones.
 */

import { versionOf } from '../../record/envelope.js'
import { compareVersions, editionOf, VERSION_BYTES } from '../../record/version.js'
import { type Reply, ReplyError } from '../../resp/reply.js'
import { integerOf } from '../arguments.js'
import type { ByteWrite } from '../byte-write.js'
import type { CommandContext } from '../command.js'
import { refusalOf } from './set.js'

type Bytes = Uint8Array
export type NativeScript = (keys: readonly Bytes[], argv: readonly Bytes[], context: CommandContext) => Reply

/** `'*'`: see the script. */
const COPY = 0x2a

export const MALFORMED = new ReplyError(
  'ERR malformed guarded write: envelopes have at least 16 bytes, versions 14, expiries are ms or 0',
)

/** STORE: one record, unless something newer stands. */
export const storeGuarded: NativeScript = (keys, argv, context) => {
  const [envelope, expiry] = argv
  if (keys.length === 0 || envelope === undefined || expiry === undefined) return MALFORMED
  const own = ownVersion(envelope)
  const expiresAt = expiryOf(expiry)
  if (own === undefined || expiresAt === undefined) return MALFORMED

  for (let i = 0; i < keys.length; i++) {
    const version = heldVersion(keys[i]!, context)
    if (version === undefined) continue
    if (i === 0 && compareVersions(version, own) === 0) return isHeld(keys[0]!, envelope, context) ? 1 : version
    const limit = argv[2 + i]
    const isCopy = limit?.length === 1 && limit[0] === COPY
    if (limit !== undefined && limit.length > 0 && limit.length < VERSION_BYTES && !isCopy) return MALFORMED
    const passes = isCopy && editionOf(version) !== 0
    if (!passes && compareVersions(version, limit === undefined || limit.length < VERSION_BYTES ? own : limit) > 0) {
      return version
    }
  }
  return putAll([{ key: keys[0]!, value: envelope, expiresAt }], context)
}

/** STORE_EACH: several records, each on its own. */
export const storeEach: NativeScript = (keys, argv, context) => {
  const count = argv[0] === undefined ? undefined : integerOf(argv[0])
  if (count === undefined || count < 0 || count > keys.length) return MALFORMED
  let newest: Bytes | undefined
  for (let i = 0; i < count; i++) {
    const version = heldVersion(keys[i]!, context)
    if (version !== undefined && (newest === undefined || compareVersions(version, newest) > 0)) newest = version
  }
  const outcomes: Reply[] = []
  for (let i = count; i < keys.length; i++) {
    const at = 1 + 2 * (i - count)
    const outcome = storeOne(keys[i]!, argv[at], argv[at + 1], newest, context)
    if (outcome instanceof ReplyError) return outcome
    outcomes.push(outcome)
  }
  return outcomes.every((outcome) => outcome === 1) ? 1 : outcomes
}

function storeOne(
  key: Bytes,
  envelope: Bytes | undefined,
  expiry: Bytes | undefined,
  newest: Bytes | undefined,
  context: CommandContext,
): Reply {
  if (envelope === undefined || expiry === undefined) return MALFORMED
  const own = ownVersion(envelope)
  const expiresAt = expiryOf(expiry)
  if (own === undefined || expiresAt === undefined) return MALFORMED
  const version = heldVersion(key, context)
  const order = version === undefined ? -1 : compareVersions(version, own)
  if (order === 0) return isHeld(key, envelope, context) ? 1 : version!
  if (order > 0) return version!
  if (newest !== undefined && compareVersions(newest, own) > 0) return newest
  return putAll([{ key, value: envelope, expiresAt }], context)
}

/** Writes all or nothing: 1, or why not. */
export function putAll(writes: readonly ByteWrite[], { store, now }: CommandContext): Reply {
  const verdict = writes.length === 1 ? store.set(...asArguments(writes[0]!), now) : store.setAll(writes, now)
  return refusalOf(verdict) ?? 1
}

function asArguments({ key, value, expiresAt }: ByteWrite): [Bytes, Bytes, number] {
  return [key, value, expiresAt]
}

/** The version that stands under a key. No use for the policy: the write itself is one. */
export function heldVersion(key: Bytes, { store, now }: CommandContext): Bytes | undefined {
  const value = store.peek(key, now)
  return value === undefined ? undefined : versionOf(value)
}

function isHeld(key: Bytes, envelope: Bytes, { store, now }: CommandContext): boolean {
  const value = store.peek(key, now)!
  return value.length === envelope.length && value.every((byte, i) => byte === envelope[i])
}

/** The version of an envelope to be written, which the scripts take for one whatever its first byte. */
export function ownVersion(envelope: Bytes): Bytes | undefined {
  return envelope.length < 2 + VERSION_BYTES ? undefined : envelope.subarray(2, 2 + VERSION_BYTES)
}

export function expiryOf(digits: Bytes): number | undefined {
  const at = integerOf(digits)
  return at === undefined || at < 0 ? undefined : at === 0 ? Number.POSITIVE_INFINITY : at
}
