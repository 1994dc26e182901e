/**
 * Failures that are told again without a load, each until its time is over or its key or a tag of it changes. Bounded: the
 * oldest are forgotten first.
 */
import type { LoadFence } from './load-target.js'

const MOST = 10_000

interface Remembered {
  readonly error: unknown
  readonly until: number
  readonly tags: readonly string[] | undefined
  readonly fence: LoadFence
}

export class RememberedFailures {
  private readonly byKey = new Map<string, Remembered>()

  /** The failure of `key` that is still told, in a box of its own: anything can be thrown. */
  of(key: string, now: number): { readonly error: unknown; readonly until: number } | undefined {
    if (this.byKey.size === 0) return undefined
    const found = this.byKey.get(key)
    if (found === undefined || (found.until > now && found.fence.holds(found.tags))) return found
    this.forget(key)
    return undefined
  }

  /** @param fence - opened before the load began, and still open: it is closed from here */
  remember(key: string, error: unknown, until: number, tags: readonly string[] | undefined, fence: LoadFence): void {
    this.forget(key)
    if (this.byKey.size >= MOST) this.forget(this.byKey.keys().next().value as string)
    this.byKey.set(key, { error, until, tags, fence })
  }

  forget(key: string): void {
    const found = this.byKey.get(key)
    if (found === undefined) return
    this.byKey.delete(key)
    found.fence.close()
  }

  clear(): void {
    for (const key of [...this.byKey.keys()]) this.forget(key)
  }
}
