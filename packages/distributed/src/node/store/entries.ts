/**
 * Entries by key: columns, records and index kept in step. **The only file that changes more than one of them.** Knows no
 * policy, no deadline's meaning and no limit.
 */
import { type ByteHash, fastByteHash, strongByteHash } from './byte-hash.js'
import { HASHES, KeyIndex } from './key-index.js'
import { Records } from './records.js'
import { FREE, SlotColumns } from './slot-columns.js'

export interface EntriesOptions {
  /** Of the hash that is used until keys collide. */
  readonly hashSeed: number
  /** Draws 32 bits for the hash that is used then. */
  readonly drawBits: () => number
  /** A power of two. */
  readonly segmentBytes: number
  /** Called before one more segment is allocated. */
  readonly beforeGrowth: () => void
}

export class Entries {
  readonly columns = new SlotColumns()
  readonly records: Records
  size = 0
  private readonly index: KeyIndex
  private readonly emptyIndexBytes: number
  private hash: ByteHash
  private isStrong = false

  constructor(private readonly options: EntriesOptions) {
    this.records = new Records(this.columns, options.segmentBytes, options.beforeGrowth)
    this.index = new KeyIndex(this.columns, this.records)
    this.emptyIndexBytes = this.index.bytes
    this.hash = fastByteHash(options.hashSeed)
  }

  /** Bytes of the index, beyond those of an empty one. */
  get indexBytes(): number {
    return this.index.bytes - this.emptyIndexBytes
  }

  hashOf(key: Uint8Array, start: number, length: number): number {
    return this.hash(key, start, length)
  }

  /** The slot of a key, or -1. */
  find(hash: number, key: Uint8Array, start: number, length: number): number {
    return this.index.find(hash, key, start, length)
  }

  /** Adds an entry whose key is absent, in a slot that was taken for it. The caller fills the other columns. */
  add(
    slot: number,
    hash: number,
    kind: number,
    keys: Uint8Array,
    keyAt: number,
    keyLength: number,
    values: Uint8Array,
    valueAt: number,
    valueLength: number,
  ): void {
    const { columns, records } = this
    try {
      records.add(slot, keys, keyAt, keyLength, values, valueAt, valueLength)
    } catch (error) {
      columns.giveBack(slot)
      throw error
    }
    columns.hashes[slot] = hash
    columns.kinds[slot] = kind
    this.size++
    if (!this.index.insert(slot)) this.insertCrowded(slot)
  }

  remove(slot: number): void {
    this.index.remove(slot)
    this.records.remove(slot)
    this.columns.giveBack(slot)
    this.size--
  }

  /** Gives an entry another slot, which is free and smaller. */
  renumber(from: number, to: number): void {
    const { columns } = this
    this.index.renumber(from, to)
    this.records.renumber(from, to)
    columns.hashes[to] = columns.hashes[from]!
    columns.expiresAt[to] = columns.expiresAt[from]!
    columns.usedAt[to] = columns.usedAt[from]!
    columns.kinds[to] = columns.kinds[from]!
    columns.kinds[from] = FREE
  }

  /**
   * Shows slots to `visit`, which must not write: about `count`, in the order of their keys' hashes. Start with cursor 0.
   *
   * @returns the next cursor, 0 at the end
   */
  walk(cursor: number, count: number, visit: (slot: number) => void): number {
    if (!(cursor >= 0 && cursor < HASHES)) return 0
    const next = this.index.walk(cursor, count, visit)
    return next < HASHES ? next : 0
  }

  /** Too many keys have about one hash: another hash, or, when that was done, more room. */
  private insertCrowded(slot: number): void {
    const { columns, records, options } = this
    if (!this.isStrong) {
      this.isStrong = true
      this.hash = strongByteHash(options.drawBits(), options.drawBits())
      for (let each = 0; each < columns.end; each++) {
        if (columns.kinds[each] === FREE) continue
        const key = records.keyOf(each)
        columns.hashes[each] = this.hash(key, 0, key.length)
      }
      return this.index.rebuildAll()
    }
    do this.index.grow(columns.hashes[slot]!)
    while (!this.index.insert(slot))
  }
}
