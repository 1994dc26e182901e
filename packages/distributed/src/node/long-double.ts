/**
 * The arithmetic of INCRBYFLOAT: numbers with 64 bits of precision, as Redis computes them in x86's `long double`.
 * Exact, on big integers; a number is `mantissa × 2^exponent`. Pure.
 */

export interface LongDouble {
  readonly mantissa: bigint
  readonly exponent: number
}

const PRECISION = 64
const MAX_EXPONENT = 16384
const MIN_EXPONENT = -16445
/** The longest text that is read. */
const MAX_LENGTH = 5 * 1024 - 1
const MAX_POWER = 6000
const DECIMALS = 17

/** A finite number, `'infinite'`, or `undefined` for what is no number or out of range. */
export function parseLongDouble(text: string): LongDouble | 'infinite' | undefined {
  if (text.length > MAX_LENGTH) return undefined
  if (/^[+-]?inf(?:inity)?$/i.test(text)) return 'infinite'
  const hex = /^([+-]?)0x([0-9a-f]*)(?:\.([0-9a-f]*))?(?:p([+-]?\d+))?$/i.exec(text)
  const decimal = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d+))?$/i.exec(text)
  const [, sign, whole = '', part = '', power = '0'] = hex ?? decimal ?? []
  const digits = whole + part
  if (digits === '') return undefined
  const size = BigInt(hex ? `0x${digits}` : digits)
  if (size === 0n) return { mantissa: 0n, exponent: 0 }
  const scale = Number(power) - part.length * (hex ? 4 : 1)
  const found = hex ? ofRatio(size, 1n, scale) : ofDecimal(size, scale, digits.length)
  return found === undefined || sign !== '-' ? found : { ...found, mantissa: -found.mantissa }
}

/** The sum; `'infinite'` beyond the range. */
export function addLongDoubles(a: LongDouble, b: LongDouble): LongDouble | 'infinite' {
  const exponent = Math.min(a.exponent, b.exponent)
  const sum = (a.mantissa << BigInt(a.exponent - exponent)) + (b.mantissa << BigInt(b.exponent - exponent))
  if (sum === 0n) return { mantissa: 0n, exponent: 0 }
  const rounded = ofRatio(sum < 0n ? -sum : sum, 1n, exponent)
  if (rounded === undefined) return 'infinite'
  return sum < 0n ? { ...rounded, mantissa: -rounded.mantissa } : rounded
}

/** With up to 17 decimals, rounded half to even, and no zeros at the end. */
export function formatLongDouble({ mantissa, exponent }: LongDouble): string {
  const negative = mantissa < 0n
  const scaled = (negative ? -mantissa : mantissa) * 10n ** BigInt(DECIMALS)
  const units = exponent >= 0 ? scaled << BigInt(exponent) : divided(scaled, 1n << BigInt(-exponent))
  const digits = String(units).padStart(DECIMALS + 1, '0')
  const text = `${digits.slice(0, -DECIMALS)}.${digits.slice(-DECIMALS)}`.replace(/\.?0+$/, '')
  return negative && text !== '0' ? `-${text}` : text
}

function ofDecimal(size: bigint, power: number, digits: number): LongDouble | undefined {
  if (power + digits > MAX_POWER || power + digits < -MAX_POWER) return undefined
  return power >= 0 ? ofRatio(size * 10n ** BigInt(power), 1n, 0) : ofRatio(size, 10n ** BigInt(-power), 0)
}

/** `top ÷ bottom × 2^scale`, rounded half to even; `undefined` out of range. */
function ofRatio(top: bigint, bottom: bigint, scale: number): LongDouble | undefined {
  if (Math.abs(scale) > 4 * MAX_EXPONENT) return undefined
  let shift = PRECISION - (bitLength(top) - bitLength(bottom))
  let exponent = scale - shift
  if (exponent < MIN_EXPONENT) {
    shift -= MIN_EXPONENT - exponent
    exponent = MIN_EXPONENT
  }
  let mantissa = quotient(top, bottom, shift)
  // The lengths tell the quotient's to one bit: it may be a bit longer than its place.
  if (bitLength(mantissa) > PRECISION) {
    mantissa = quotient(top, bottom, --shift)
    exponent++
  }
  if (mantissa === 0n || bitLength(mantissa) + exponent > MAX_EXPONENT) return undefined
  return { mantissa, exponent }
}

function quotient(top: bigint, bottom: bigint, shift: number): bigint {
  return shift >= 0 ? divided(top << BigInt(shift), bottom) : divided(top, bottom << BigInt(-shift))
}

function divided(top: bigint, bottom: bigint): bigint {
  const [whole, twice] = [top / bottom, (top % bottom) * 2n]
  return twice > bottom || (twice === bottom && whole % 2n === 1n) ? whole + 1n : whole
}

function bitLength(value: bigint): number {
  return value.toString(2).length
}
