/**
 * Entries, policy, wheel and limits kept in step: **the only file that adds and removes**. It is given `now` and knows no
 * command.
 *
 * Memory is counted as it is allocated: segments of records, columns by slot, index, policy and wheel. What was removed
 * leaves holes, which are cleaned a little with every write; the limit leaves room for them.
 */
import { getRandomValues } from 'node:crypto'
import { TimerWheel } from '@mtaio/core/engine'
import { createPolicy, EvictionPolicy, type Policy } from '@mtaio/policies'
import { textOf } from './arguments.js'
import { ByteLimits } from './byte-limits.js'
import type { ByteStoreOptions } from './byte-store-options.js'
import type { SetVerdict } from './byte-write.js'
import { isRegister } from './register-bytes.js'
import { shrink } from './shrink.js'
import { Entries } from './store/entries.js'
import { policyBytes } from './store/policy-bytes.js'
import { COLUMN_BYTES, ENTRY, FREE, MOST_SLOTS, REGISTER, secondsOf } from './store/slot-columns.js'
import { WatchTable } from './watch-table.js'

/** Bytes that index and wheel take for a slot at the most, when they have just grown. */
const INDEX_AND_WHEEL_BYTES = 11 + 16
/**
 * Columns, index, policy and wheel grow by taking a larger buffer, and what they have outgrown stays with the allocator in
 * part: an eighth of what they take, as `npm run bench:node-memory` shows (2026-11-25).
 */
const OUTGROWN = 9 / 8
/** The cleaner walks over so many bytes after a write, and over so many times what was written. */
const LEAST_WALK = 2048
const WALK_RATIO = 10
const MOST_WALK = 64 * 1024
/** Segments that are emptied at once when it has not kept up. */
const MOST_EMPTIED = 16
/** Bytes that the cleaner walks over in a sweep for each entry that the sweep may look at. */
const WALK_OF_SWEEP = 128

export class Residents {
  evictions = 0
  expirations = 0
  readonly watches = new WatchTable()
  readonly limits: ByteLimits
  entries: Entries
  policy: Policy
  wheel: TimerWheel
  /** What policy and columns take for a slot. */
  private readonly slotBytes: number

  constructor(
    private readonly options: ByteStoreOptions,
    now: number,
  ) {
    const { maxSize = Number.POSITIVE_INFINITY, maxMemory = Number.POSITIVE_INFINITY } = options
    this.limits = new ByteLimits(Math.min(maxSize, MOST_SLOTS), maxMemory)
    this.slotBytes = COLUMN_BYTES + policyBytes(options.evictionPolicy ?? EvictionPolicy.LRU)
    this.entries = this.newEntries()
    this.policy = this.newPolicy()
    this.wheel = new TimerWheel(now)
  }

  /** Bytes allocated for entries. */
  get memory(): number {
    return this.entries.records.allocated + this.bytesBeside(0)
  }

  /** The slot, or -1 where it holds no entry that is alive: one whose time is over is removed. */
  live(slot: number, now: number): number {
    if (slot < 0 || this.entries.columns.expiresAt[slot]! > now) return slot
    this.expirations++
    this.remove(slot, false)
    return -1
  }

  /** Stores copies of a key and a value that lie among other bytes. A refused write leaves everything as it was. */
  put(
    keys: Uint8Array,
    keyAt: number,
    keyLength: number,
    values: Uint8Array,
    valueAt: number,
    valueLength: number,
    expiresAt: number,
    now: number,
  ): SetVerdict {
    const { entries, limits, policy } = this
    const { columns, records } = entries
    const register = isRegister(values, valueAt, valueLength)
    const hash = entries.hashOf(keys, keyAt, keyLength)
    const standing = this.live(entries.find(hash, keys, keyAt, keyLength), now)
    const bytes = records.sizeFor(keyLength, valueLength)
    const cost = this.costFor(bytes)
    const isInstead = standing >= 0 && columns.kinds[standing] === REGISTER
    const verdict = limits.fits(cost, register, isInstead ? this.costOf(standing) : 0)
    if (verdict !== 'stored') return verdict
    if (standing >= 0 && !register && !isInstead) {
      this.admitGrowth(standing, records.growthFor(standing, keyLength, valueLength), cost)
      records.replace(standing, keys, keyAt, keyLength, values, valueAt, valueLength)
      this.moveDeadline(standing, expiresAt)
      columns.usedAt[standing] = secondsOf(now)
    } else {
      if (standing >= 0) this.remove(standing, false)
      if (!policy.admits || register) this.makeRoom(1, bytes)
      const slot = columns.take()
      entries.add(slot, hash, register ? REGISTER : ENTRY, keys, keyAt, keyLength, values, valueAt, valueLength)
      columns.expiresAt[slot] = expiresAt
      columns.usedAt[slot] = secondsOf(now)
      this.wheel.schedule(slot, expiresAt)
      if (register) {
        limits.registers++
        limits.registerMemory += cost
      } else policy.onInsert(slot, columns.hashes[slot]!, this.weightOf(cost))
      if (this.watches.size > 0) this.touch(slot)
      if (policy.admits) this.makeRoom(0, 0)
    }
    records.cleaner.step(Math.min(MOST_WALK, LEAST_WALK + WALK_RATIO * bytes))
    return 'stored'
  }

