/**
 * Key → slot: open addressing with Robin Hood probing over one Int32Array, at most three quarters full. Keys and hashes
 * lie in the columns of `Slots`.
 *
 * A key's home is given by the upper bits of its hash. A position of the index is one number: how far it lies from its
 * home, plus one (6 bits; zero is empty), some further bits of the hash (the tag), and the slot plus one. So most
 * positions that are not the key's are passed over without looking at any other memory, and a removal needs none.
 *
 * Invariant. Along a run, homes never decrease: whoever is further from home goes first. Hence a search for an absent key
 * ends as soon as somebody is closer to home than the key would be, distances vary little, and removal shifts the rest
 * of the run back instead of leaving a tombstone: a table that churns for ever stays as fast as a new one.
 *
 * Nobody lies further than `FARTHEST` from home. With hashes spread evenly that bound is met by chance about once in
 * 10^14 insertions; so when it is met, the keys collide under this hash, and whoever owns the table takes another one.
 *
 * Reference: P. Celis, "Robin Hood Hashing", 1986.
 */
import type { Slots } from './slots.js'

const FIRST_BITS = 4
/** How far from home a position may lie. */
const FARTHEST = 60
/** Where the distance begins, and what one step of it is. */
const DISTANCE_SHIFT = 26
const STEP = 1 << DISTANCE_SHIFT

/** Slots that a position can name. */
export const MOST_SLOTS = 2 ** DISTANCE_SHIFT - 2

export class KeyTable<T, Owner = unknown> {
  /** Whose keys these are; `undefined` once they have been cleared away and their slots wait to be freed. */
  owner: Owner | undefined
  /** How many keys. */
  size = 0
  /** How many were added whose home and tag another had already: far more than chance brings when a hash is poor. */
  twins = 0

  private index = new Int32Array(1 << FIRST_BITS)
  private homeBits = FIRST_BITS
  private mask = (1 << FIRST_BITS) - 1
  /** The bits of a position that hold the slot; the tag lies between them and the distance. */
  private slotMask = (1 << FIRST_BITS) - 1

  constructor(
    private readonly slots: Slots<T>,
    owner: Owner,
  ) {
    this.owner = owner
  }

  /** The slot of `key`, or -1. `hash` is the key's. */
  find(key: string, hash: number): number {
    const { index, mask, slotMask, homeBits } = this
    const { pairs } = this.slots
    // What a position of this key reads beside the slot, at home and then with each step away from it.
    let wanted = STEP | (((hash << homeBits) >>> 6) & ~slotMask)
    for (let at = hash >>> (32 - homeBits); ; at = (at + 1) & mask) {
      const position = index[at]!
      if ((position & ~slotMask) === wanted) {
        const slot = (position & slotMask) - 1
        if (pairs[2 * slot] === key) return slot
      } else if (position >>> DISTANCE_SHIFT < wanted >>> DISTANCE_SHIFT) return -1
      wanted = (wanted + STEP) | 0
    }
  }

  /**
   * Adds a slot whose key and hash are in their columns, and whose key is absent here. False, having added nothing, when
   * somebody would come to lie further than `FARTHEST` from home: then it wants another hash or more room.
   */
  insert(slot: number): boolean {
    if (4 * this.size >= 3 * this.index.length && !this.rebuild(this.homeBits + 1)) return false
    if (slot >= this.slotMask && !this.rebuild(this.homeBits)) return false
    if (!this.place(slot, this.slots.hashes[slot]!)) return false
    this.size++
    return true
  }

  /** Removes a slot that is here. */
  remove(slot: number): void {
    const { index, mask, slotMask } = this
    let at = this.slots.hashes[slot]! >>> (32 - this.homeBits)
    while ((index[at]! & slotMask) !== slot + 1) at = (at + 1) & mask
    // Whoever comes next and is not at home moves one step towards it.
    for (;;) {
      const next = (at + 1) & mask
      const position = index[next]!
      if (position >>> DISTANCE_SHIFT <= 1) break
      index[at] = position - STEP
      at = next
    }
    index[at] = 0
    this.size--
  }

