/** What the reference cache keeps, in the open. */
import { Counter } from '../stats/counter.js'
import type { Invalidation, RemovalCause } from '../store/removal-cause.js'

export interface ReferenceEntry {
  readonly value: unknown
  expiresAt: number
  readonly tags: readonly string[]
  /** When it was stored, ms. */
  readonly storedAt: number
}

/** What removed a key last. */
export interface ReferenceRemoval {
  readonly cause: RemovalCause
  readonly at: number
  readonly by: Invalidation | undefined
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
  readonly removals = new Map<string, ReferenceRemoval>()

  openFence(key: string, onBroken: () => void): ReferenceFence {
    const { fences } = this
    const fence: ReferenceFence = {
      key,
      onBroken,
      broken: false,
      brokenTags: new Set(),
      holds: (tags) => !fence.broken && !tags?.some((tag) => fence.brokenTags.has(tag)),
      close: () => fences.delete(fence),
    }
    fences.add(fence)
    return fence
  }

  /** Every key of which anything is kept or loading, and that passes. */
  keysThat(passes: (key: string, tags: readonly string[]) => boolean): Set<string> {
    const loading = [...this.fences].map(({ key }) => [key, { tags: [] }] as const)
    const known = [...loading, ...this.stale, ...this.entries]
    return new Set(known.filter(([key, { tags }]) => passes(key, tags)).map(([key]) => key))
  }
}
