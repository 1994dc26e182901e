/** Strings to 32 bits, seeded. Knows no table. */

/**
 * A seeded 32-bit hash of the UTF-16 code units: xor and multiply per unit (as FNV-1a), then a murmur3-style finish so
 * that the low bits depend on every unit. Cost: about 1 ns a unit.
 */
export function hashOf(key: string, seed: number): number {
  let h = seed ^ key.length
  for (let i = 0; i < key.length; i++) h = Math.imul(h ^ key.charCodeAt(i), 0x5bd1e995)
  h = Math.imul(h ^ (h >>> 15), 0x85ebca6b)
  return h ^ (h >>> 13)
}

/** A seed that strangers cannot guess from outside: keys come from them. */
export function randomSeed(): number {
  return (Math.random() * 0x1_0000_0000) | 0
}
