/**
 * Keys and values as bytes, by slot: what a node holds. Bounded by count and by memory; a policy says who leaves, a
 * timer wheel finds what is due, and every read compares the deadline itself. Knows no command, no socket and no clock:
 * it is given `now`, in epoch milliseconds.
 */
import { putAll } from './byte-batch.js'
import type { ByteStoreOptions } from './byte-store-options.js'
import type { ByteWrite, SetVerdict } from './byte-write.js'
import { Residents } from './residents.js'
import { ENTRY, FREE, secondsOf } from './store/slot-columns.js'
import type { WatchTable } from './watch-table.js'

export class ByteStore {
  readonly maxSize: number
  readonly maxMemory: number
  private readonly residents: Residents

  constructor(options: ByteStoreOptions, now: number) {
    this.maxSize = options.maxSize ?? Number.POSITIVE_INFINITY
    this.maxMemory = options.maxMemory ?? Number.POSITIVE_INFINITY
    this.residents = new Residents(options, now)
  }

  /** Entries that are held, expired ones that no read or sweep has met among them. */
  get size(): number {
    return this.residents.entries.size
  }

  /** Entries that have a deadline. */
  get expiring(): number {
    return this.residents.wheel.size
  }

  /** Bytes allocated for entries: what the process has grown by for their sake. */
  get memory(): number {
    return this.residents.memory
  }

  get evictions(): number {
    return this.residents.evictions
  }

  get expirations(): number {
    return this.residents.expirations
  }

  /** Entries that stay out of the policy: cleared-at and tag registers. */
  get registers(): number {
    return this.residents.limits.registers
  }

  /** What they count for. */
  get registerMemory(): number {
    return this.residents.limits.registerMemory
  }

  /** Told of every key that is written, removed, evicted or expires, and of every new deadline. */
  get watches(): WatchTable {
    return this.residents.watches
  }

  /** The value, or `undefined`. A use, for the policy. What comes back holds until the next write and is not to be changed. */
  get(key: Uint8Array, now: number): Uint8Array | undefined {
    const slot = this.find(key, 0, key.length, now)
    if (slot < 0) return undefined
    this.use(slot, now)
    return this.residents.entries.records.valueOf(slot)
  }

  /** As {@link get}, but no use. */
  peek(key: Uint8Array, now: number): Uint8Array | undefined {
    const slot = this.find(key, 0, key.length, now)
    return slot < 0 ? undefined : this.residents.entries.records.valueOf(slot)
  }

  has(key: Uint8Array, now: number): boolean {
    return this.find(key, 0, key.length, now) >= 0
  }

  /** When it expires: epoch ms, `Infinity` = never; `undefined` where there is none. No use. */
  expiryOf(key: Uint8Array, now: number): number | undefined {
    const slot = this.find(key, 0, key.length, now)
    return slot < 0 ? undefined : this.residents.entries.columns.expiresAt[slot]
  }

  /**
   * Stores copies of key and value, making room by the policy. A refused write leaves everything as it was.
   *
   * @param expiresAt - epoch ms, `Infinity` = never; one that has passed stores nothing that a read could see
   */
  set(key: Uint8Array, value: Uint8Array, expiresAt: number, now: number): SetVerdict {
    return this.residents.put(key, 0, key.length, value, 0, value.length, expiresAt, now)
  }

  /** As {@link set}, of a key and a value that lie among other bytes. */
  write(
    bytes: Uint8Array,
    keyAt: number,
    keyLength: number,
    valueAt: number,
    valueLength: number,
    expiresAt: number,
    now: number,
  ): SetVerdict {
    return this.residents.put(bytes, keyAt, keyLength, bytes, valueAt, valueLength, expiresAt, now)
  }

  /**
   * Stores all or nothing, and none of the writes evicts another. Of a key that comes twice the last value counts. Room
   * is reckoned as if what grows came before what shrinks, so that close to the bounds a set of writes may be refused.
   */
  setAll(writes: readonly ByteWrite[], now: number): SetVerdict {
    return putAll(this.residents, writes, now)
  }

