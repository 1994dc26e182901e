/**
 * The verbs of a local cache without hooks: keys and durations in, counters and events kept. Both faces, loads and
 * transactions are written over them. Callbacks that come up wait in the engine until a verb is over.
 */
import { CacheClosedError, CacheKeyError } from '@mtaio/exceptions'
import type { Duration, Entries, SetOptions } from './cache.js'
import { checkKey, checkSetOptions, checkValue, checkWeight, keysOf, pairsOf } from './checks.js'
import type { CacheEvents } from './events/cache-events.js'
import { Emitter } from './events/emitter.js'
import { parseDuration } from './expiry/duration.js'
import type { LocalEngine } from './local-engine.js'
import type { Invalidation } from './store/removal-cause.js'
import type { Space } from './store/space.js'
import { Fence, type Watch } from './store/watchers.js'
import type { StoreOptions } from './store-options.js'

export class LocalVerbs<T> {
  protected readonly events = new Emitter<CacheEvents<T>>()
  protected closed = false
  private listening = false

  constructor(
    readonly engine: LocalEngine<T>,
    readonly space: Space<T>,
  ) {
    this.tellRemovals()
  }

  /** Calls `listener` at each event; returns the undo. */
  on<E extends keyof CacheEvents<T>>(event: E, listener: (...args: CacheEvents<T>[E]) => unknown): () => void {
    const undo = this.events.on(event, listener)
    this.listening = true
    this.tellRemovals()
    return undo
  }

  /** A counted read, without hooks. */
  read(key: string): T | undefined {
    if (this.closed || typeof key !== 'string' || key === '') this.check(key)
    const { store, clock, callbacks, advice } = this.engine
    const slot = store.find(this.space, key, clock.now())
    if (advice !== undefined) advice.read(this.space)
    if (slot < 0) {
      this.space.counter.misses++
      if (this.listening) this.tell('miss', key)
      callbacks.drain()
      return undefined
    }
    store.hit(slot)
    this.space.counter.hits++
    const value = store.slots.valueOf(slot) as T
    if (this.listening) {
      this.tell('hit', key, value)
      callbacks.drain()
    }
    return value
  }

  /** The live value, without a trace. */
  peek(key: string): T | undefined {
    this.check(key)
    const slot = this.engine.store.peek(this.space, key, this.engine.clock.now())
    return slot < 0 ? undefined : this.engine.store.slots.valueOf(slot)
  }

  /** A checked write, without hooks. */
  write(key: string, value: T, ttl?: Duration | SetOptions, graceMs = 0): void {
    if (this.closed || typeof key !== 'string' || key === '' || value === undefined) {
      this.check(key)
      checkValue(key, value)
    }
    const { options } = this.engine
    if (ttl === undefined) this.store(key, value, options.defaultTtl, undefined, undefined, graceMs)
    else {
      const checked = checkSetOptions(ttl, options.defaultTtl)
      this.store(key, value, checked.ttlMs, checked.tags, checked.weight, graceMs)
    }
    this.engine.callbacks.drain()
  }

  /** Stores what has been checked; callbacks are left waiting. */
  store(
    key: string,
    value: T,
    ttlMs: number,
    tags: readonly string[] | undefined,
    weight: number | undefined,
    graceMs = 0,
  ): void {
    const { engine, space } = this
    const now = engine.startOf(ttlMs)
    const weighed = weight ?? this.weigh(key, value)
    const fits = engine.store.put(space, key, value, now + ttlMs, weighed, tags, now, graceMs)
    space.counter.sets++
    if (engine.advice !== undefined) engine.advice.wrote(space)
    if (space.watchers.any) space.watchers.changed(key, 'set')
    if (this.listening) this.tell('set', key, value)
    if (!fits) {
      space.counter.evictions++
      space.onRemoved?.(key, value, 'capacity')
    }
    engine.maintenance.wake()
  }

  /** What `value` counts against `maxWeight`. */
  weigh(key: string, value: T): number {
    const { weigher } = this.engine.options
    return weigher === undefined ? 1 : checkWeight(weigher(value, key), `the weigher's result for key '${key}'`)
  }

  /** Deletes a key; whether it was there. */
  drop(key: string): boolean {
    this.check(key)
    const dropped = this.remove(key)
    this.engine.callbacks.drain()
    return dropped
  }

  /** Deletes many; how many were there. */
  dropMany(keys: readonly string[]): number {
    let dropped = 0
    for (const key of keys) if (this.remove(key)) dropped++
    this.engine.callbacks.drain()
    return dropped
  }

  /** Restarts a life with `ttl`, else with the default; `false` if there is none. */
  renew(key: string, ttl: Duration | undefined): boolean {
    this.check(key)
    const life = ttl === undefined ? this.engine.options.defaultTtl : parseDuration(ttl, 'ttl')
    const renewed = this.extend(key, life)
    this.engine.callbacks.drain()
    return renewed
  }

