/**
 * Hash of a key → slot: open addressing with Robin Hood probing, in 256 parts that grow each on its own, so that growing
 * is never a long stall. Keys lie elsewhere and are compared there.
 *
 * The upper 8 bits of a hash say which part, the next ones its home in there. A position of a part is one number: how far
 * it lies from its home, plus one (6 bits; zero is empty), some further bits of the hash (the tag), and the slot plus one.
 * So most positions that are not the key's are passed over without looking at any other memory. (The design is that of
 * the local cache's table, whose keys are strings.)
 *
 * Invariant. Along a run, homes never decrease: whoever is further from home goes first. Hence a search for an absent key
 * ends as soon as somebody is closer to home than the key would be, and removal shifts the rest of the run back instead of
 * leaving a tombstone.
 *
 * Nobody lies further than `FARTHEST` from home. With hashes spread evenly that is met by chance about once in 10^14
 * insertions; so when it is met, the keys collide under this hash, and whoever owns the index takes another one.
 *
 * Since homes are in the order of hashes, a walk in that order is told where to go on by a hash alone, whatever has come,
 * gone or grown meanwhile.
 *
 * Reference: P. Celis, "Robin Hood Hashing", 1986.
 */
import { FREE, type SlotColumns } from './slot-columns.js'

const PART_BITS = 8
const PARTS = 1 << PART_BITS
const FIRST_BITS = 3
const FARTHEST = 60
const DISTANCE_SHIFT = 26
const STEP = 1 << DISTANCE_SHIFT
const WIDEST = STEP - 1
/**
 * A part is made for so many times the slots that there are: it is full, and made anew, before their numbers need a bit more. That would
 * be so for all parts at once, a stall of 100 ms at a million slots.
 */
const SLOTS_AHEAD = 2.3
/** Hashes, as a walk goes through them. */
export const HASHES = 2 ** 32

/** Compares the key of a slot. */
export interface Keys {
  isKey(slot: number, bytes: Uint8Array, start: number, length: number): boolean
}

interface Part {
  positions: Int32Array
  homeBits: number
  mask: number
  /** The bits of a position that hold the slot. */
  slotMask: number
  size: number
}

export class KeyIndex {
  /** Bytes that all parts take. */
  bytes = 0
  private readonly parts: Part[] = []
  /** Which parts hold something: what is walked of an index that holds little. */
  private readonly filled = new Uint8Array(PARTS)

  constructor(
    private readonly columns: SlotColumns,
    private readonly keys: Keys,
  ) {
    for (let part = 0; part < PARTS; part++) this.parts.push(emptyPart(FIRST_BITS, 0))
    this.bytes = PARTS * 4 * (1 << FIRST_BITS)
  }

  /** The slot of a key, or -1. */
  find(hash: number, bytes: Uint8Array, start: number, length: number): number {
    const { positions, homeBits, mask, slotMask } = this.parts[hash >>> (32 - PART_BITS)]!
    const rest = hash << PART_BITS
    let wanted = STEP | (((rest << homeBits) >>> 6) & ~slotMask)
    for (let at = rest >>> (32 - homeBits); ; at = (at + 1) & mask) {
      const position = positions[at]!
      if ((position & ~slotMask) === wanted) {
        const slot = (position & slotMask) - 1
        if (this.keys.isKey(slot, bytes, start, length)) return slot
      } else if (position >>> DISTANCE_SHIFT < wanted >>> DISTANCE_SHIFT) return -1
      wanted = (wanted + STEP) | 0
    }
  }

  /**
   * Adds a slot whose hash is in its column and whose key is absent. False, having added nothing, when somebody would come
   * to lie further than `FARTHEST` from home.
   */
  insert(slot: number): boolean {
    const hash = this.columns.hashes[slot]!
    const part = this.parts[hash >>> (32 - PART_BITS)]!
    if (4 * (part.size + 1) > 3 * part.positions.length && !this.rebuild(part, part.homeBits + 1)) return false
    if (slot >= part.slotMask && !this.rebuild(part, part.homeBits)) return false
    if (!place(part, slot, hash)) return false
    part.size++
    this.filled[hash >>> (32 - PART_BITS)] = 1
    return true
  }

  /** Removes a slot that is here, by the hash in its column. */
  remove(slot: number): void {
    const part = this.partOf(slot)
    const { positions, mask } = part
    let at = this.positionOf(part, slot)
    // Whoever comes next and is not at home moves one step towards it.
    for (;;) {
      const next = (at + 1) & mask
      const position = positions[next]!
      if (position >>> DISTANCE_SHIFT <= 1) break
      positions[at] = position - STEP
      at = next
    }
    positions[at] = 0
    part.size--
    if (part.size === 0) this.filled[this.columns.hashes[slot]! >>> (32 - PART_BITS)] = 0
    if (part.homeBits > FIRST_BITS && 8 * part.size < positions.length) this.rebuild(part, part.homeBits - 1)
  }

