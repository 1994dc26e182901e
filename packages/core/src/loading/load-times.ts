/** How long loads took, by key. Bounded: of keys measured longest ago the mean of all loads is told instead. */

const MOST = 10_000
/** What a new measurement counts in the mean. */
const NEW = 1 / 16

export class LoadTimes {
  private readonly byKey = new Map<string, number>()
  private mean: number | undefined

  measured(key: string, ms: number): void {
    this.mean = this.mean === undefined ? ms : this.mean + NEW * (ms - this.mean)
    // As the latest of all.
    this.byKey.delete(key)
    this.byKey.set(key, ms)
    if (this.byKey.size > MOST) this.byKey.delete(this.byKey.keys().next().value as string)
  }

  /** Milliseconds; 0 when nothing was measured yet. */
  of(key: string): number {
    return this.byKey.get(key) ?? this.mean ?? 0
  }
}
