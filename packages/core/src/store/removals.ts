/**
 * Why entries left: a ring of the latest removals, so that a key that is absent can be explained. Keys are kept and not
 * their hashes, which are the same for keys that differ where the hash does not look. Memory: 1,024 references to keys
 * and 9 bytes beside each, whatever the size of the cache. Knows no values.
 */
import type { Invalidation, Removal, RemovalCause } from './removal-cause.js'

const MOST = 1024
const CAUSES: readonly RemovalCause[] = ['capacity', 'expired', 'deleted', 'replaced', 'cleared']

/** `Owner`: whose the key was, for the same key can be in several namespaces. */
export class Removals<Owner> {
  private readonly keys: string[] = []
  private readonly owners: Owner[] = []
  private readonly causes = new Uint8Array(MOST)
  private readonly times = new Float64Array(MOST)
  /** Who asked for it, by place in the ring: few removals have one. */
  private readonly reasons = new Map<number, Invalidation>()
  private next = 0

  add(owner: Owner, key: string, cause: RemovalCause, at: number, by: Invalidation | undefined): void {
    const { next } = this
    this.keys[next] = key
    this.owners[next] = owner
    this.causes[next] = CAUSES.indexOf(cause)
    this.times[next] = at
    if (by !== undefined) this.reasons.set(next, by)
    else if (this.reasons.size > 0) this.reasons.delete(next)
    this.next = next + 1 === MOST ? 0 : next + 1
  }

  /** The latest removal of a key, if it is among the latest 1,024 of all. O(1,024). */
  last(owner: Owner, key: string): Removal | undefined {
    let latest: Removal | undefined
    for (let back = 1; back <= this.keys.length; back++) {
      const index = (this.next - back + MOST) % MOST
      if (this.keys[index] !== key || this.owners[index] !== owner) continue
      const found = { cause: CAUSES[this.causes[index]!]!, at: this.times[index]!, by: this.reasons.get(index) }
      // What a tag expired, and was kept for a while, leaves later for that same end of its life.
      if (latest === undefined) latest = found
      else if (found.at === latest.at && found.cause === 'expired') return found
      if (latest.by !== undefined || latest.cause !== 'expired') return latest
    }
    return latest
  }
}
