/**
 * Table, values, policy and wheel kept in step: **the only room that mutates** entries. It is given `now` and instants,
 * never asks for time, and knows neither durations, promises nor users' callbacks; each space is told of removals after
 * everything here agrees again.
 */
import { createPolicy, type Policy } from '@mtaio/policies'
import { TimerWheel } from '../expiry/timer-wheel.js'
import { Compactor, type Parts } from './compactor.js'
import type { EntryStoreOptions } from './entry-store-options.js'
import { type KeyTable, MOST_SLOTS } from './key-table.js'
import { Rehasher } from './rehasher.js'
import type { Invalidation, RemovalCause } from './removal-cause.js'
import { Removals } from './removals.js'
import { RetiredTables } from './retired-tables.js'
import { Slots } from './slots.js'
import { Space } from './space.js'

type Table<T> = KeyTable<T, Space<T>>

export class EntryStore<T> implements Parts<T> {
  readonly slots = new Slots<T, Table<T>>()
  readonly root = new Space<T>(this.slots)
  /** Present where the cache can be inspected whole. */
  readonly removals: Removals<Space<T>> | undefined
  /** Total weight of the residents, those of cleared spaces that are not freed yet included. */
  weight = 0

  policy: Policy
  wheel: TimerWheel
  /** Residents, those of cleared spaces that are not freed yet included. */
  residents = 0
  /** How often all keys came to be hashed in another way. */
  rehashes = 0
  /** Walks under way. They go by slots, so no entry may get another one meanwhile. */
  private walks = 0
  private readonly compactor = new Compactor<T>(this)
  private readonly retired = new RetiredTables<T, Space<T>>()
  private readonly rehasher = new Rehasher<T, Space<T>>(this.slots, () => this.tables())
  /** What it answers stays the same until `rehashes` changes. */
  readonly hash = this.rehasher.hash

  readonly options: EntryStoreOptions

  constructor(options: EntryStoreOptions) {
    this.options = { ...options, maxSize: Math.min(options.maxSize, MOST_SLOTS) }
    if (options.inspectable) {
      this.slots.trackAge()
      this.removals = new Removals()
    }
    this.policy = this.newPolicy()
    this.wheel = new TimerWheel(options.now)
  }

  /**
   * The live slot of `key`, or -1. One whose time is over is removed as `'expired'`, unless it is kept longer than it
   * lives. Tells the policy nothing.
   */
  find(space: Space<T>, key: string, now: number): number {
    const slot = space.table.find(key, this.hash.of(key))
    if (slot < 0 || this.slots.expiresAt[slot]! > now) return slot
    if (this.slots.endOf(slot) <= now) this.remove(slot, 'expired', now)
    return -1
  }

  /** The slot of `key` if its time is over and it is still kept, or -1. */
  stale(space: Space<T>, key: string, now: number): number {
    if (this.slots.keptUntil === undefined) return -1
    const slot = space.table.find(key, this.hash.of(key))
    return slot >= 0 && this.slots.expiresAt[slot]! <= now && this.slots.endOf(slot) > now ? slot : -1
  }

  /** The live slot of `key`, or -1, changing nothing. */
  peek(space: Space<T>, key: string, now: number): number {
    const slot = space.table.find(key, this.hash.of(key))
    return slot >= 0 && this.slots.expiresAt[slot]! > now ? slot : -1
  }

  /** The slot of `key`, whatever its time, or -1. */
  locate(space: Space<T>, key: string): number {
    return space.table.find(key, this.hash.of(key))
  }

  /** A read found the entry. */
  hit(slot: number): void {
    this.policy.onHit(slot)
  }

  /**
   * Stores a value, keeps it for `grace` beyond its life, and makes room for it. False when it is heavier than the whole:
   * then it is not stored, an older value of its key is gone as `'replaced'`, and nothing else is touched.
   */
  put(
    space: Space<T>,
    key: string,
    value: T,
    expiresAt: number,
    weight: number,
    tags: readonly string[] | undefined,
    now: number,
    grace = 0,
  ): boolean {
    const hash = this.hash.of(key)
    let slot = space.table.find(key, hash)
    if (slot >= 0 && this.slots.expiresAt[slot]! <= now) {
      this.remove(slot, 'expired', now)
      slot = -1
    }
    if (weight > this.options.maxWeight) {
      if (slot >= 0) this.remove(slot, 'replaced', now)
      return false
    }
    if (slot >= 0) this.replace(space, slot, value, expiresAt, weight, tags, now, grace)
    else this.add(space, key, hash, value, expiresAt, weight, tags, now, grace)
    return true
  }

