/** Numbers that look random and are the same again for the same seed. Knows no workload. */

/**
 * A generator of 32-bit unsigned integers: mulberry32, whose period is 2^32. Good enough to shuffle and to draw keys.
 *
 * @param seed - any integer; the same seed gives the same numbers
 */
export function seededRandom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
}

/** The same items in another order, each order equally likely (Fisher–Yates). The given list stays as it is. */
export function shuffled<T>(items: Iterable<T>, random: () => number): T[] {
  const list = [...items]
  for (let last = list.length - 1; last > 0; last--) {
    const other = random() % (last + 1)
    const swapped = list[last]!
    list[last] = list[other]!
    list[other] = swapped
  }
  return list
}
