/** The script that merges lists of prefixes (see `record/prefix-script.ts`), run natively. A test holds it against a real server. */
import { mergePrefixes, rulesIn } from '../../record/prefix-merge.js'
import { isAboutPrefixes, VERSION_BYTES } from '../../record/version.js'
import { ReplyError } from '../../resp/reply.js'
import { integerOf } from '../arguments.js'
import { heldVersion, MALFORMED, type NativeScript, putAll } from './guarded-write.js'

const NO_LIST = new ReplyError('ERR malformed list of prefixes')

/** MERGE: a namespace's register and its list, with what somebody knows. */
export const mergeLists: NativeScript = (keys, argv, context) => {
  const [register, list] = keys
  const [own, given] = argv
  const seeds = argv.slice(2, 4).map(integerOf)
  if (register === undefined || list === undefined || given === undefined) return MALFORMED
  if (own?.length !== VERSION_BYTES || !isAboutPrefixes(own) || seeds.length < 2 || seeds.includes(undefined))
    return MALFORMED
  const rules = rulesIn(given)
  if (rules === undefined) return NO_LIST
  const held = {
    register: heldVersion(register, context),
    // A copy: what is looked at next may take its place.
    list: context.store.peek(list, context.now)?.slice(),
    seeds: seeds as [number, number],
  }
  const merged = mergePrefixes(held, own, rules)
  if (merged === 1 || merged instanceof Uint8Array) return merged
  const never = { expiresAt: Number.POSITIVE_INFINITY }
  return putAll(
    [
      { key: register, value: merged.register, ...never },
      { key: list, value: merged.list, ...never },
    ],
    context,
  )
}
