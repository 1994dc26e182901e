/** Who wants to know when a key is changed by somebody: loads in flight (their fence) and open transactions. */

/** What was done to a key. Eviction and the end of a life are not among them, they change no truth: `'expired'` is asked for. */
export type Change = 'set' | 'deleted' | 'touched' | 'cleared' | 'expired'

export type Watch = (change: Change) => void

/**
 * What a load holds on to while it runs: broken by any change of its key, and by the invalidation of any tag that its
 * value turns out to carry, which is known at its end only.
 */
export class Fence {
  /** Whether the key was changed since the fence was opened. */
  broken = false
  private readonly tags = new Set<string>()
  private readonly undo: () => void

  constructor(watchers: Watchers, key: string, onBroken?: () => void) {
    const unwatch = watchers.watch(key, () => {
      this.broken = true
      onBroken?.()
    })
    const unwatchTags = watchers.watchTags(this.tags)
    this.undo = () => {
      unwatch()
      unwatchTags()
    }
  }

  /** Whether a value with these tags may be stored. */
  holds(tags: readonly string[] | undefined): boolean {
    return !this.broken && !tags?.some((tag) => this.tags.has(tag))
  }

  /** The tags invalidated until now, if any. */
  invalidated(): ReadonlySet<string> | undefined {
    return this.tags.size === 0 ? undefined : new Set(this.tags)
  }

  /** Stops watching; what was seen stays. */
  close(): void {
    this.undo()
  }
}

export class Watchers {
  private readonly byKey = new Map<string, Set<Watch>>()
  private readonly tagWatches = new Set<Set<string>>()

  /** False when nobody watches anything, which is the usual case and must cost one comparison. */
  get any(): boolean {
    return this.byKey.size !== 0
  }

  /** Watches one key; returns the undo. Memory: one set entry while watched. */
  watch(key: string, watch: Watch): () => void {
    let watches = this.byKey.get(key)
    if (watches === undefined) {
      watches = new Set()
      this.byKey.set(key, watches)
    }
    watches.add(watch)
    return () => {
      const present = this.byKey.get(key)
      if (present?.delete(watch) && present.size === 0) this.byKey.delete(key)
    }
  }

  /** Collects the tags invalidated from now on; returns the undo. */
  watchTags(tags: Set<string>): () => void {
    this.tagWatches.add(tags)
    return () => this.tagWatches.delete(tags)
  }

  /** The keys that begin with `prefix`. */
  prefixChanged(prefix: string, change: Change): void {
    for (const key of [...this.byKey.keys()]) if (key.startsWith(prefix)) this.changed(key, change)
  }

  tagInvalidated(tag: string): void {
    for (const tags of this.tagWatches) tags.add(tag)
  }

  changed(key: string, change: Change): void {
    const watches = this.byKey.get(key)
    // A copy: a broken load takes its watch away while it is being told.
    if (watches !== undefined) for (const watch of [...watches]) watch(change)
  }

  allChanged(change: Change): void {
    for (const key of [...this.byKey.keys()]) this.changed(key, change)
  }
}
