import { CacheConfigError } from '@mtaio/exceptions'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseDuration } from './duration.js'

const parse = (value: unknown) => parseDuration(value as number, 'ttl')

describe('parseDuration', () => {
  it.each([
    [1, 1_000],
    [0.25, 250],
    [300, 300_000],
    [31_536_000, 31_536_000_000],
    [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
    ['250ms', 250],
    ['0.5ms', 0.5],
    ['30s', 30_000],
    ['1.5s', 1_500],
    ['5m', 300_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
    ['2w', 1_209_600_000],
    ['2y', 63_072_000_000],
    ['31536001s', 31_536_001_000],
    ['007s', 7_000],
  ])('reads %o as %d ms', (value, milliseconds) => {
    expect(parse(value)).toBe(milliseconds)
  })

  const refused: readonly unknown[] = [
    0,
    -0,
    -1,
    Number.NaN,
    Number.NEGATIVE_INFINITY,
    31_536_001,
    Number.MAX_VALUE,
    '',
    '5',
    '5 parsecs',
    '0s',
    '0.0ms',
    '-3s',
    '+3s',
    '1e3s',
    ' 5m ',
    '5m\n',
    '5 m',
    '5M',
    '5min',
    '.5s',
    '5.s',
    '1m30s',
    '٣s',
    'Infinity',
    'never',
    'NaN',
    '300000y',
    `${'9'.repeat(400)}s`,
    {},
    [],
    [5],
    null,
    undefined,
    true,
    5n,
    Symbol('5s'),
    new Date(5),
    () => 5,
    { valueOf: () => 5 },
  ]
  it.each(refused.map((value) => ({ value })))('refuses $value', ({ value }) => {
    expect(() => parse(value)).toThrow(CacheConfigError)
  })

  it('quotes the name and the value', () => {
    expect(() => parseDuration('5 parsecs', 'defaultTtl')).toThrow(/defaultTtl.*'5 parsecs'/)
    expect(() => parseDuration(-1, 'ttl')).toThrow(/ttl.*-1/)
  })

  it('suspects milliseconds in a number above one year, and says how to mean either', () => {
    expect(() => parse(60_000_000)).toThrow(/'60000000ms'.*'2y'.*Infinity/)
  })

  it('tells the string Infinity from the number', () => {
    expect(() => parse('Infinity')).toThrow(/without quotes/)
  })

  it('law: a whole number of seconds and the same with its unit are equal', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 31_536_000 }), (seconds) => {
        expect(parse(seconds)).toBe(parse(`${seconds}s`))
        expect(parse(seconds)).toBe(parse(`${seconds * 1_000}ms`))
      }),
    )
  })

  it('law: whatever is given, the answer is above 0 or a CacheConfigError', () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.string(), fc.double()), (value) => {
        try {
          expect(parse(value)).toBeGreaterThan(0)
        } catch (error) {
          expect(error).toBeInstanceOf(CacheConfigError)
        }
      }),
    )
  })
})
