/**
 * The list of prefixes that were removed from a namespace, merged on a node: lists of such rules are a semilattice (the newest
 * version of each prefix, without what a shorter prefix makes needless), so that whoever removes something else at the same
 * time is in nobody's way, and nobody tries twice. Plain Lua; a `CacheNode` runs a native equivalent (`prefix-merge.ts`).
 *
 * The register of the namespace and its list are written together, under one version, which says what the list holds:
 * two nodes that show the same version hold the same rules. A list that comes with a newer version and knows all that
 * the node knows is taken as it is. Else neither version tells what both together hold, and a new one is made of the two: the next
 * after the newer one, told from others by a checksum of both. It is so little newer that nobody's write lies between.
 */
import { COMPARE, type Script } from './scripts.js'

/** Bounds on what a node holds: twice what clients write, for those who write at the same time. */
export const MOST_HELD = 2048
export const MOST_HELD_BYTES = 131_072

/** What each half of a byte leaves of a CRC-32. */
const RESTS = Array.from({ length: 16 }, (_, half) => {
  let rest = half
  for (let bit = 0; bit < 4; bit++) rest = (rest >>> 1) ^ (rest & 1 ? 0xedb88320 : 0)
  return rest >>> 0
})

/**
 * Merges a list into the node's.
 *
 * `KEYS[1]` the register, `KEYS[2]` its list. `ARGV[1]` a version, which is about prefixes; `ARGV[2]` the rules that are known
 * under it (`prefix-list.ts`); `ARGV[3]`, `ARGV[4]` what the checksums of register and list begin from (`envelope.ts`).
 *
 * Returns 1 when the node knows all of it; or a version that stands in the way: of a clear, which removes as much or more; or
 * one that is about prefixes, where the node has lost a list that was newer, or would have too much to hold.
 */
export const MERGE: Script = {
  text: `${COMPARE}local function about(version) return string.byte(version, 13) + string.byte(version, 14) > 0 end
local xor, cut, shift = bit.bxor, bit.band, bit.rshift
local rests, ofBytes = { ${RESTS.join(', ')} }, nil
local function step(rest)
  rest = xor(shift(rest, 4), rests[cut(rest, 15) + 1])
  return xor(shift(rest, 4), rests[cut(rest, 15) + 1])
end
local function crc32(bytes, seed)
  local rest, last = bit.bnot(seed), #bytes - #bytes % 4
  if last > 1024 and not ofBytes then
    ofBytes = {}
    for i = 0, 255 do ofBytes[i] = step(i) end
  end
  if not ofBytes then last = 0 end
  for i = 1, last, 4 do
    local a, b, c, d = string.byte(bytes, i, i + 3)
    rest = xor(shift(rest, 8), ofBytes[cut(xor(rest, a), 255)])
    rest = xor(shift(rest, 8), ofBytes[cut(xor(rest, b), 255)])
    rest = xor(shift(rest, 8), ofBytes[cut(xor(rest, c), 255)])
    rest = xor(shift(rest, 8), ofBytes[cut(xor(rest, d), 255)])
  end
  for i = last + 1, #bytes do rest = step(xor(rest, string.byte(bytes, i))) end
  return bit.bnot(rest) % 4294967296
end
local function word(number)
  local bytes = {}
  for i = 4, 1, -1 do
    bytes[i] = number % 256
    number = (number - bytes[i]) / 256
  end
  return string.char(unpack(bytes))
end
local function sealed(version, body, seed)
  local bytes = string.char(1, 1) .. version .. string.rep(string.char(0), 8) .. body
  return bytes .. word(crc32(bytes, tonumber(seed)))
end
local function rules(bytes)
  local found, at = {}, 1
  while at <= #bytes do
    local high, low = string.byte(bytes, at + 14, at + 15)
    local last = low and at + 15 + high * 256 + low
    if not last or last > #bytes then return nil end
    found[string.sub(bytes, at + 16, last)] = string.sub(bytes, at, at + 13)
    at = last + 1
  end
  return found
end
local function standing(version)
  local list = redis.call('GET', KEYS[2])
  if not list or #list < 28 or held(KEYS[2]) ~= (version or held(KEYS[2])) then return nil end
  if word(crc32(string.sub(list, 1, -5), tonumber(ARGV[4]))) ~= string.sub(list, -4) then return nil end
  return rules(string.sub(list, 25, -5))
end
local function before(a, b)
  for i = 1, math.min(#a, #b) do
    local x, y = string.byte(a, i), string.byte(b, i)
    if x ~= y then return x < y end
  end
  return #a < #b
end
local function joined(a, b)
  local bytes = { string.byte(b, 1, 8) }
  for i = 8, 1, -1 do
    bytes[i] = (bytes[i] + 1) % 256
    if bytes[i] > 0 then break end
  end
  return string.char(unpack(bytes)) .. word(crc32(a .. b, 0)) .. string.char(0, 1)
end
local own, given, register = ARGV[1], rules(ARGV[2]), held(KEYS[1])
if not given then return redis.error_reply('ERR malformed list of prefixes') end
local known
if register and not about(register) then known = { [''] = register } else known = standing(register) end
if not known then
  if register and newer(register, own) then return register end
  known = {}
end
local all, lengths = {}, {}
for prefix, version in pairs(known) do all[prefix] = version end
for prefix, version in pairs(given) do
  if not all[prefix] or newer(version, all[prefix]) then all[prefix] = version end
end
for prefix in pairs(all) do lengths[#prefix] = true end
local kept, size, ofKnown, ofGiven = {}, 0, 0, 0
for prefix, version in pairs(all) do
  local needless = false
  for length in pairs(lengths) do
    local above = length < #prefix and all[string.sub(prefix, 1, length)]
    if above and not newer(version, above) then needless = true break end
  end
  if not needless then
    local low = #prefix % 256
    kept[#kept + 1] = version .. string.char((#prefix - low) / 256, low) .. prefix
    size = size + #prefix + 16
    if known[prefix] == version then ofKnown = ofKnown + 1 end
    if given[prefix] == version then ofGiven = ofGiven + 1 end
  end
end
if register and ofKnown == #kept and not newer(own, register) then return about(register) and 1 or register end
if #kept > ${MOST_HELD} or size > ${MOST_HELD_BYTES} then return own end
local version = own
if ofGiven < #kept or (register and newer(register, own)) then
  local other = register or string.rep(string.char(0), 14)
  if newer(other, own) then version = joined(own, other) else version = joined(other, own) end
end
table.sort(kept, before)
put(KEYS[1], sealed(version, '', ARGV[3]), '0')
put(KEYS[2], sealed(version, table.concat(kept), ARGV[4]), '0')
return 1
`,
  sha1: 'ab8dd1a6f4c6ada3195e8cf207e93a635729a47b',
}