  /** A slot that is here has become another: same key, other number, which is not larger. */
  renumber(from: number, to: number): void {
    const part = this.partOf(from)
    const at = this.positionOf(part, from)
    part.positions[at] = (part.positions[at]! & ~part.slotMask) | (to + 1)
  }

  /** Makes room in the part of that hash for more than it holds. */
  grow(hash: number): void {
    const part = this.parts[hash >>> (32 - PART_BITS)]!
    for (let bits = part.homeBits + 1; !this.rebuild(part, bits); bits++) {}
  }

  /**
   * Shows slots in the order of their hashes from `cursor` on, about `count` of them, all of one home together.
   *
   * @returns the hash to go on with; `HASHES` at the end
   */
  walk(cursor: number, count: number, visit: (slot: number) => void): number {
    let shown = 0
    for (let at = Math.floor(cursor / 2 ** (32 - PART_BITS)); at < PARTS; at++) {
      if (this.filled[at] === 0) continue
      const part = this.parts[at]!
      const first = at * 2 ** (32 - PART_BITS)
      const span = 2 ** (32 - PART_BITS - part.homeBits)
      const homes = 1 << part.homeBits
      for (let home = Math.floor(Math.max(0, cursor - first) / span); home < homes; home++) {
        shown += showHome(part, home, visit)
        if (shown >= count) return home + 1 < homes ? first + (home + 1) * span : first + 2 ** (32 - PART_BITS)
      }
    }
    return HASHES
  }

  /** Puts every slot that is in use where its hash says now. O(slots). */
  rebuildAll(): void {
    for (const part of this.parts) {
      part.positions.fill(0)
      part.size = 0
    }
    this.filled.fill(0)
    const { kinds, hashes, end } = this.columns
    for (let slot = 0; slot < end; slot++) {
      if (kinds[slot] === FREE) continue
      while (!this.insert(slot)) this.grow(hashes[slot]!)
    }
  }

  private partOf(slot: number): Part {
    return this.parts[this.columns.hashes[slot]! >>> (32 - PART_BITS)]!
  }

  private positionOf({ positions, homeBits, mask, slotMask }: Part, slot: number): number {
    let at = (this.columns.hashes[slot]! << PART_BITS) >>> (32 - homeBits)
    while ((positions[at]! & slotMask) !== slot + 1) at = (at + 1) & mask
    return at
  }

  /** False, having changed nothing, when some slot would lie too far from home. */
  private rebuild(part: Part, homeBits: number): boolean {
    const next = emptyPart(homeBits, this.columns.end)
    for (const position of part.positions) {
      if (position === 0) continue
      const slot = (position & part.slotMask) - 1
      if (!place(next, slot, this.columns.hashes[slot]!)) return false
    }
    next.size = part.size
    this.bytes += 4 * (next.positions.length - part.positions.length)
    Object.assign(part, next)
    return true
  }
}

function emptyPart(homeBits: number, slots: number): Part {
  let slotMask = (1 << homeBits) - 1
  while (slotMask <= SLOTS_AHEAD * slots && slotMask < WIDEST) slotMask = slotMask * 2 + 1
  return { positions: new Int32Array(1 << homeBits), homeBits, mask: (1 << homeBits) - 1, slotMask, size: 0 }
}

function place({ positions, homeBits, mask, slotMask }: Part, slot: number, hash: number): boolean {
  const rest = hash << PART_BITS
  let at = rest >>> (32 - homeBits)
  let position = STEP | (((rest << homeBits) >>> 6) & ~slotMask) | (slot + 1)
  for (;;) {
    if (positions[at]! >>> DISTANCE_SHIFT < position >>> DISTANCE_SHIFT) break
    if (position >>> DISTANCE_SHIFT > FARTHEST) return false
    position = (position + STEP) | 0
    at = (at + 1) & mask
  }
  // Those from here to the end of the run, who are closer to home, each move a step away from it.
  let end = at
  while (positions[end] !== 0) {
    if (positions[end]! >>> DISTANCE_SHIFT > FARTHEST) return false
    end = (end + 1) & mask
  }
  while (end !== at) {
    const before = (end - 1) & mask
    positions[end] = positions[before]! + STEP
    end = before
  }
  positions[at] = position
  return true
}

function showHome({ positions, mask, slotMask }: Part, home: number, visit: (slot: number) => void): number {
  let shown = 0
  for (let step = 1, at = home; ; step++, at = (at + 1) & mask) {
    const position = positions[at]!
    const distance = position >>> DISTANCE_SHIFT
    // Somebody of a later home, or nobody.
    if (distance < step) return shown
    if (distance === step) {
      visit((position & slotMask) - 1)
      shown++
    }
  }
}
