/**
 * One small cache of hashes for each {@link Setting}, all asked for the same keys: which of them would have known each? A
 * request that all know costs one search and a byte for each. Knows no slot of the real cache.
 *
 * Structure. One table leads from a hash to a place, by open addressing with linear probing, at most half full; all
 * miniatures know a key by the same place, and a byte says which of them hold it. Where none does any more, the place is
 * given back. Entries all weigh 1 here.
 *
 * Reference: C. Waldspurger, T. Saemundsson, I. Ahmad, N. Park, "Cache modeling and optimization using miniature
 * simulations", ATC 2017.
 */
import type { Setting } from './setting.js'
import { TwoQueues } from './two-queues.js'

const FIRST_PLACES = 64

export class Miniatures {
  private readonly caches: readonly TwoQueues[]
  /** Place + 1 by position, or 0. */
  private table = new Int32Array(2 * FIRST_PLACES)
  private shift = shiftFor(2 * FIRST_PLACES)
  // By place.
  private hashes = new Int32Array(FIRST_PLACES)
  /** Bit `n` is set where miniature `n` holds the key. */
  private holders = new Uint8Array(FIRST_PLACES)
  /** Places given back, each leading to the one before; -1 ends. */
  private nextFree = new Int32Array(FIRST_PLACES)
  private free = -1
  private places = 0

  /** @param settings - 8 at most */
  constructor(
    settings: readonly Setting[],
    readonly capacity: number,
  ) {
    this.caches = settings.map((setting) => new TwoQueues(setting))
    for (const cache of this.caches) cache.divide(capacity)
  }

  /** Asks all for a key, which those that miss it store. Bit `n` of the answer is set where miniature `n` had it. */
  request(hash: number): number {
    const { caches, capacity } = this
    let place = this.table[this.find(hash)]! - 1
    if (place < 0) place = this.take(hash)
    const known = this.holders[place]!
    for (let at = 0; at < caches.length; at++) {
      const cache = caches[at]!
      if ((known >> at) & 1) {
        cache.use(place)
        continue
      }
      this.holders[place]! |= 1 << at
      cache.add(place, hash, 1, 0)
      if (cache.residents <= capacity) continue
      const victim = cache.victim()
      this.leave(at, victim, true)
      if (this.holders[victim] === 0 && victim !== place) this.giveBack(victim)
    }
    if (this.holders[place] === 0) this.giveBack(place)
    return known
  }

  /** A key was deleted. */
  remove(hash: number): void {
    const place = this.table[this.find(hash)]! - 1
    if (place < 0) return
    const known = this.holders[place]!
    for (let at = 0; at < this.caches.length; at++) if ((known >> at) & 1) this.leave(at, place, false)
    this.giveBack(place)
  }

  /** How many keys some miniature holds, and what each holds. */
  get sizes(): { keys: number; residents: number[] } {
    let keys = 0
    for (const holders of this.holders) if (holders !== 0) keys++
    return { keys, residents: this.caches.map((cache) => cache.residents) }
  }

  private leave(at: number, place: number, evicted: boolean): void {
    this.caches[at]!.remove(place, this.hashes[place]!, evicted)
    this.holders[place]! &= ~(1 << at)
  }

  /** Where a hash is, or would be. */
  private find(hash: number): number {
    const { table, hashes } = this
    const mask = table.length - 1
    let at = this.home(hash)
    for (let place = table[at]! - 1; place >= 0 && hashes[place] !== hash; place = table[at]! - 1) at = (at + 1) & mask
    return at
  }

  private home(hash: number): number {
    return Math.imul(hash, 0x9e3779b1) >>> this.shift
  }

  private take(hash: number): number {
    let place = this.free
    if (place >= 0) this.free = this.nextFree[place]!
    else {
      place = this.places++
      if (place === this.hashes.length) this.grow()
    }
    this.hashes[place] = hash
    this.table[this.find(hash)] = place + 1
    return place
  }

  private giveBack(place: number): void {
    const { table, hashes } = this
    const mask = table.length - 1
    let gap = this.find(hashes[place]!)
    for (let at = (gap + 1) & mask; table[at] !== 0; at = (at + 1) & mask) {
      // Whoever's home is at the gap or before it may move there.
      const home = this.home(hashes[table[at]! - 1]!)
      if (((at - home) & mask) < ((at - gap) & mask)) continue
      table[gap] = table[at]!
      gap = at
    }
    table[gap] = 0
    this.nextFree[place] = this.free
    this.free = place
  }

  /** All places are taken when this is called. */
  private grow(): void {
    const places = 2 * this.hashes.length
    const { hashes, holders, nextFree } = this
    this.hashes = new Int32Array(places)
    this.hashes.set(hashes)
    this.holders = new Uint8Array(places)
    this.holders.set(holders)
    this.nextFree = new Int32Array(places)
    this.nextFree.set(nextFree)
    this.table = new Int32Array(2 * places)
    this.shift = shiftFor(2 * places)
    for (let place = 0; place < hashes.length; place++) this.table[this.find(hashes[place]!)] = place + 1
  }
}

/** What leaves as many of 32 bits as index a table of that length. */
function shiftFor(length: number): number {
  return Math.clz32(length) + 1
}
