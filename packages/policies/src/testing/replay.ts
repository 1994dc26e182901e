/**
 * Requests → hits: the smallest cache there can be around a policy. For each key one read; on a miss one write. Entries
 * weigh 1 and never expire. It is what policies are compared by, and no part of what is published.
 */
import type { PolicyFactory } from '../eviction-policy.js'

/** How many of the requests for `keys` a cache of `capacity` entries answers. */
export function replay(factory: PolicyFactory, capacity: number, keys: Int32Array, seed = 0): number {
  const policy = factory(capacity)
  const admits = policy.admits === true
  const slotOf = new Map<number, number>()
  const keyOf: number[] = []
  const free: number[] = []
  let hits = 0
  const evict = () => {
    const victim = policy.victim()
    slotOf.delete(keyOf[victim]!)
    policy.onRemove(victim, true)
    free.push(victim)
  }
  for (const key of keys) {
    const found = slotOf.get(key)
    if (found !== undefined) {
      hits++
      policy.onHit(found)
      continue
    }
    if (!admits && slotOf.size === capacity) evict()
    const slot = free.pop() ?? keyOf.length
    keyOf[slot] = key
    slotOf.set(key, slot)
    policy.onInsert(slot, hashOf(key, seed), 1)
    if (slotOf.size > capacity) evict()
  }
  return hits
}

/** 32 well mixed bits: the finalizer of MurmurHash3. */
function hashOf(key: number, seed: number): number {
  let hash = Math.imul(key ^ seed, 0x9e3779b1)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
