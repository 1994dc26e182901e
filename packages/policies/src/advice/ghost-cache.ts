/**
 * What a cache of some policy and capacity would hit, found out without its values: residents are 32-bit hashes of keys.
 * O(1) a request; 16 bytes an entry beside the policy's own.
 *
 * Structure. Hash → slot by open addressing with linear probing, at most half full; a removal shifts the rest of its run
 * back. Tables and columns are made in full at the start. Keys with the same hash are one: of the `n` that are held,
 * that is about one in 2³³ / n.
 */
import { createPolicy } from '../create-policy.js'
import type { EvictionPolicy, Policy, PolicyFactory } from '../eviction-policy.js'

export class GhostCache {
  requests = 0
  hits = 0
  /** How many hashes are resident. */
  size = 0

  private readonly policy: Policy
  private readonly admits: boolean
  /** Slot + 1 by position, or 0. */
  private readonly table: Int32Array
  private readonly shift: number
  private readonly hashes: Int32Array
  /** Slots given back, each leading to the one before; -1 ends. */
  private readonly nextFree: Int32Array
  private free = -1
  private slots = 0

  /**
   * @param capacity - whole entries, from 1 up
   * @throws CacheConfigError on a policy that is none
   */
  constructor(
    policy: EvictionPolicy | PolicyFactory,
    readonly capacity: number,
  ) {
    this.policy = createPolicy(policy, capacity)
    this.admits = this.policy.admits === true
    // A newcomer that is yet to be admitted is one more than the capacity.
    const bits = 33 - Math.clz32(capacity + 1)
    this.table = new Int32Array(1 << bits)
    this.shift = 32 - bits
    this.hashes = new Int32Array(capacity + 1)
    this.nextFree = new Int32Array(capacity + 1)
  }

  /** Bytes of its own, without its policy's. */
  get bytes(): number {
    return this.table.byteLength + this.hashes.byteLength + this.nextFree.byteLength
  }

  /** One `get`, and upon a miss one `set`. True when it was a hit. */
  request(anyHash: number): boolean {
    const hash = anyHash | 0
    this.requests++
    const at = this.find(hash)
    const slot = this.table[at]! - 1
    if (slot < 0) {
      this.add(hash, at)
      return false
    }
    this.hits++
    this.policy.onHit(slot)
    return true
  }

  /** One `set`, which is no request. */
  write(anyHash: number): void {
    const hash = anyHash | 0
    const at = this.find(hash)
    const slot = this.table[at]! - 1
    if (slot < 0) this.add(hash, at)
    else this.policy.onUpdate(slot, 1)
  }

  /** A key was deleted. */
  remove(hash: number): void {
    const slot = this.table[this.find(hash | 0)]! - 1
    if (slot >= 0) this.leave(slot, false)
  }

  /** Where a hash is, or would be. */
  private find(hash: number): number {
    const { table, hashes } = this
    const mask = table.length - 1
    let at = this.home(hash)
    for (let slot = table[at]! - 1; slot >= 0 && hashes[slot] !== hash; slot = table[at]! - 1) at = (at + 1) & mask
    return at
  }

  private home(hash: number): number {
    return Math.imul(hash, 0x9e3779b1) >>> this.shift
  }

  /** The order of the store: room is made before the insertion, but for a policy that admits, after it. */
  private add(hash: number, empty: number): void {
    const { policy, capacity, admits } = this
    let at = empty
    if (!admits && this.size >= capacity) {
      this.evict()
      at = this.find(hash)
    }
    let slot = this.free
    if (slot >= 0) this.free = this.nextFree[slot]!
    else slot = this.slots++
    this.hashes[slot] = hash
    this.table[at] = slot + 1
    this.size++
    policy.onInsert(slot, hash, 1)
    if (admits && this.size > capacity) this.evict()
  }

  private evict(): void {
    this.leave(this.policy.victim(), true)
  }

  private leave(slot: number, evicted: boolean): void {
    const { table, hashes } = this
    const mask = table.length - 1
    let gap = this.find(hashes[slot]!)
    for (let at = (gap + 1) & mask; table[at] !== 0; at = (at + 1) & mask) {
      // Whoever's home is at the gap or before it may move there.
      const home = this.home(hashes[table[at]! - 1]!)
      if (((at - home) & mask) < ((at - gap) & mask)) continue
      table[gap] = table[at]!
      gap = at
    }
    table[gap] = 0
    this.policy.onRemove(slot, evicted)
    this.nextFree[slot] = this.free
    this.free = slot
    this.size--
  }
}
