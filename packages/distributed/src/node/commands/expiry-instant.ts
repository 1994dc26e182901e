/** Amounts of time in commands → instants. Pure. */
import { exactIntegerOf, integerOf, MAX_INT64, MIN_INT64 } from '../arguments.js'

/** Digits that a number holds exactly, times a thousand. */
const EXACT_DIGITS = 12

/**
 * Epoch ms of an amount counted from `base`; `undefined` beyond 64 bits of milliseconds, or when it is no integer.
 *
 * @param seconds - whether the amount is in seconds, else milliseconds
 */
export function instantOf(amount: Uint8Array, seconds: boolean, base: number): number | undefined {
  if (amount.length <= EXACT_DIGITS) {
    const number = integerOf(amount)
    return number === undefined ? undefined : number * (seconds ? 1000 : 1) + base
  }
  const exact = exactIntegerOf(amount)
  if (exact === undefined) return undefined
  const at = exact * (seconds ? 1000n : 1n)
  const instant = at + BigInt(base)
  const fits = (value: bigint) => value <= MAX_INT64 && value >= MIN_INT64
  return fits(at) && fits(instant) ? Number(instant) : undefined
}
