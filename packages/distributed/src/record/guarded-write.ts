/**
 * The guarded write: a replica takes a record only if nothing newer stands in its way. Small Lua scripts; `CacheNode`
 * knows them by digest and runs a native equivalent.
 */

import { COMPARE, type Script } from './scripts.js'

/**
 * Stores one record unless something newer stands.
 *
 * `KEYS[1]` the record's key; `KEYS[2…]` registers (cleared-at, tags) that must not be newer either.
 * `ARGV[1]` the envelope; `ARGV[2]` when the node may forget it, epoch ms, `'0'` = never;
 * `ARGV[2 + i]` for `KEYS[i]`: the newest version that may stand there, or `''` for the envelope's own. An expectation
 * (a fenced fill, for instance) gives the version that it has seen, 14 zero bytes for "none".
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
    if limit == nil or limit == '' then limit = own end
    if newer(version, limit) then return version end
  end
end
put(KEYS[1], ARGV[1], ARGV[2])
return 1
`,
  sha1: '149d33245257632f658ab560a3ea17b743f59b71',
}

/**
 * Applies the writes of a transaction at once, unless something that it read has changed.
 *
 * `KEYS` the keys read (registers among them), then the keys written. `ARGV[1]` how many were read; then one expected
 * version for each (14 zero bytes for "none"); then envelope and expiry for each written key, as in {@link STORE}.
 *
 * Returns 1 when applied (or already held), else `{ index, version }` of the first key in the way, counted from 1.
 */
export const COMMIT: Script = {
  text: `${COMPARE}local reads = tonumber(ARGV[1])
local function own(i) return ARGV[2 + reads + 2 * (i - reads - 1)] end
if #KEYS > reads and held(KEYS[reads + 1]) == string.sub(own(reads + 1), 3, 16) then return 1 end
for i = 1, #KEYS do
  local version = held(KEYS[i])
  if version then
    local limit
    if i <= reads then limit = ARGV[1 + i] else limit = string.sub(own(i), 3, 16) end
    if newer(version, limit) then return { i, version } end
  end
end
for i = reads + 1, #KEYS do
  put(KEYS[i], own(i), ARGV[3 + reads + 2 * (i - reads - 1)])
end
return 1
`,
  sha1: '7118160ee1e3f6d03ac5431ab5967265cb03793f',
}
