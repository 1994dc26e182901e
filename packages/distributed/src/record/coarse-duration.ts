/**
 * Lengths of time in one byte, in steps of an eighth: what need not be exact. Codes 0–15 are the numbers themselves; from
 * there on the upper five bits say how often the lower three, with a one before them, are doubled.
 */

const LAST_CODE = 255

/** The number that a code stands for. Greater codes stand for greater numbers. */
export function coarse(code: number): number {
  return code < 8 ? code : (8 + (code & 7)) * 2 ** ((code >>> 3) - 1)
}

/** The code of the smallest number that is at least `value`; the last one for whatever is beyond it. */
export function coarseCode(value: number): number {
  if (!(value > 0)) return 0
  let low = 0
  let high = LAST_CODE
  while (low < high) {
    const middle = (low + high) >>> 1
    if (coarse(middle) >= value) high = middle
    else low = middle + 1
  }
  return low
}
