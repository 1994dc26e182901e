/**
 * Patterns of keys as Redis reads them: `*`, `?`, `[a-c]`, `[^…]`, `\` before a byte that stands for itself. Over bytes.
 * Goes back to the last `*` only, so that a pattern from a stranger costs pattern × key at most. Pure.
 */
const STAR = 0x2a
const QUESTION = 0x3f
const OPEN = 0x5b
const CLOSE = 0x5d
const BACKSLASH = 0x5c
const CARET = 0x5e
const DASH = 0x2d

/** Whether the whole of `key` matches. O(pattern × key). */
export function matchesGlob(pattern: Uint8Array, key: Uint8Array): boolean {
  let p = 0
  let k = 0
  let starAt = -1
  let retryFrom = 0
  while (k < key.length) {
    if (pattern[p] === STAR) {
      starAt = p++
      retryFrom = k
      continue
    }
    const after = p < pattern.length ? matchOne(pattern, p, key[k]!) : -1
    if (after >= 0) {
      p = after
      k++
    } else if (starAt >= 0) {
      p = starAt + 1
      k = ++retryFrom
    } else return false
  }
  while (pattern[p] === STAR) p++
  return p >= pattern.length
}

/** Where the pattern goes on after the element at `p` has matched `byte`; -1 when it has not. */
function matchOne(pattern: Uint8Array, p: number, byte: number): number {
  const element = pattern[p]!
  if (element === QUESTION) return p + 1
  if (element === OPEN) return matchClass(pattern, p + 1, byte)
  if (element === BACKSLASH && p + 1 < pattern.length) return pattern[p + 1] === byte ? p + 2 : -1
  return element === byte ? p + 1 : -1
}

/** A class from behind its `[`. One that is not closed ends with the pattern. */
function matchClass(pattern: Uint8Array, start: number, byte: number): number {
  const not = pattern[start] === CARET
  let p = not ? start + 1 : start
  let found = false
  while (p < pattern.length && pattern[p] !== CLOSE) {
    if (pattern[p] === BACKSLASH && p + 1 < pattern.length) {
      if (pattern[++p] === byte) found = true
    } else if (pattern[p + 1] === DASH && p + 2 < pattern.length) {
      const [low, high] = [pattern[p]!, pattern[p + 2]!]
      if (byte >= Math.min(low, high) && byte <= Math.max(low, high)) found = true
      p += 2
    } else if (pattern[p] === byte) found = true
    p++
  }
  return found !== not ? Math.min(p + 1, pattern.length) : -1
}
