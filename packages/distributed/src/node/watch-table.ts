/** Who wants to know that a key has changed. Costs nothing while nobody does. Knows no client and no store. */

/** One that watches keys: `changed` is set once any of them has. */
export interface Watcher {
  changed: boolean
}

export class WatchTable {
  private readonly watchers = new Map<string, Set<Watcher>>()

  /** Keys that somebody watches. */
  get size(): number {
    return this.watchers.size
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
    for (const watcher of this.watchers.get(name) ?? []) watcher.changed = true
  }
}
