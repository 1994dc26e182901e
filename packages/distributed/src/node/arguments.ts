/** Arguments of commands, from bytes. Pure. */

export const MAX_INT64 = 9223372036854775807n
export const MIN_INT64 = -9223372036854775808n
const MAX_SPREAD = 128
const encoder = new TextEncoder()

/**
 * An integer as servers read it: decimal, no sign but `-`, no leading zero, 64 bits; `undefined` otherwise. Beyond 2^53
 * it is the nearest that a number can be.
 */
export function integerOf(bytes: Uint8Array): number | undefined {
  const digits = digitsOf(bytes)
  if (digits === undefined) return undefined
  if (digits.length < 16) return Number(digits)
  const value = BigInt(digits)
  return value > MAX_INT64 || value < MIN_INT64 ? undefined : Number(value)
}

/** As {@link integerOf}, but exact. */
export function exactIntegerOf(bytes: Uint8Array): bigint | undefined {
  const digits = digitsOf(bytes)
  if (digits === undefined) return undefined
  const value = BigInt(digits)
  return value > MAX_INT64 || value < MIN_INT64 ? undefined : value
}

function digitsOf(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0 || bytes.length > 20) return undefined
  const digits = textOf(bytes)
  return /^(?:0|-?[1-9]\d*)$/.test(digits) ? digits : undefined
}

/** Bytes as characters, one each: no two keys become the same. */
export function textOf(bytes: Uint8Array): string {
  // For short ones, making a Buffer costs more than the characters do.
  if (bytes.length <= MAX_SPREAD) return String.fromCharCode.apply(null, bytes as unknown as number[])
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
}

/** A word that is compared without its case: an option, a subcommand. */
export function wordOf(bytes: Uint8Array): string {
  return textOf(bytes).toUpperCase()
}

/** Bytes as they are told back in an error: up to the first zero byte and to `most` bytes. */
export function shownOf(bytes: Uint8Array, most: number): string {
  const zero = bytes.indexOf(0)
  return Buffer.from(bytes.subarray(0, Math.min(most, zero < 0 ? bytes.length : zero))).toString('utf8')
}

/** A text as a bulk string, in UTF-8. */
export function bulk(text: string): Uint8Array {
  return encoder.encode(text)
}
