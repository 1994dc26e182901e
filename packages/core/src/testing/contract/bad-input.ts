/** What every cache must refuse, value by value. */

/** No duration. `{}` is none either, but as the third argument of `set` it is options without a TTL. */
export const BAD_DURATIONS: readonly unknown[] = [
  ...[0, -0, -1, Number.NaN, Number.NEGATIVE_INFINITY, 31_536_001, 60_000_000],
  ...['', '5', '5 parsecs', '0s', '-3s', '1e3s', ' 5m ', 'Infinity', '5 m', '5M'],
  ...[null, true, [], [5]],
]

/** No key. */
export const BAD_KEYS: readonly unknown[] = ['', 0, 1, null, undefined, true, {}, ['a'], Symbol('a')]

/** No tags. */
export const BAD_TAGS: readonly unknown[] = ['t', [''], [1], [null], null, {}]
