/** The scripts of transactions (see `record/group-scripts.ts`), run natively. A test holds them against a real server. */
import { DECIDED_AT } from '../../record/group-scripts.js'
import { compareVersions, VERSION_BYTES } from '../../record/version.js'
import type { ByteWrite } from '../byte-write.js'
import type { CommandContext } from '../command.js'
import { expiryOf, heldVersion, MALFORMED, type NativeScript, ownVersion, putAll } from './guarded-write.js'

type Bytes = Uint8Array
const NOTHING = new Uint8Array(0)
const BALLOT_AT = DECIDED_AT + 1
const APPLIED = 2

/** PREPARE: promises a ballot and shows what stands. */
export const prepareGroup: NativeScript = (keys, [ballot, expiry], context) => {
  const forgetAt = expiry === undefined ? undefined : expiryOf(expiry)
  if (keys.length === 0 || ballot?.length !== VERSION_BYTES || forgetAt === undefined) return MALFORMED
  const promised = heldVersion(keys[0]!, context)
  if (promised !== undefined && compareVersions(promised, ballot) > 0) return promised
  const decided = promised === undefined ? NOTHING : groupOf(keys[0]!, context)!.slice(DECIDED_AT)
  const verdict = putAll([{ key: keys[0]!, value: groupBytes(ballot, decided), expiresAt: forgetAt }], context)
  if (verdict !== 1) return verdict
  return [decided, ...keys.slice(1).map((key) => heldVersion(key, context) ?? NOTHING)]
}

/** ACCEPT: takes a decision, if its ballot is the one promised. */
export const acceptGroup: NativeScript = (keys, [ballot, decided, expiry], context) => {
  const forgetAt = expiry === undefined ? undefined : expiryOf(expiry)
  if (keys.length === 0 || ballot?.length !== VERSION_BYTES || decided === undefined || forgetAt === undefined) {
    return MALFORMED
  }
  const promised = heldVersion(keys[0]!, context)
  if (promised === undefined || compareVersions(promised, ballot) !== 0) return promised ?? NOTHING
  return putAll([{ key: keys[0]!, value: groupBytes(ballot, decided), expiresAt: forgetAt }], context)
}

/** APPLY: the writes of a decision at once, those that nothing newer overrules. */
export const applyGroup: NativeScript = (keys, [ballot, ...records], context) => {
  if (keys.length === 0 || ballot?.length !== VERSION_BYTES) return MALFORMED
  const writes: ByteWrite[] = []
  for (let i = 1; i < keys.length; i++) {
    const [envelope, expiry] = [records[2 * i - 2], records[2 * i - 1]]
    const own = envelope === undefined ? undefined : ownVersion(envelope)
    const expiresAt = expiry === undefined ? undefined : expiryOf(expiry)
    if (own === undefined || expiresAt === undefined) return MALFORMED
    const standing = heldVersion(keys[i]!, context)
    if (standing !== undefined && compareVersions(own, standing) <= 0) continue
    writes.push({ key: keys[i]!, value: envelope!, expiresAt })
  }
  const group = groupOf(keys[0]!, context)
  if (group !== undefined && isSame(group.subarray(BALLOT_AT, BALLOT_AT + VERSION_BYTES), ballot)) {
    const marked = Uint8Array.from(group)
    marked[DECIDED_AT] = APPLIED
    writes.push({ key: keys[0]!, value: marked, expiresAt: context.store.expiryOf(keys[0]!, context.now)! })
  }
  return writes.length === 0 ? 1 : putAll(writes, context)
}

/** What stands under a group's key, where it is a group. */
function groupOf(key: Bytes, context: CommandContext): Bytes | undefined {
  return heldVersion(key, context) === undefined ? undefined : context.store.peek(key, context.now)
}

function groupBytes(ballot: Bytes, decided: Bytes): Bytes {
  const bytes = new Uint8Array(DECIDED_AT + decided.length)
  bytes[0] = 1
  bytes.set(ballot, 2)
  bytes.set(decided, DECIDED_AT)
  return bytes
}

function isSame(a: Bytes, b: Bytes): boolean {
  return a.length === b.length && compareVersions(a, b) === 0
}
