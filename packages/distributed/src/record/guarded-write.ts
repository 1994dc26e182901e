/**
 * The guarded write: a replica takes a record only if nothing newer stands in its way. A small Lua script; `CacheNode`
 * knows it by digest and runs a native equivalent.
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
