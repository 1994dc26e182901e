/** Which of the known names a misspelt one may have meant. */

/**
 * The known name nearest to `name`, or `undefined` when none is near: the same letters but for case, `_` and `-`; or
 * one within the other; or at most a third of the letters to change.
 */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const wanted = bare(name)
  // A name longer than any option cannot be near one; the bound keeps a hostile name from costing its square.
  if (wanted.length > 64) return undefined
  let nearest: string | undefined
  let least = Number.POSITIVE_INFINITY
  for (const candidate of known) {
    const distance = distanceBetween(wanted, bare(candidate))
    if (distance < least) {
      least = distance
      nearest = candidate
    }
  }
  return least <= Math.max(1, Math.floor(wanted.length / 3)) ? nearest : undefined
}

function bare(name: string): string {
  return name.toLowerCase().replace(/[-_]/g, '')
}

function distanceBetween(a: string, b: string): number {
  if (a.length >= 3 && b.length >= 3 && a !== b && (a.includes(b) || b.includes(a))) return 1
  let row = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const swap = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(swap, row[j]! + 1, next[j - 1]! + 1))
    }
    row = next
  }
  return row[b.length]!
}
