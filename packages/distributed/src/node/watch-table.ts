/** Who wants to know that a key has changed. Costs nothing while nobody does. Knows no client and no store. */

/** One that watches keys: `changed` is set once any of them has. */
export interface Watcher {
  changed: boolean
}

/** One that is told of every change while it listens. */
export interface KeyAudience {
  readonly isListening: boolean
  /** The key was written, removed, evicted, has expired or has another deadline. */
  changed(name: string): void
}

export class WatchTable {
  /** Told of every key. */
  audience: KeyAudience | undefined
  private readonly watchers = new Map<string, Set<Watcher>>()

  /** How many want to know; 0 when a change is nobody's business. */
  get size(): number {
    return this.watchers.size + (this.audience?.isListening === true ? 1 : 0)
  }

  watch(name: string, watcher: Watcher): void {
    const watching = this.watchers.get(name)
    if (watching === undefined) this.watchers.set(name, new Set([watcher]))
    else watching.add(watcher)
  }

  unwatch(name: string, watcher: Watcher): void {
    const watching = this.watchers.get(name)
    if (watching === undefined) return
    watching.delete(watcher)
    if (watching.size === 0) this.watchers.delete(name)
  }

  /** Tells all who watch the key. */
  touch(name: string): void {
    if (this.watchers.size > 0) for (const watcher of this.watchers.get(name) ?? []) watcher.changed = true
    if (this.audience?.isListening) this.audience.changed(name)
  }

  /** Does what removes everything, of which the audience is told otherwise. */
  unheard(work: () => void): void {
    const { audience } = this
    this.audience = undefined
    work()
    this.audience = audience
  }
}
