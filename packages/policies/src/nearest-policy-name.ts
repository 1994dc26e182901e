/** Which policy a misspelt name may have meant. Knows no policy. */

/** A part of a name that is shorter says too little. */
const SHORTEST_PART = 4

/**
 * The name that is nearest to `given`: one that is within it or that it is a part of, as in the constants `'LRU'` and
 * `'TTL_LRU'`, else the one that a single slip makes of it (a letter missing, added or changed, or two swapped). Only
 * letters and digits count. `undefined` when none is near.
 */
export function nearestPolicyName(given: string, names: readonly string[]): string | undefined {
  const wanted = letters(given)
  // Longest first, for the names of some policies are parts of others'.
  const longestFirst = names.toSorted((one, other) => other.length - one.length)
  return (
    names.find((name) => wanted.length >= SHORTEST_PART && letters(name).includes(wanted)) ??
    longestFirst.find((name) => wanted.includes(letters(name))) ??
    // Swapped letters first: 'lur' is 'lru' by one slip, while changing a letter makes other names as near.
    names.find((name) => isSwapped(wanted, letters(name))) ??
    names.find((name) => differsByOneLetter(wanted, letters(name)))
  )
}

function letters(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '')
}

function isSwapped(one: string, other: string): boolean {
  const at = firstDifference(one, other)
  return one === other.slice(0, at) + other.slice(at + 1, at + 2) + other.slice(at, at + 1) + other.slice(at + 2)
}

function differsByOneLetter(one: string, other: string): boolean {
  const at = firstDifference(one, other)
  const [restOfOne, restOfOther] = [one.slice(at), other.slice(at)]
  return (
    restOfOne.slice(1) === restOfOther.slice(1) ||
    restOfOne.slice(1) === restOfOther ||
    restOfOne === restOfOther.slice(1)
  )
}

function firstDifference(one: string, other: string): number {
  let at = 0
  while (at < other.length && one[at] === other[at]) at++
  return at
}
