/** What a script of ours is, and what they all begin with. Pure text. */

/** A script with the digest by which servers know it. A test recomputes the digest. */
export interface Script {
  readonly text: string
  readonly sha1: string
}

/**
 * `newer(a, b)`, `held(key)`, `put(key, envelope, expiry)`. Versions are bytes 2–15 of an envelope and are compared as
 * unsigned bytes: Lua's `<` on strings is `strcoll`, which depends on the server's locale. Bytes that are not an envelope
 * (another application's value) count as "no version", never as a high one.
 */
export const COMPARE = `local function newer(a, b)
  for i = 1, 14 do
    local x, y = string.byte(a, i), string.byte(b, i)
    if x ~= y then return x > y end
  end
  return false
end
local function held(key)
  local head = redis.call('GETRANGE', key, 0, 15)
  if #head == 16 and string.byte(head, 1) == 1 then return string.sub(head, 3, 16) end
  return nil
end
local function put(key, envelope, expiry)
  if expiry == '0' then redis.call('SET', key, envelope) else redis.call('SET', key, envelope, 'PXAT', expiry) end
end
`
