/**
 * What a replica does for transactions on keys that share a placement: it promises not to take a decision older than a
 * ballot, takes a decision, and applies one. One key a group holds that:
 *
 *   0      0x01
 *   1      0x00
 *   2–15   the newest ballot promised
 *   16     only once something was decided: 1 = not applied here yet, 2 = applied
 *   17–30  the ballot of that decision
 *   31…    the decision (`group-decision.ts`), which no script looks into
 *
 * Ballots are versions. Plain Lua, as the guarded write is; a `CacheNode` runs a native equivalent.
 */
import { COMPARE, type Script } from './scripts.js'

/** Where the decision's state stands in a group's bytes; then its ballot, then itself. */
export const DECIDED_AT = 16

/**
 * Promises a ballot and shows what stands.
 *
 * `KEYS[1]` the group, `KEYS[2…]` keys to be looked at. `ARGV[1]` the ballot; `ARGV[2]` when the node may forget the group,
 * epoch ms.
 *
 * Returns the bytes of the group from 16 on and, for each other key, the version held there (empty for none); or the 14
 * bytes of a newer ballot that was promised.
 */
export const PREPARE: Script = {
  text: `${COMPARE}local group = redis.call('GET', KEYS[1]) or ''
local promised = held(KEYS[1])
if promised and newer(promised, ARGV[1]) then return promised end
local seen = { promised and string.sub(group, 17) or '' }
put(KEYS[1], string.char(1, 0) .. ARGV[1] .. seen[1], ARGV[2])
for i = 2, #KEYS do seen[i] = held(KEYS[i]) or '' end
return seen
`,
  sha1: 'e7130370768799be5939e93bf627f0b473848bb6',
}

/**
 * Takes a decision, if its ballot is the one promised.
 *
 * `KEYS[1]` the group. `ARGV[1]` the ballot; `ARGV[2]` the group's bytes from 16 on; `ARGV[3]` as `ARGV[2]` above.
 *
 * Returns 1, or the ballot that was promised instead (empty for none).
 */
export const ACCEPT: Script = {
  text: `${COMPARE}local promised = held(KEYS[1])
if promised ~= ARGV[1] then return promised or '' end
put(KEYS[1], string.char(1, 0) .. ARGV[1] .. ARGV[2], ARGV[3])
return 1
`,
  sha1: 'd5d17bf3d75dece74c2205d10a4beba84cb89a3d',
}

/**
 * Applies the writes of a decision at once, those that nothing newer overrules, and notes that it did.
 *
 * `KEYS[1]` the group, `KEYS[2…]` the keys written. `ARGV[1]` the decision's ballot; then envelope and expiry for each
 * key. Returns 1.
 */
export const APPLY: Script = {
  text: `${COMPARE}for i = 2, #KEYS do
  local envelope, version = ARGV[2 * i - 2], held(KEYS[i])
  if not version or newer(string.sub(envelope, 3, 16), version) then put(KEYS[i], envelope, ARGV[2 * i - 1]) end
end
if held(KEYS[1]) and redis.call('GETRANGE', KEYS[1], 17, 30) == ARGV[1] then
  redis.call('SETRANGE', KEYS[1], 16, string.char(2))
end
return 1
`,
  sha1: 'fa9ecbb4dbf8f07be64b7902686be220f29ee452',
}