  remove(slot: number, evicted: boolean): void {
    const { entries, limits } = this
    if (entries.columns.kinds[slot] === REGISTER) {
      limits.registers--
      limits.registerMemory -= this.costOf(slot)
    } else this.policy.onRemove(slot, evicted)
    this.wheel.cancel(slot)
    if (this.watches.size > 0) this.touch(slot)
    entries.remove(slot)
  }

  /** Sets another deadline. */
  moveDeadline(slot: number, expiresAt: number): void {
    const { expiresAt: deadlines } = this.entries.columns
    const before = deadlines[slot]!
    if (this.watches.size > 0) this.touch(slot)
    if (before === expiresAt) return
    deadlines[slot] = expiresAt
    if (before === Number.POSITIVE_INFINITY) this.wheel.schedule(slot, expiresAt)
    else this.wheel.reschedule(slot, before, expiresAt)
  }

  /** Removes what is due and cleans what was removed, looking at no more than `limit` entries. How many it looked at. */
  sweep(now: number, limit: number): number {
    const { columns, records } = this.entries
    const looked = this.wheel.advance(now, limit, columns.expiresAt, (slot) => {
      this.expirations++
      this.remove(slot, false)
    })
    const walked = Math.floor(records.cleaner.step((limit - looked) * WALK_OF_SWEEP) / WALK_OF_SWEEP)
    return looked + walked + shrink(this, limit - looked - walked)
  }

  /** Removes everything and gives the memory back. O(1) unless somebody watches. */
  clear(): void {
    const { columns } = this.entries
    const end = this.watches.size > 0 ? columns.end : 0
    for (let slot = 0; slot < end; slot++) if (columns.kinds[slot] !== FREE) this.touch(slot)
    this.entries = this.newEntries()
    this.policy = this.newPolicy()
    this.wheel = new TimerWheel(this.wheel.time)
    this.limits.registers = 0
    this.limits.registerMemory = 0
  }

  /** Evicts until so many entries and bytes of records more fit, or nobody is left who may leave. */
  makeRoom(entries: number, bytes: number): void {
    while (this.exceeds(entries, bytes)) {
      const victim = this.policy.victim()
      if (victim < 0) return
      this.evictions++
      this.remove(victim, true)
    }
  }

  /** Whether so many entries and bytes of records more are more than may be held. */
  exceeds(entries: number, bytes: number): boolean {
    const { maxSize, maxMemory } = this.limits
    if (this.entries.size + entries > maxSize) return true
    if (maxMemory === Number.POSITIVE_INFINITY) return false
    return this.bytesBeside(entries) + this.entries.records.boundWith(bytes) > maxMemory
  }

  /** What an entry counts for whose record has so many bytes. */
  costFor(recordBytes: number): number {
    return recordBytes + Math.ceil((this.slotBytes + INDEX_AND_WHEEL_BYTES) * OUTGROWN)
  }

  /** What an entry counts for. */
  costOf(slot: number): number {
    return this.costFor(this.entries.records.sizeOf(slot))
  }

  /** Weight in the units of the capacity that the policy was told of: entries where their number is bounded, else bytes. */
  weightOf(cost: number): number {
    return this.options.maxSize !== undefined || this.options.maxMemory === undefined ? 1 : cost
  }

  /** Makes room for a longer record of an entry, which must not be its own victim. A use, for the policy. */
  private admitGrowth(slot: number, growth: number, cost: number): void {
    const { records, columns } = this.entries
    // The old record stays until the new one is there.
    const bytes = growth === 0 ? 0 : growth + records.sizeOf(slot)
    if (bytes > 0 && this.exceeds(0, bytes)) {
      this.policy.onRemove(slot, false)
      this.makeRoom(0, bytes)
      this.policy.onInsert(slot, columns.hashes[slot]!, this.weightOf(cost))
    } else this.policy.onUpdate(slot, this.weightOf(cost))
  }

  /** Bytes of all but the records, with so many entries more. */
  private bytesBeside(entries: number): number {
    const { columns, size, indexBytes } = this.entries
    const slots = Math.max(columns.reach, size + entries)
    return Math.ceil((slots * this.slotBytes + indexBytes + this.wheel.bytes) * OUTGROWN)
  }

  private touch(slot: number): void {
    this.watches.touch(textOf(this.entries.records.keyOf(slot)))
  }

  private newEntries(): Entries {
    return new Entries({
      hashSeed: this.options.hashSeed ?? 0,
      drawBits: () => getRandomValues(new Int32Array(1))[0]!,
      segmentBytes: this.limits.segmentBytes,
      beforeGrowth: () => this.cleanForSegment(),
    })
  }

  private newPolicy(): Policy {
    const { maxSize, maxMemory, evictionPolicy = EvictionPolicy.LRU } = this.options
    return createPolicy(evictionPolicy, maxSize ?? maxMemory ?? Number.POSITIVE_INFINITY)
  }

  /** The cleaner has not kept up: it does now. */
  private cleanForSegment(): void {
    const { segmentBytes, maxMemory } = this.limits
    const { cleaner } = this.entries.records
    for (let i = 0; i < MOST_EMPTIED && this.memory + segmentBytes > maxMemory; i++) if (!cleaner.emptyOne()) return
  }
}
