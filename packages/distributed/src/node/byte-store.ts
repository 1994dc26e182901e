/**
 * Keys and values as bytes, by slot: what a node holds. Bounded by count and by memory; a policy says who leaves, a
 * timer wheel finds what is due, and every read compares the deadline itself. Knows no command, no socket and no clock:
 * it is given `now`, in epoch milliseconds.
 *
 * A slot never moves while its key is resident, and that is what makes a slot number a SCAN cursor: what is present from
 * the first call to the last is shown at least once.
 */
import { TimerWheel } from '@mtaio/core/engine'
import { createPolicy, EvictionPolicy, type Policy } from '@mtaio/policies'
import { murmur3Bytes } from '../placement/hash.js'
import { textOf } from './arguments.js'
import { type ByteStoreOptions, ENTRY_OVERHEAD } from './byte-store-options.js'
import type { ByteWrite, SetVerdict } from './byte-write.js'
import { isRegister } from './register-bytes.js'
import { WatchTable } from './watch-table.js'

/** The part of either bound that registers may take: one in so many. */
const REGISTER_SHARE = 8
const FIRST_SLOTS = 64

export class ByteStore {
  evictions = 0
  expirations = 0
  /** Bytes that the entries count for, registers among them. */
  memory = 0
  /** Entries that stay out of the policy: cleared-at and tag registers. */
  registers = 0
  registerMemory = 0

  readonly maxSize: number
  readonly maxMemory: number
  /** Told of every key that is written, removed, evicted or expires, and of every new deadline. */
  readonly watches = new WatchTable()
  private readonly slots = new Map<string, number>()
  private readonly policy: Policy
  private readonly wheel: TimerWheel
  private readonly hashSeed: number

  private names: (string | undefined)[] = []
  private values: (Uint8Array | undefined)[] = []
  private expiries = new Float64Array(FIRST_SLOTS)
  /** 1 where the slot holds a register. */
  private kinds = new Uint8Array(FIRST_SLOTS)
  private readonly free: number[] = []

  constructor(options: ByteStoreOptions, now: number) {
    this.maxSize = options.maxSize ?? Number.POSITIVE_INFINITY
    this.maxMemory = options.maxMemory ?? Number.POSITIVE_INFINITY
    this.hashSeed = options.hashSeed ?? 0
    this.policy = createPolicy(options.evictionPolicy ?? EvictionPolicy.LRU, this.capacity)
    this.wheel = new TimerWheel(now)
  }

  /** Entries that are held, expired ones that no read or sweep has met among them. */
  get size(): number {
    return this.slots.size
  }

  /** Entries that have a deadline. */
  get expiring(): number {
    return this.wheel.size
  }

  /** The value, or `undefined`. A use, for the policy. What comes back holds until the next write and is not to be changed. */
  get(key: Uint8Array, now: number): Uint8Array | undefined {
    const slot = this.liveSlot(textOf(key), now)
    if (slot < 0) return undefined
    if (this.kinds[slot] === 0) this.policy.onHit(slot)
    return this.values[slot]
  }

  /** As {@link get}, but no use. */
  peek(key: Uint8Array, now: number): Uint8Array | undefined {
    const slot = this.liveSlot(textOf(key), now)
    return slot < 0 ? undefined : this.values[slot]
  }

  has(key: Uint8Array, now: number): boolean {
    return this.liveSlot(textOf(key), now) >= 0
  }

  /** When it expires: epoch ms, `Infinity` = never; `undefined` where there is none. No use. */
  expiryOf(key: Uint8Array, now: number): number | undefined {
    const slot = this.liveSlot(textOf(key), now)
    return slot < 0 ? undefined : this.expiries[slot]
  }

  /**
   * Stores copies of key and value, making room by the policy. A refused write leaves everything as it was.
   *
   * @param expiresAt - epoch ms, `Infinity` = never; one that has passed stores nothing that a read could see
   */
  set(key: Uint8Array, value: Uint8Array, expiresAt: number, now: number): SetVerdict {
    const name = textOf(key)
    const register = isRegister(value)
    const cost = key.length + value.length + ENTRY_OVERHEAD
    const standing = this.liveSlot(name, now)
    const verdict = this.fits(cost, register, standing)
    if (verdict !== 'stored') return verdict
    if (standing >= 0 && !register && this.kinds[standing] === 0) {
      this.replace(standing, key, value, cost, expiresAt)
      return 'stored'
    }

    const slot = this.withdraw(standing)
    if (!this.policy.admits || register) this.makeRoom(1, cost)
    this.place(slot, name, value, cost, expiresAt, register)
    if (!register) this.policy.onInsert(slot, this.hashOf(key), this.weightOf(cost))
    if (this.policy.admits) this.makeRoom(0, 0)
    return 'stored'
  }