  /** Gives an entry a new deadline; it is kept beyond that for as long as before. */
  touch(slot: number, expiresAt: number): void {
    const { slots } = this
    const before = slots.endOf(slot)
    const grace =
      slots.keptUntil === undefined || before === Number.POSITIVE_INFINITY ? 0 : before - slots.expiresAt[slot]!
    slots.setDeadlines(slot, expiresAt, expiresAt + grace)
    this.wheel.reschedule(slot, before, expiresAt + grace)
  }

  /** Ends the life of an entry now; it is kept for as long as it would have been. */
  expire(slot: number, now: number, by: Invalidation): void {
    const { slots } = this
    slots.setDeadlines(slot, now, slots.endOf(slot))
    this.removals?.add((slots.tables?.[slot] ?? this.root.table).owner!, slots.keyOf(slot)!, 'expired', now, by)
  }

  /** Removes a resident, whoever's it is. `now`: any time where it expired, for it left when its life ended. */
  remove(slot: number, cause: RemovalCause, now: number, by?: Invalidation): void {
    const { slots } = this
    const table = slots.tables?.[slot] ?? this.root.table
    const space = table.owner
    const weight = slots.weightOf(slot)
    table.remove(slot)
    this.policy.onRemove(slot, cause === 'capacity')
    this.residents--
    this.weight -= weight
    if (space === undefined) return slots.giveBack(slot)
    const tags = slots.tags?.[slot]
    if (tags !== undefined) space.tags.remove(slot, tags)
    space.weight -= weight
    if (cause === 'capacity') space.counter.evictions++
    else if (cause === 'expired') space.counter.expirations++
    if (this.removals !== undefined) {
      this.removals.add(space, slots.keyOf(slot)!, cause, cause === 'expired' ? slots.expiresAt[slot]! : now, by)
    }
    const told = space.onRemoved
    if (told === undefined) return slots.giveBack(slot)
    const key = slots.keyOf(slot)!
    const value = slots.valueOf(slot) as T
    slots.giveBack(slot)
    told(key, value, cause)
  }

  /** Empties a space in O(1); its slots are freed bit by bit, before any live entry would have to go. */
  clear(space: Space<T>, now: number): void {
    if (space.tellsCleared) {
      for (const slot of this.slotsOf(space)) this.remove(slot, 'cleared', now)
    } else this.retired.add(space.detachTable(now))
  }

  /** Empties every space at once and gives the memory back: O(1), unless somebody is to be told of each entry. */
  clearAll(now: number): void {
    const spaces = [...this.root.family()]
    for (const space of spaces) {
      if (space.tellsCleared) for (const slot of this.slotsOf(space)) this.remove(slot, 'cleared', now)
    }
    for (const space of spaces) space.detachTable(now)
    this.retired.clear()
    this.residents = 0
    this.weight = 0
    this.policy = this.newPolicy()
    this.forgetSlots()
  }

  forgetSlots(): void {
    this.slots.reset()
    this.wheel = new TimerWheel(this.wheel.time)
    this.policy.trim?.(0)
    for (const table of this.tables()) table.shrink()
  }

  /** Changes how much is held at most, at once: what is too much leaves. O(what leaves). */
  resize(maxSize: number, maxWeight: number, now: number): void {
    this.options.maxSize = Math.min(maxSize, MOST_SLOTS)
    this.options.maxWeight = maxWeight
    this.policy.resize?.(this.capacity)
    this.makeRoom(0, 0, now)
  }

  /**
   * Removes up to `limit` expired entries, frees slots of cleared spaces and gives memory back; how many were looked at.
   */
  sweep(now: number, limit: number): number {
    const looked = this.wheel.advance(now, limit, this.slots.keptUntil ?? this.slots.expiresAt, this.whenDue)
    let freed = 0
    while (looked + freed < limit && this.reclaim()) freed++
    while (looked + freed < limit && this.walks === 0) {
      const steps = this.compactor.step()
      if (steps === 0) break
      freed += steps
    }
    return Math.min(limit, looked + freed)
  }

  /** Whether a sweep could ever find anything to do. */
  get needsSweeps(): boolean {
    return this.residents > 0 && (this.wheel.size > 0 || this.retired.length > 0)
  }

