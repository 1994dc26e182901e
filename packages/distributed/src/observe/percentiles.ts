/** Percentiles of the last measurements. Bounded. Pure. */

export interface Percentiles {
  readonly p50: number
  readonly p95: number
  readonly p99: number
}

/** A window of the last `size` measurements. */
export class LatencyWindow {
  private readonly values: number[] = []
  private next = 0

  constructor(private readonly size: number) {}

  add(value: number): void {
    this.values[this.next] = value
    this.next = (this.next + 1) % this.size
  }

  /** By nearest rank; `undefined` while nothing was measured. O(n log n). */
  percentiles(): Percentiles | undefined {
    if (this.values.length === 0) return undefined
    const sorted = [...this.values].sort((a, b) => a - b)
    const rank = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!
    return { p50: rank(0.5), p95: rank(0.95), p99: rank(0.99) }
  }
}
