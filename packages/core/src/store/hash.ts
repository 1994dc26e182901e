/**
 * Strings to 32 bits, seeded. Three hashes, from the fastest to the one for when strangers choose the keys; each is taken
 * when the one before lets too many keys collide. Knows no table.
 *
 * Intuition. An application's keys look alike: `user:1000017`, `user:1000018`. Characters that are the same in all of
 * them tell nothing, so once some keys are known, only positions are read at which they differ: 5 characters instead of 12
 * or 60. Should that tell too few keys apart, now or later, it is learned anew from the keys there are, then every
 * character is read, and at last a pseudo-random function is taken, for which nobody can choose keys that collide.
 *
 * Reference: B. Hentschel, U. Sirin, S. Idreos, "Entropy-Learned Hashing", SIGMOD 2022.
 */

const MULTIPLIER = 0x5bd1e995
/** Characters read of a key at most, and the first of a key that are considered. */
const MOST_POSITIONS = 12
const REACH = 256
/** Positions read before one at which keys differ. */
const MARGIN = 4

export class KeyHash {
  private readonly seed = randomBits()
  /** The latest answer, which need not be worked out again. */
  last = 0

  /** Positions of the characters to be read; `undefined` = all of them. */
  private plan: Int32Array | undefined
  /** Keys must be longer than this to be read by the plan; shorter ones are read whole. */
  private reach = 0
  private strong: ((key: string) => number) | undefined

  /** 32 bits of `key`. O(length), or O(1) once positions have been learned. */
  of(key: string): number {
    const { plan } = this
    const { length } = key
    if (plan === undefined || length <= this.reach) {
      this.last = this.strong?.(key) ?? fastHash(key, this.seed)
      return this.last
    }
    let h = this.seed ^ length
    for (let i = 0; i < plan.length; i++) h = Math.imul(h ^ key.charCodeAt(plan[i]!), MULTIPLIER)
    h = Math.imul(h ^ (h >>> 15), 0x85ebca6b)
    this.last = h ^ (h >>> 13)
    return this.last
  }

  /** Whether not every character counts, so that alike keys may collide. */
  get isSampled(): boolean {
    return this.plan !== undefined
  }

  get isStrong(): boolean {
    return this.strong !== undefined
  }

  /** Reads only positions at which these keys differ from each other, if those tell them apart. All keys must be hashed anew. */
  learn(keys: readonly string[]): void {
    this.plan = positionsOf(keys)
    this.reach = Math.max(0, ...this.plan)
    if (new Set(keys.map((key) => this.of(key))).size < keys.length) this.plan = undefined
  }

  /** Takes the next hash: every character, or, when that is what collides, the strong one. All keys must be hashed anew. */
  harden(): void {
    if (this.plan === undefined) this.strong ??= strongHash()
    this.plan = undefined
  }
}

/**
 * The positions at which these keys differ, those with the most different characters first in line; and the few before
 * each, which a number's next digits will occupy.
 */
function positionsOf(keys: readonly string[]): Int32Array {
  const longest = Math.min(REACH, Math.max(0, ...keys.map((key) => key.length)))
  const differing: { position: number; characters: number }[] = []
  for (let position = 0; position < longest; position++) {
    const characters = new Set(keys.map((key) => (position < key.length ? key.charCodeAt(position) : -1))).size
    if (characters > 1) differing.push({ position, characters })
  }
  differing.sort((a, b) => b.characters - a.characters)
  const chosen = new Set(differing.slice(0, MOST_POSITIONS).map(({ position }) => position))
  for (let before = 1; before <= MARGIN; before++) {
    for (const { position } of differing) {
      if (chosen.size < MOST_POSITIONS && position >= before) chosen.add(position - before)
    }
  }
  return Int32Array.from(chosen).sort()
}

/**
 * Multiply and mix per UTF-16 unit, about 1.5 ns each. Its collisions cannot be computed without the seed, but somebody
 * with time and a way to measure might still find families of them.
 */
export function fastHash(key: string, seed: number): number {
  let h = seed ^ key.length
  for (let i = 0; i < key.length; i++) h = Math.imul(h ^ key.charCodeAt(i), MULTIPLIER)
  h = Math.imul(h ^ (h >>> 15), 0x85ebca6b)
  return h ^ (h >>> 13)
}

/**
 * HalfSipHash-1-3 with a random 64-bit key: a pseudo-random function, so nobody who lacks the key can choose keys that
 * collide more often than chance. Two UTF-16 units a round.
 *
 * @see J.-P. Aumasson, D. J. Bernstein, "SipHash: a fast short-input PRF", INDOCRYPT 2012; HalfSipHash is its 32-bit
 * sibling in the authors' reference code
 */
export function strongHash(): (key: string) => number {
  return keyedHash(randomBits(), randomBits())
}

/** HalfSipHash-1-3 under a given key; for {@link strongHash} and its test. */
export function keyedHash(k0: number, k1: number): (key: string) => number {
  return (key) => {
    let v0 = k0
    let v1 = k1
    let v2 = 0x6c796765 ^ k0
    let v3 = 0x74656462 ^ k1
    const { length } = key
    // One round a word, three more at the end: the rounds are one loop, since a function over four variables costs more.
    const words = (length >> 1) + 1
    for (let word = 0; word < words + 3; word++) {
      let mixed = 0
      if (word < words) {
        const at = 2 * word
        mixed = at < length ? key.charCodeAt(at) : 0
        // The last word carries the length, so that no string is another's padding.
        mixed |= word === words - 1 ? length << 24 : key.charCodeAt(at + 1) << 16
      } else if (word === words) v2 ^= 0xff
      v3 ^= mixed
      v0 = (v0 + v1) | 0
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0
      v0 = (v0 << 16) | (v0 >>> 16)
      v2 = (v2 + v3) | 0
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2
      v0 = (v0 + v3) | 0
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0
      v2 = (v2 + v1) | 0
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2
      v2 = (v2 << 16) | (v2 >>> 16)
      v0 ^= mixed
    }
    return v1 ^ v3
  }
}

// `Math.random` is no secret for ever, but its state cannot be read off a cache; where the runtime has better, that is used.
function randomBits(): number {
  const { crypto } = globalThis as { crypto?: { getRandomValues?(words: Int32Array): Int32Array } }
  if (crypto?.getRandomValues !== undefined) return crypto.getRandomValues(new Int32Array(1))[0]!
  return (Math.random() * 0x1_0000_0000) | 0
}
