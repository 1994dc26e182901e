/**
 * Keys that somebody would choose to slow a cache down: their hashes share the upper bits, so that in a table they all want
 * to lie at one place. Found by trying. Knows no cache.
 */
/** All keys are of one length, ordinary ones too. */
const PREFIX = 'session:'
const FIRST = 100_000_000
/** The upper bits that the hashes of colliding keys have in common: all within a thousandth of a table. */
const BITS = 10

/** Keys that an application has: one prefix, running numbers. */
export function ordinaryKeys(count: number, first = 0): string[] {
  return Array.from({ length: count }, (_, index) => flat(PREFIX + (FIRST + first + index)))
}

/** `count` keys that `hash` sends to one place of a table; about a thousand are tried for each. */
export function collidingKeys(hash: (key: string) => number, count: number): string[] {
  const place = hash('') >>> (32 - BITS)
  const keys: string[] = []
  for (let number = 2 * FIRST; keys.length < count; number++) {
    const key = PREFIX + number
    if (hash(key) >>> (32 - BITS) === place) keys.push(flat(key))
  }
  return keys
}

/** Homes in the table that all keys fill together, one in so many that is used, and keys at each. */
const HOME_BITS = 16
const APART = 128
const HEAP = 50

/**
 * `count` keys that `hash` sends to few places of a table, to each as many as a cache puts up with: the distance from home
 * stays below its bound, so it never takes another hash.
 */
export function heapedKeys(hash: (key: string) => number, count: number): string[] {
  const heaps = new Map<number, number>()
  const keys: string[] = []
  for (let number = 2 * FIRST; keys.length < count; number++) {
    const key = PREFIX + number
    const home = hash(key) >>> (32 - HOME_BITS)
    const height = heaps.get(home) ?? 0
    if (home % APART !== 0 || height === HEAP) continue
    heaps.set(home, height + 1)
    keys.push(flat(key))
  }
  return keys
}

/** Keys that differ only in the first four characters, in which all the ordinary ones were alike. */
export function keysThatDifferElsewhere(count: number): string[] {
  const rest = (PREFIX + FIRST).slice(4)
  return Array.from({ length: count }, (_, index) => flat(index.toString(36).padStart(4, '_') + rest))
}

/** The string as if read from a socket; one that was put together is a tree of its parts until it is first used. */
function flat(key: string): string {
  return Buffer.from(key, 'latin1').toString('latin1')
}
