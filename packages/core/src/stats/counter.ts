/** The running counters behind a snapshot. */
import type { CacheStats } from './cache-stats.js'

export class Counter {
  hits = 0
  misses = 0
  evictions = 0
  expirations = 0
  sets = 0
  deletes = 0
  loads = 0
  loadFailures = 0
  staleHits = 0

  /** A frozen snapshot. `items` and `weight` are not counted here but asked of the store. */
  snapshot(items: number, weight: number): CacheStats {
    const asked = this.hits + this.misses
    return Object.freeze({
      hits: this.hits,
      misses: this.misses,
      evictions: this.evictions,
      expirations: this.expirations,
      items,
      hitRate: asked === 0 ? 0 : this.hits / asked,
      sets: this.sets,
      deletes: this.deletes,
      loads: this.loads,
      loadFailures: this.loadFailures,
      staleHits: this.staleHits,
      weight,
    })
  }

  reset(): void {
    this.hits = this.misses = this.evictions = this.expirations = 0
    this.sets = this.deletes = this.loads = this.loadFailures = this.staleHits = 0
  }
}
