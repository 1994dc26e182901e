/**
 * Which keys are asked for most, out of a stream too long to count. Space-Saving: so many counters are kept; a key that has
 * none takes over the smallest one, and its count as a possible error. A key whose share is above 1 / counters is always
 * among them. Counts fade, so that the hot keys are those of now.
 *
 * Reference: A. Metwally, D. Agrawal, A. El Abbadi, "Efficient computation of frequent and top-k elements in data streams",
 * ICDT 2005. Pure: knows no socket and no clock.
 */

export interface HotKey {
  readonly key: string
  /** The part of the requests seen that was for it; at most so much. */
  readonly share: number
  /** How much less it may be. */
  readonly error: number
}

interface Counter {
  count: number
  error: number
}

export class HotKeys {
  private readonly counters = new Map<string, Counter>()
  private total = 0

  /** @param capacity - how many counters are kept */
  constructor(private readonly capacity: number) {}

  /** Counts a request. O(capacity) for a key that has no counter, O(1) for one that has. */
  add(key: string): void {
    this.total++
    const counter = this.counters.get(key)
    if (counter !== undefined) {
      counter.count++
      return
    }
    let error = 0
    if (this.counters.size === this.capacity) {
      const [smallest, { count }] = this.smallest()
      this.counters.delete(smallest)
      error = count
    }
    this.counters.set(key, { count: error + 1, error })
  }

  /** Halves all counts: called at regular times, it makes what was long ago count less. */
  fade(): void {
    this.total /= 2
    for (const [key, counter] of this.counters) {
      counter.count /= 2
      counter.error /= 2
      if (counter.count < 0.5) this.counters.delete(key)
    }
  }

  /** The `most` hottest, hottest first. Those that may be there by error alone are left out. */
  hottest(most: number): HotKey[] {
    return [...this.counters]
      .filter(([, { count, error }]) => count > 2 * error)
      .sort(([, a], [, b]) => b.count - a.count)
      .slice(0, most)
      .map(([key, { count, error }]) => ({ key, share: count / this.total, error: error / this.total }))
  }

  private smallest(): [string, Counter] {
    let found: [string, Counter] | undefined
    for (const entry of this.counters) if (found === undefined || entry[1].count < found[1].count) found = entry
    return found!
  }
}