  /** A key held at `now`, taken from a random place on; `undefined` where there is none. */
  randomKey(now: number): Uint8Array | undefined {
    const { columns, records } = this.residents.entries
    const start = Math.floor(Math.random() * columns.end)
    for (let i = 0; i < columns.end; i++) {
      const slot = (start + i) % columns.end
      if (columns.kinds[slot] !== FREE && columns.expiresAt[slot]! > now) return records.keyOf(slot).slice()
    }
    return undefined
  }

  /** The bytes that an entry counts for; `undefined` where there is none. */
  memoryOf(key: Uint8Array, now: number): number | undefined {
    const slot = this.find(key, 0, key.length, now)
    return slot < 0 ? undefined : this.residents.costOf(slot)
  }

  /** Sets another deadline. False where there is no entry. */
  setExpiry(key: Uint8Array, expiresAt: number, now: number): boolean {
    const slot = this.find(key, 0, key.length, now)
    if (slot < 0) return false
    this.residents.moveDeadline(slot, expiresAt)
    return true
  }

  delete(key: Uint8Array, now: number): boolean {
    const slot = this.find(key, 0, key.length, now)
    if (slot < 0) return false
    this.residents.remove(slot, false)
    return true
  }

  /**
   * Shows about `count` keys to `visit`, which must not write. What is there from the first call to the last is shown at
   * least once, whatever comes, goes or grows meanwhile; only when strangers' keys make the store take another hash may
   * a scan under way miss some. Start with cursor 0.
   *
   * @returns the next cursor, 0 at the end
   */
  scan(cursor: number, count: number, now: number, visit: (key: Uint8Array) => void): number {
    const { columns, records } = this.residents.entries
    return this.residents.entries.walk(cursor, count, (slot) => {
      if (columns.expiresAt[slot]! > now) visit(records.keyOf(slot).slice())
    })
  }

  /**
   * Removes what has expired, and gives back what removed entries took, looking at no more than `limit` entries. Returns
   * how many it looked at.
   */
  sweep(now: number, limit: number): number {
    return this.residents.sweep(now, limit)
  }

  /** Removes everything, registers too, and gives the memory back. */
  clear(): void {
    this.residents.clear()
  }

  /** The slot of a key that lies among other bytes, -1 for none; an expired entry is removed on the way. */
  find(bytes: Uint8Array, start: number, length: number, now: number): number {
    const { entries } = this.residents
    return this.residents.live(entries.find(entries.hashOf(bytes, start, length), bytes, start, length), now)
  }

  /** The bytes among which the value of a slot lies, until the next write. */
  bytesOf(slot: number): Uint8Array {
    return this.residents.entries.records.bytesOf(slot)
  }

  /** Where among them it begins. */
  valueStart(slot: number): number {
    return this.residents.entries.records.valueStart(slot)
  }

  valueLength(slot: number): number {
    return this.residents.entries.records.valueLength(slot)
  }

  /** How often the entry was used, where the policy counts. No use. */
  usesOf(key: Uint8Array, now: number): number | undefined {
    const slot = this.find(key, 0, key.length, now)
    const { entries, policy } = this.residents
    return slot >= 0 && entries.columns.kinds[slot] === ENTRY ? policy.usesOf?.(slot) : undefined
  }

  /** Whole seconds since the entry was used or written; `undefined` where there is none. No use. */
  idleTimeOf(key: Uint8Array, now: number): number | undefined {
    const slot = this.find(key, 0, key.length, now)
    return slot < 0 ? undefined : Math.max(0, secondsOf(now) - this.residents.entries.columns.usedAt[slot]!)
  }

  /** The entry of a slot is used. */
  use(slot: number, now: number): void {
    const { columns } = this.residents.entries
    columns.usedAt[slot] = secondsOf(now)
    if (columns.kinds[slot] === ENTRY) this.residents.policy.onHit(slot)
  }
}