  /**
   * Stores all or nothing, and none of the writes evicts another. Of a key that comes twice the last value counts. Room
   * is reckoned as if what grows came before what shrinks, so that close to the bounds a set of writes may be refused.
   */
  setAll(writes: readonly ByteWrite[], now: number): SetVerdict {
    const last = new Map<string, ByteWrite>()
    for (const write of writes) last.set(textOf(write.key), write)
    const standing: number[] = []
    const more = { entries: 0, bytes: 0, registers: 0, registerBytes: 0 }
    let stayingBytes = 0
    for (const [name, { key, value }] of last) {
      const slot = this.liveSlot(name, now)
      const held = slot < 0 ? 0 : this.costOf(slot)
      const cost = key.length + value.length + ENTRY_OVERHEAD
      const growth = Math.max(0, cost - held)
      more.bytes += growth
      if (slot < 0) more.entries++
      const isOrdinary = slot >= 0 && this.kinds[slot] === 0
      if (isOrdinary) {
        standing.push(slot)
        stayingBytes += held
      }
      if (isRegister(value)) {
        const isNew = slot < 0 || isOrdinary
        more.registers += isNew ? 1 : 0
        more.registerBytes += isNew ? cost : growth
      }
    }
    const entries = this.registers + standing.length + more.entries
    if (entries > this.maxSize || this.registerMemory + stayingBytes + more.bytes > this.maxMemory) return 'too-large'
    const changesRegisters = more.registers > 0 || more.registerBytes > 0
    if (
      changesRegisters &&
      !this.registersFit(this.registers + more.registers, this.registerMemory + more.registerBytes)
    )
      return 'registers-full'

    if (this.size + more.entries > this.maxSize || this.memory + more.bytes > this.maxMemory) {
      // Out of the policy while room is made, so that what leaves is none of them; their slots stay, for SCAN's sake.
      for (const slot of standing) this.policy.onRemove(slot, false)
      this.makeRoom(more.entries, more.bytes)
      for (const slot of standing) {
        this.policy.onInsert(
          slot,
          this.hashOf(Buffer.from(this.names[slot]!, 'latin1')),
          this.weightOf(this.costOf(slot)),
        )
      }
    }
    for (const { key, value, expiresAt } of last.values()) this.set(key, value, expiresAt, now)
    return 'stored'
  }

  /** A key held at `now`, taken from a random place on; `undefined` where there is none. */
  randomKey(now: number): Uint8Array | undefined {
    const start = Math.floor(Math.random() * this.names.length)
    for (let i = 0; i < this.names.length; i++) {
      const slot = (start + i) % this.names.length
      const name = this.names[slot]
      if (name !== undefined && this.expiries[slot]! > now) return Buffer.from(name, 'latin1')
    }
    return undefined
  }

  /** The bytes that an entry counts for; `undefined` where there is none. */
  memoryOf(key: Uint8Array, now: number): number | undefined {
    const slot = this.liveSlot(textOf(key), now)
    return slot < 0 ? undefined : this.costOf(slot)
  }

  /** Sets another deadline. False where there is no entry. */
  setExpiry(key: Uint8Array, expiresAt: number, now: number): boolean {
    const slot = this.liveSlot(textOf(key), now)
    if (slot < 0) return false
    this.moveDeadline(slot, expiresAt)
    return true
  }

  delete(key: Uint8Array, now: number): boolean {
    const slot = this.liveSlot(textOf(key), now)
    if (slot < 0) return false
    this.remove(slot, false)
    return true
  }

  /**
   * Shows the keys of the next `count` slots to `visit`, which must not write. Start with cursor 0.
   *
   * @returns the next cursor, 0 at the end
   */
  scan(cursor: number, count: number, now: number, visit: (key: Uint8Array) => void): number {
    const end = Math.min(cursor + count, this.names.length)
    for (let slot = cursor; slot < end; slot++) {
      const name = this.names[slot]
      if (name !== undefined && this.expiries[slot]! > now) visit(Buffer.from(name, 'latin1'))
    }
    return end < this.names.length ? end : 0
  }

  /** Removes what has expired, looking at no more than `limit` entries. Returns how many it looked at. */
  sweep(now: number, limit: number): number {
    return this.wheel.advance(now, limit, this.expiries, (slot) => {
      this.expirations++
      this.remove(slot, false)
    })
  }

  /** Removes everything, registers too. */
  clear(): void {
    for (const slot of [...this.slots.values()]) this.remove(slot, false)
  }

  /** Where the live entry lies, -1 for none; an expired one is removed on the way. */
  private liveSlot(name: string, now: number): number {
    const slot = this.slots.get(name)
    if (slot === undefined) return -1
    if (this.expiries[slot]! > now) return slot
    this.expirations++
    this.remove(slot, false)
    return -1
  }

