/** What the reference cache keeps, in the open. */
import { Counter } from '../stats/counter.js'

export interface ReferenceEntry {
  readonly value: unknown
  expiresAt: number
  readonly tags: readonly string[]
}

export interface ReferenceFence {
  readonly key: string
  broken: boolean
  readonly brokenTags: Set<string>
  readonly onBroken: () => void
  holds(tags: readonly string[] | undefined): boolean
  close(): void
}

/** What `expireByTag` leaves for those who allow stale values. */
export interface ReferenceStale extends ReferenceEntry {
  readonly since: number
}

/** What outlives a view: the entries of one namespace. */
export class ReferenceRoom {
  readonly entries = new Map<string, ReferenceEntry>()
  readonly stale = new Map<string, ReferenceStale>()
  readonly below = new Map<string, ReferenceRoom>()
  readonly counter = new Counter()
  readonly fences = new Set<ReferenceFence>()

  /** Every key of which anything is kept or loading, and that passes. */
  keysThat(passes: (key: string, tags: readonly string[]) => boolean): Set<string> {
    const loading = [...this.fences].map(({ key }) => [key, { tags: [] }] as const)
    const known = [...loading, ...this.stale, ...this.entries]
    return new Set(known.filter(([key, { tags }]) => passes(key, tags)).map(([key]) => key))
  }
}
