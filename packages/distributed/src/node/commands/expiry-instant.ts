/** Amounts of time in commands → instants. Pure. */

const MAX_INT64 = 2 ** 63 - 1

/**
 * Epoch ms of an amount counted from `base`; `undefined` beyond 64 bits of milliseconds.
 *
 * @param seconds - whether the amount is in seconds, else milliseconds
 */
export function instantOf(amount: number, seconds: boolean, base: number): number | undefined {
  const at = (seconds ? amount * 1000 : amount) + base
  return at >= MAX_INT64 || at <= -MAX_INT64 ? undefined : at
}
