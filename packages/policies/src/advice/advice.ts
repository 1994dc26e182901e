/** What an {@link Advisor} says: plain data, and the same in words. */

/** One policy at one capacity. */
export interface AdviceRow {
  readonly policy: string
  readonly capacity: number
  /** Hits per request, from 0 to 1. */
  readonly hitRatio: number
  /**
   * The full simulation of the window is within `hitRatio ± error` in 95 of 100 cases. It covers which keys were sampled,
   * how exact a small ghost's size is, and, where there were pauses, what was not looked at between the turns. It does not
   * cover a hit ratio that jumps just there (a loop that barely fits), nor traffic to come. Where there are pauses, LFU has a
   * wide one: it depends on fame from long before. 1 before there is traffic.
   */
  readonly error: number
}

export interface Advice {
  /** Requests in the window: of all keys, while keys were sampled. */
  readonly requests: number
  /** Those of them whose keys were sampled. */
  readonly sampled: number
  /** The part of the keys that is sampled. */
  readonly rate: number
  /** The part of the time in which keys are sampled: 1 where the cache is large enough to be looked at throughout. */
  readonly duty: number
  /** The present policy by size, then the others at the present size. */
  readonly rows: readonly AdviceRow[]
  /** The row with the most hits at the present size; the present policy unless another is ahead by more than its error. */
  readonly best: AdviceRow
  /** In plain words. */
  readonly summary: string
}

/** In words, for rows of which one is at the present size and policy. */
export function summaryOf(rows: readonly AdviceRow[], now: AdviceRow, best: AdviceRow, requests: number): string {
  if (requests === 0) return 'no requests yet'
  const said: string[] = []
  for (const row of rows) {
    if (row.policy !== now.policy || row === now) continue
    said.push(`${row.capacity < now.capacity ? 'half' : 'double'} the size ${percent(row)}`)
  }
  const other =
    best === now ? `no other policy is ahead of ${now.policy}` : `${best.policy} at the present size ${percent(best)}`
  return `hit ratio now ${percent(now)}; ${said.join('; ')}; ${other}`
}

function percent({ hitRatio, error }: AdviceRow): string {
  return `${(100 * hitRatio).toFixed(1)} % (± ${(100 * error).toFixed(1)})`
}
