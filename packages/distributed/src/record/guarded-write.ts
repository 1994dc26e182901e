/**
 * The guarded write: a replica takes a record only if nothing newer stands in its way. Small Lua scripts; `CacheNode`
 * knows them by digest and runs native equivalents.
 */

import { COMPARE, type Script } from './scripts.js'

/**
 * Stores one record unless something newer stands.
 *
 * `KEYS[1]` the record's key; `KEYS[2…]` registers (cleared-at, tags) that must not be newer either.
 * `ARGV[1]` the envelope; `ARGV[2]` when the node may forget it, epoch ms, `'0'` = never;
 * `ARGV[2 + i]` for `KEYS[i]`: the newest version that may stand there, or `''` for the envelope's own. An expectation
 * (a fenced fill, for instance) gives the version that it has seen, 14 zero bytes for "none". `'*'` for a register: the
 * envelope's own again, but one that is about prefixes (its edition is not 0) stands in no copy's way, for it kills some of
 * what is older and not all: who reads the copy asks its list.
 *
 * Returns 1 when stored (or already held: the write is idempotent), else the 14 bytes of the version in the way: its own
 * where other bytes stand under it, which two loads can come to (`coordinator/fill-version.ts`).
 */
export const STORE: Script = {
  text: `${COMPARE}local own = string.sub(ARGV[1], 3, 16)
for i = 1, #KEYS do
  local version = held(KEYS[i])
  if version then
    if i == 1 and version == own then return redis.call('GET', KEYS[1]) == ARGV[1] and 1 or version end
    local limit = ARGV[2 + i]
    local passes = limit == '*' and string.byte(version, 13) + string.byte(version, 14) > 0
    if limit == nil or limit == '' or limit == '*' then limit = own end
    if newer(version, limit) and not passes then return version end
  end
end
put(KEYS[1], ARGV[1], ARGV[2])
return 1
`,
  sha1: '2a999c26052a458cb95bf58258d0c851fa903eaf',
}

/**
 * Stores several records, each on its own unless something newer stands: as {@link STORE} for one after the other, in one run.
 *
 * `KEYS` registers that all of them share, then the records' keys. `ARGV[1]` how many registers; then envelope and expiry for each
 * record.
 *
 * Returns 1 when all are stored (or already held), else for each of them 1 or the version in its way. An error says nothing of any:
 * some may be stored.
 */
export const STORE_EACH: Script = {
  text: `${COMPARE}local registers = tonumber(ARGV[1])
local newest
for i = 1, registers do
  local version = held(KEYS[i])
  if version and (not newest or newer(version, newest)) then newest = version end
end
local outcomes, are_stored = {}, true
for i = registers + 1, #KEYS do
  local at = 2 * (i - registers)
  local envelope = ARGV[at]
  local own = string.sub(envelope, 3, 16)
  local version = held(KEYS[i])
  local outcome = 1
  if version == own then
    if redis.call('GET', KEYS[i]) ~= envelope then outcome = version end
  elseif version and newer(version, own) then outcome = version
  elseif newest and newer(newest, own) then outcome = newest
  else put(KEYS[i], envelope, ARGV[at + 1]) end
  if outcome ~= 1 then are_stored = false end
  outcomes[i - registers] = outcome
end
return are_stored and 1 or outcomes
`,
  sha1: '404e43e265efd7c0bd3c51d0b4a8926efe518438',
}