  /** A slot that is here has become another: same key, other number. */
  renumber(from: number, to: number): void {
    const { index, mask, slotMask } = this
    let at = this.slots.hashes[from]! >>> (32 - this.homeBits)
    while ((index[at]! & slotMask) !== from + 1) at = (at + 1) & mask
    index[at] = (index[at]! & ~slotMask) | (to + 1)
  }

  /** The first slot at or after a position of the index, and that position; `undefined` past the end. */
  next(from: number): { slot: number; position: number } | undefined {
    for (let at = from; at < this.index.length; at++) {
      if (this.index[at] !== 0) return { slot: (this.index[at]! & this.slotMask) - 1, position: at }
    }
    return undefined
  }

  /** Puts every slot where its present hash says. False when that leaves somebody too far from home. O(size). */
  rehash(): boolean {
    return this.rebuild(this.homeBits, true)
  }

  /** Makes room for more than it holds, each where its present hash says. O(size). */
  grow(): boolean {
    return this.rebuild(this.homeBits + 1, true)
  }

  /** Gives back what a table of this size does not need. O(capacity), and only where that is four times too much. */
  shrink(): void {
    let bits = this.size === 0 ? FIRST_BITS : this.homeBits
    // Nothing to walk over.
    if (this.size === 0) this.index = new Int32Array(0)
    while (bits > FIRST_BITS && 4 * this.size < 1 << (bits - 1)) bits--
    if (bits < this.homeBits) this.rebuild(bits)
  }

  private place(slot: number, hash: number): boolean {
    const { index, mask, homeBits } = this
    let at = hash >>> (32 - homeBits)
    let position = STEP | (((hash << homeBits) >>> 6) & ~this.slotMask) | (slot + 1)
    let twins = 0
    for (;;) {
      const other = index[at]!
      if (other >>> DISTANCE_SHIFT < position >>> DISTANCE_SHIFT) break
      if (((other ^ position) & ~this.slotMask) === 0) twins = 1
      if (position >>> DISTANCE_SHIFT > FARTHEST) return false
      position = (position + STEP) | 0
      at = (at + 1) & mask
    }
    // Those from here to the end of the run, who are closer to home, each move a step away from it.
    let end = at
    while (index[end] !== 0) {
      if (index[end]! >>> DISTANCE_SHIFT > FARTHEST) return false
      end = (end + 1) & mask
    }
    while (end !== at) {
      const before = (end - 1) & mask
      index[end] = index[before]! + STEP
      end = before
    }
    index[at] = position
    this.twins += twins
    return true
  }

  /** False, having changed nothing, when some slot would lie too far from home. */
  private rebuild(homeBits: number, isRehash = false): boolean {
    const { index, homeBits: oldBits, mask, slotMask, twins } = this
    this.index = new Int32Array(2 ** homeBits)
    this.homeBits = homeBits
    this.mask = 2 ** homeBits - 1
    // Slots are shared with other tables, so their numbers can be larger than this table.
    this.slotMask = this.mask
    while (this.slotMask <= this.slots.end) this.slotMask = this.slotMask * 2 + 1
    // A position knows as many bits of the hash as homes and tag have. Where these are enough, no hash need be looked up,
    // and both tables are walked from their begin to their end.
    const isKnown = !isRehash && (this.slotMask + 1) * index.length === (slotMask + 1) * this.index.length
    for (let at = 0; at < index.length; at++) {
      const position = index[at]!
      if (position === 0) continue
      const slot = (position & slotMask) - 1
      const home = (at - (position >>> DISTANCE_SHIFT) + 1) & mask
      const known = (home << (32 - oldBits)) | (((position & ~slotMask) << 6) >>> oldBits)
      const fits = this.place(slot, isKnown ? known : this.slots.hashes[slot]!)
      if (fits) continue
      Object.assign(this, { index, homeBits: oldBits, mask, slotMask, twins })
      return false
    }
    // Those that have come together by and by say nothing of the keys that come now.
    this.twins = 0
    return true
  }
}
