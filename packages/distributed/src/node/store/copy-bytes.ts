/** Copies of short runs of bytes, which cost less in a loop than a view does. Pure. */

/** Up to here a loop is faster than making a view and calling `set`. */
const LOOPED = 40

/** Copies `length` bytes of `from`, from `start` on, to `at` in `to`. The two do not overlap. */
export function copyBytes(from: Uint8Array, start: number, length: number, to: Uint8Array, at: number): void {
  if (length > LOOPED) {
    to.set(from.subarray(start, start + length), at)
    return
  }
  for (let i = 0; i < length; i++) to[at + i] = from[start + i]!
}
