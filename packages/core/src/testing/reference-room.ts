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

/** What outlives a view: the entries of one namespace. */
export class ReferenceRoom {
  readonly entries = new Map<string, ReferenceEntry>()
  readonly below = new Map<string, ReferenceRoom>()
  readonly counter = new Counter()
  readonly fences = new Set<ReferenceFence>()
}
