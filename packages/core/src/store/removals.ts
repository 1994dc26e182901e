/**
 * Why entries left: a ring of the latest removals, so that a key that is absent can be explained. Keys are kept and not
 * their hashes, which are the same for keys that differ where the hash does not look. Memory: 1,024 references to keys
 * and as many to what is said of them, whatever the size of the cache. Knows no values.
 */
import type { Invalidation, Removal, RemovalCause } from './removal-cause.js'

const MOST = 1024

/** `Owner`: whose the key was, for the same key can be in several namespaces. */
export class Removals<Owner> {
  private readonly keys: string[] = []
  private readonly owners: Owner[] = []
  private readonly causes: RemovalCause[] = []
  private readonly times: number[] = []
  private readonly reasons: (Invalidation | undefined)[] = []
  private next = 0

  add(owner: Owner, key: string, cause: RemovalCause, at: number, by: Invalidation | undefined): void {
    const { next } = this
    this.keys[next] = key
    this.owners[next] = owner
    this.causes[next] = cause
    this.times[next] = at
    this.reasons[next] = by
    this.next = next + 1 === MOST ? 0 : next + 1
  }

  /** The latest removal of a key, if it is among the latest 1,024 of all. O(1,024). */
  last(owner: Owner, key: string): Removal | undefined {
    let latest: Removal | undefined
    for (let back = 1; back <= this.keys.length; back++) {
      const index = (this.next - back + MOST) % MOST
      if (this.keys[index] !== key || this.owners[index] !== owner) continue
      const found = { cause: this.causes[index]!, at: this.times[index]!, by: this.reasons[index] }
      // What a tag expired, and was kept for a while, leaves later for that same end of its life.
      if (latest === undefined) latest = found
      else if (latest.by === undefined && found.at === latest.at && found.cause === latest.cause) return found
      if (latest.by !== undefined || latest.cause !== 'expired') return latest
    }
    return latest
  }
}