  /** The slots of a space, live or expired: safe while entries come and go, none twice, none that has left. O(slots). */
  *slotsOf(space: Space<T>): IterableIterator<number> {
    const { slots } = this
    const table = space.table
    // Fixed at the start, so that a walk which adds entries ends.
    const end = slots.end
    this.walks++
    try {
      for (let slot = 0; slot < end; slot++) {
        if (slots.keyOf(slot) === undefined) continue
        if ((slots.tables?.[slot] ?? this.root.table) === table && table === space.table) yield slot
      }
    } finally {
      this.walks--
    }
  }

  /** The wheel keeps slots whose entry left early, too. */
  private readonly whenDue = (slot: number): void => {
    if (this.slots.keyOf(slot) !== undefined) this.remove(slot, 'expired', this.wheel.time)
  }

  private add(
    space: Space<T>,
    key: string,
    hash: number,
    value: T,
    expiresAt: number,
    weight: number,
    tags: readonly string[] | undefined,
    now: number,
    grace: number,
  ): void {
    const { slots, policy } = this
    const admits = policy.admits === true
    if (!admits) this.makeRoom(1, weight, now)
    const slot = slots.take(key, value)
    slots.hashes[slot] = hash
    // Whoever had this slot before is left in the wheel until its time: that is soon enough for the newcomer, too.
    this.wheel.scheduleAgain(slot, slots.endOf(slot), expiresAt + grace)
    slots.setDeadlines(slot, expiresAt, expiresAt + grace)
    slots.setWeight(slot, weight)
    if (space !== this.root || slots.tables !== undefined) this.noteTable(slot, space.table)
    if (tags !== undefined) space.tag(slot, tags)
    if (slots.storedAt !== undefined) slots.storedAt[slot] = now
    if (this.rehasher.insert(space.table, slot)) {
      this.retired.rearranged()
      this.rehashes++
    }
    space.weight += weight
    this.residents++
    this.weight += weight
    policy.onInsert(slot, slots.hashes[slot]!, weight)
    if (admits) this.makeRoom(0, 0, now)
  }

  private replace(
    space: Space<T>,
    slot: number,
    value: T,
    expiresAt: number,
    weight: number,
    tags: readonly string[] | undefined,
    now: number,
    grace: number,
  ): void {
    const { slots } = this
    const old = slots.valueOf(slot) as T
    const before = slots.endOf(slot)
    slots.setValue(slot, value)
    slots.setDeadlines(slot, expiresAt, expiresAt + grace)
    this.wheel.reschedule(slot, before, expiresAt + grace)
    const heavier = weight - slots.weightOf(slot)
    if (heavier !== 0) {
      slots.setWeight(slot, weight)
      space.weight += heavier
      this.weight += heavier
    }
    if (tags !== undefined || slots.tags?.[slot] !== undefined) space.tag(slot, tags ?? [])
    if (slots.storedAt !== undefined) slots.storedAt[slot] = now
    this.policy.onUpdate(slot, weight)
    space.onRemoved?.(slots.keyOf(slot)!, old, 'replaced')
    if (heavier > 0) this.makeRoom(0, 0, now)
  }

  private makeRoom(count: number, weight: number, now: number): void {
    const { maxSize, maxWeight } = this.options
    while (this.residents + count > maxSize || this.weight + weight > maxWeight) {
      if (this.retired.length > 0 && this.reclaim()) continue
      const victim = this.policy.victim()
      if (victim < 0) return
      // A victim that was over anyway left for time, not for size.
      this.remove(victim, this.slots.expiresAt[victim]! <= now ? 'expired' : 'capacity', now)
    }
  }

  /** Frees one slot of a cleared space, if there is one. */
  reclaim(): boolean {
    const slot = this.retired.next()
    if (slot >= 0) this.remove(slot, 'cleared', 0)
    return slot >= 0
  }

  private noteTable(slot: number, table: Table<T>): void {
    if (this.slots.tables === undefined) {
      this.slots.tables = []
      for (const resident of this.policy.order()) this.slots.tables[resident] = this.root.table
    }
    this.slots.tables[slot] = table
  }

  /** Every table, those of cleared spaces included. */
  *tables(): IterableIterator<Table<T>> {
    yield* this.retired
    for (const space of this.root.family()) yield space.table
  }

  private newPolicy(): Policy {
    return createPolicy(this.options.evictionPolicy, this.capacity)
  }

  /** In entries, or in weight where only that is bounded. */
  private get capacity(): number {
    const { maxSize, maxWeight } = this.options
    if (maxSize < MOST_SLOTS) return maxSize
    return maxWeight
  }
}