  private fits(cost: number, register: boolean, standing: number): SetVerdict {
    const standsAsRegister = standing >= 0 && this.kinds[standing] === 1
    const count = this.registers - (standsAsRegister ? 1 : 0)
    const bytes = this.registerMemory - (standsAsRegister ? this.costOf(standing) : 0)
    if (!register) return count + 1 > this.maxSize || bytes + cost > this.maxMemory ? 'too-large' : 'stored'
    // An invalidation must not be forgotten while what it invalidates may live: so registers are refused, not evicted.
    return this.registersFit(count + 1, bytes + cost) ? 'stored' : 'registers-full'
  }

  private registersFit(count: number, bytes: number): boolean {
    return count <= Math.max(1, Math.floor(this.maxSize / REGISTER_SHARE)) && bytes <= this.maxMemory / REGISTER_SHARE
  }

  /** A new value for an entry that stays in the policy. */
  private replace(slot: number, key: Uint8Array, value: Uint8Array, cost: number, expiresAt: number): void {
    const grown = cost - this.costOf(slot)
    if (grown > 0 && this.memory + grown > this.maxMemory) {
      // Out of the policy while room is made: it must not be its own victim.
      this.policy.onRemove(slot, false)
      this.makeRoom(0, grown)
      this.policy.onInsert(slot, this.hashOf(key), this.weightOf(cost))
    } else this.policy.onUpdate(slot, this.weightOf(cost))
    this.memory += grown
    this.values[slot] = new Uint8Array(value)
    this.moveDeadline(slot, expiresAt)
  }

  /** Takes a standing entry out, keeping its slot for the key that stays; else a free slot, else a new one. */
  private withdraw(standing: number): number {
    // What was removed last lies on top of the free ones.
    if (standing >= 0) this.remove(standing, false)
    return this.free.pop() ?? this.newSlot()
  }

  private place(slot: number, name: string, value: Uint8Array, cost: number, expiresAt: number, register: boolean) {
    this.slots.set(name, slot)
    this.names[slot] = name
    this.values[slot] = new Uint8Array(value)
    this.expiries[slot] = expiresAt
    this.kinds[slot] = register ? 1 : 0
    this.memory += cost
    if (register) {
      this.registers++
      this.registerMemory += cost
    }
    this.wheel.schedule(slot, expiresAt)
    if (this.watches.size > 0) this.watches.touch(name)
  }

  private makeRoom(entries: number, bytes: number): void {
    while (this.slots.size + entries > this.maxSize || this.memory + bytes > this.maxMemory) {
      const victim = this.policy.victim()
      if (victim < 0) return
      this.evictions++
      this.remove(victim, true)
    }
  }

  private remove(slot: number, evicted: boolean): void {
    const cost = this.costOf(slot)
    this.memory -= cost
    if (this.kinds[slot] === 1) {
      this.registers--
      this.registerMemory -= cost
    } else this.policy.onRemove(slot, evicted)
    this.wheel.cancel(slot)
    if (this.watches.size > 0) this.watches.touch(this.names[slot]!)
    this.slots.delete(this.names[slot]!)
    this.names[slot] = undefined
    this.values[slot] = undefined
    this.free.push(slot)
  }

  private moveDeadline(slot: number, expiresAt: number): void {
    const before = this.expiries[slot]!
    this.expiries[slot] = expiresAt
    if (this.watches.size > 0) this.watches.touch(this.names[slot]!)
    if (before === Number.POSITIVE_INFINITY) this.wheel.schedule(slot, expiresAt)
    else this.wheel.reschedule(slot, before, expiresAt)
  }

  private costOf(slot: number): number {
    return this.names[slot]!.length + this.values[slot]!.length + ENTRY_OVERHEAD
  }

  private get capacity(): number {
    return this.maxSize < Number.POSITIVE_INFINITY ? this.maxSize : this.maxMemory
  }

  /** Weight in the units of the capacity that the policy was told of: entries where their number is bounded, else bytes. */
  private weightOf(cost: number): number {
    return this.maxSize < Number.POSITIVE_INFINITY || this.maxMemory === Number.POSITIVE_INFINITY ? 1 : cost
  }

  private hashOf(key: Uint8Array): number {
    return this.policy.needsHash ? murmur3Bytes(key, this.hashSeed) : 0
  }

  private newSlot(): number {
    const slot = this.names.length
    this.names.push(undefined)
    this.values.push(undefined)
    if (slot === this.expiries.length) {
      this.expiries = doubled(this.expiries, new Float64Array(slot * 2))
      this.kinds = doubled(this.kinds, new Uint8Array(slot * 2))
    }
    return slot
  }
}

function doubled<A extends Float64Array | Uint8Array>(from: A, to: A): A {
  to.set(from)
  return to
}
