/**
 * What replicas are compared by: two small Lua scripts over many keys at once, and one by which it is said who does that. `CacheNode`
 * knows them by digest and runs a native equivalent. Bytes that are not an envelope count as nothing: they are never compared, copied or removed.
 */
import type { Script } from './scripts.js'

const HEAD = `local function version(key)
  local head = redis.pcall('GETRANGE', key, 0, 15)
  if type(head) == 'string' and #head == 16 and string.byte(head, 1) == 1 then return string.sub(head, 3, 16) end
  return ''
end
`

/**
 * Which versions stand under some keys, and how many bytes each takes.
 *
 * `KEYS` the keys. Returns `{ version, length, version, length, … }`: 14 bytes and the value's length, or `''` and 0 where there is
 * no envelope.
 */
export const HEADS: Script = {
  text: `${HEAD}local heads = {}
for i = 1, #KEYS do
  local held = version(KEYS[i])
  heads[2 * i - 1] = held
  heads[2 * i] = held == '' and 0 or redis.call('STRLEN', KEYS[i])
end
return heads
`,
  sha1: '60aa85ac2de1efc7e98a0a8a8281f5e8fdb9fee1',
}

/**
 * Removes what lies where it does not belong, unless it has changed meanwhile.
 *
 * `KEYS` the keys; `ARGV` the version of each that may go. Where `if` follows, the first key stays, and the others go only where it
 * has its version: `''` for none. Returns how many went.
 */
export const DROP: Script = {
  text: `${HEAD}local gone = 0
local first = 1
if ARGV[#KEYS + 1] == 'if' then
  if version(KEYS[1]) ~= ARGV[1] then return 0 end
  first = 2
end
for i = first, #KEYS do
  if ARGV[i] and #ARGV[i] == 14 and version(KEYS[i]) == ARGV[i] then gone = gone + redis.call('UNLINK', KEYS[i]) end
end
return gone
`,
  sha1: 'b0345bf464993ec61ffc2967a6e3c6fff221805f',
}

/**
 * Says something else in place of what one has said oneself, unless that is gone or somebody else's.
 *
 * `KEYS[1]` where it stands; `KEYS[2]`, if given, where the new text is to stand for good, too. `ARGV[1]` the text that is there,
 * `ARGV[2]` the new one, `ARGV[3]` for how long, ms. Returns 1, or 0 where another text stands, or none.
 */
export const HOLD: Script = {
  text: `if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
if KEYS[2] then redis.call('SET', KEYS[2], ARGV[2]) end
return 1
`,
  sha1: 'b385f66e5d189a6e659189a4ef7c9d61cac3918d',
}