  /** Removes a key; callbacks are left waiting. */
  remove(key: string): boolean {
    const { store, clock } = this.engine
    const now = clock.now()
    const slot = store.find(this.space, key, now)
    if (slot >= 0) this.removeSlot(slot, key, now)
    else {
      // What is kept for a source that fails is gone, too.
      const stale = store.stale(this.space, key, now)
      if (stale >= 0) store.remove(stale, 'expired', now)
      this.space.watchers.changed(key, 'deleted')
    }
    return slot >= 0
  }

  /** Restarts a life; callbacks are left waiting. */
  extend(key: string, ttlMs: number): boolean {
    const { store, maintenance } = this.engine
    const now = this.engine.startOf(ttlMs)
    const slot = store.find(this.space, key, now)
    if (slot < 0) return false
    store.touch(slot, now + ttlMs)
    this.space.watchers.changed(key, 'touched')
    maintenance.wake()
    return true
  }

  /** Watches a key of this space for changes by anybody; returns the undo. */
  watch(key: string, watch: Watch): () => void {
    return this.space.watchers.watch(key, watch)
  }

  /** Watches a key, and the tags, for a load that begins now. */
  openFence(key: string, onBroken?: () => void): Fence {
    return new Fence(this.space.watchers, key, onBroken)
  }

  /** Stores a loaded value unless its fence is broken or it is not to be stored; returns it either way. */
  fill(key: string, value: T, { ttl, tags, store, graceMs }: StoreOptions, fence: Fence): T {
    fence.close()
    this.space.counter.loads++
    if (store && fence.holds(tags) && !this.closed) this.write(key, value, { ttl, tags }, graceMs)
    if (this.listening) this.tell('load', key, value)
    this.engine.callbacks.drain()
    return value
  }

  /** A callback of the user's failed: an `'error'` event, else one process warning. */
  callbackFailed(error: unknown): void {
    this.events.emit('error', error)
  }

  /** What is kept of a key beyond its life, and for how long its life has been over, ms. */
  stale(key: string): { readonly value: T; readonly age: number } | undefined {
    const { store, clock } = this.engine
    const now = clock.now()
    const slot = store.stale(this.space, key, now)
    if (slot < 0) return undefined
    return { value: store.slots.valueOf(slot) as T, age: now - store.slots.expiresAt[slot]! }
  }

  /** Milliseconds that a key has left to live; 0 when it is absent. */
  lifeLeft(key: string): number {
    const { store, clock } = this.engine
    const now = clock.now()
    const slot = store.peek(this.space, key, now)
    return slot < 0 ? 0 : store.slots.expiresAt[slot]! - now
  }

  servedStale(): void {
    this.space.counter.staleHits++
  }

  loadFailed(): void {
    this.space.counter.loadFailures++
  }

  tell<E extends keyof CacheEvents<T>>(event: E, ...args: CacheEvents<T>[E]): void {
    if (this.events.has(event)) this.engine.callbacks.push(() => this.events.emit(event, ...args))
  }

  /** The keys, each one checked. */
  checkKeys(keys: Iterable<string>): readonly string[] {
    this.checkOpen()
    return keysOf(keys)
  }

  /** The pairs, each key and value checked, and what is said of all of them. */
  checkPairs(entries: Entries<T>, ttl: Duration | SetOptions | undefined): (readonly [string, T])[] {
    this.checkOpen()
    checkSetOptions(ttl, this.engine.options.defaultTtl)
    const pairs = [...pairsOf(entries)]
    for (const [key, value] of pairs) {
      checkKey(key)
      checkValue(key, value)
    }
    return pairs
  }

  /** @throws CacheClosedError */
  checkOpen(): void {
    if (this.closed) throw new CacheClosedError('this cache was disposed: make a new one, or dispose it later')
  }

  /** @throws CacheClosedError, CacheKeyError */
  check(key: string): void {
    this.checkOpen()
    checkKey(key)
  }

  /** Removes a live entry; callbacks are left waiting. */
  removeSlot(slot: number, key: string, now: number, by?: Invalidation): void {
    this.engine.store.remove(slot, 'deleted', now, by)
    // Memory may be to be given back.
    this.engine.maintenance.wake()
    this.space.counter.deletes++
    this.engine.advice?.removed(this.space, key)
    this.space.watchers.changed(key, 'deleted')
    if (this.listening) this.tell('delete', key)
  }

  /** Has the store tell of removals for as long as somebody wants to know. */
  private tellRemovals(): void {
    const { onEvicted, evictionReasons } = this.engine.options
    if (onEvicted === undefined && !this.listening) return
    this.space.tellsCleared = onEvicted !== undefined && evictionReasons.has('cleared')
    this.space.onRemoved = (key, value, cause) => {
      if (onEvicted !== undefined && evictionReasons.has(cause))
        this.engine.callbacks.push(() => onEvicted(key, value, cause))
      if (cause === 'capacity') this.tell('evict', key, value)
      else if (cause === 'expired') this.tell('expire', key, value)
    }
  }
}

/** @throws CacheKeyError for an absent value */
export function present<T>(key: string, value: T | undefined): T {
  if (value === undefined) throw new CacheKeyError(`no entry under '${key}'`, { key, code: 'KEY_NOT_FOUND' })
  return value
}
