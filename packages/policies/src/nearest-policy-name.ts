/** Which policy a misspelt name may have meant. Knows no policy. */

/**
 * The name that is nearest to `given`: one within it, as in the constants `'LRU'` and `'TTL_LRU'`, else the one that a
 * single slip makes of it (a letter missing, added or changed, or two swapped). `undefined` when none is near.
 */
export function nearestPolicyName(given: string, names: readonly string[]): string | undefined {
  const wanted = given.toLowerCase()
  return (
    names.find((name) => wanted.includes(name)) ??
    // Swapped letters first: 'lur' is 'lru' by one slip, while changing a letter makes other names as near.
    names.find((name) => isSwapped(wanted, name)) ??
    names.find((name) => differsByOneLetter(wanted, name))
  )
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
