/**
 * Keys of three shapes, each from a number. Knows no cache.
 *
 * `prepared` keys are held by the benchmark and passed again and again: their hash is kept with the string after the
 * first use, and a comparison may end at the pointer. `fresh` keys are built for one call, as a server builds them from
 * a request, so they are hashed each time.
 */

export type KeyShape = '12' | '60' | 'unicode'

/** Ids have seven digits, so that keys of a shape are of one length: numbers from here on. */
const FIRST_ID = 1_000_000

/** What stands around the id. Keys of a shape share most of their characters, as keys of one application do. */
const AROUND: Record<KeyShape, readonly [before: string, after: string]> = {
  '12': ['user:', ''],
  '60': ['https://api.example.com/v2/customers/', '/orders?page=001'],
  unicode: ['顧客番号：', ''],
}

/** Builds key number `index` of a shape, at 0 ≤ index < 9,000,000: a new string each time. */
export function keyBuilder(shape: KeyShape): (index: number) => string {
  const [before, after] = AROUND[shape]
  return after === '' ? (index) => `${before}${FIRST_ID + index}` : (index) => `${before}${FIRST_ID + index}${after}`
}

/** `count` keys from number `first` on, flat in memory as strings are that were read from a socket. */
export function preparedKeys(shape: KeyShape, count: number, first = 0): string[] {
  const build = keyBuilder(shape)
  const encoding = shape === 'unicode' ? 'utf16le' : 'latin1'
  // A concatenated string is a tree of its parts until it is first read; a decoded one is flat from the start.
  return Array.from({ length: count }, (_, index) => Buffer.from(build(first + index), encoding).toString(encoding))
}
