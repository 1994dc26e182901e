/** The cache that people make: options and hooks around the faces, and the three with their policy fixed. */
import { CacheConfigError } from '@mtaio/exceptions'
import { EvictionPolicy } from '@mtaio/policies'
import type { Advice } from '@mtaio/policies/advice'
import { type CacheDump, dump, load } from './dump.js'
import type { Hooks } from './hooks.js'
import { OwnLoader } from './loading/own-loader.js'
import { LocalCache } from './local-cache.js'
import { LocalEngine } from './local-engine.js'
import { checkLimits, checkOptions, type Limits, type TTLCacheOptions } from './options.js'
import { SyncTTLCache } from './sync-ttl-cache.js'

/**
 * A cache in this process whose entries live for a time: exact expiry at reads, exact eviction, statistics, hooks,
 * loading with single flight, transactions.
 *
 * Numbers for times are seconds. About 60 bytes an entry beside key and value; every call O(1).
 *
 * @example
 * const cache = new TTLCache<string>({ maxSize: 1000, defaultTtl: '5m' })
 * await cache.set('key', 'value')
 * await cache.get('key') // 'value'
 *
 * @throws CacheConfigError naming an option that is out of contract
 */
export class TTLCache<T> extends LocalCache<T> {
  constructor(options: TTLCacheOptions<T> = {}) {
    const self: { cache?: TTLCache<T> } = {}
    const hooks = TTLCache.hooksOf<T>(new.target.prototype as TTLCache<T>, self)
    const engine = new LocalEngine<T>(checkOptions(options), (error) => self.cache?.sync.callbackFailed(error))
    super(new SyncTTLCache(engine, engine.store.root, hooks), hooks, new OwnLoader(options, true))
    self.cache = this
  }

  /**
   * Changes how much the cache holds at most, at once: what is too much leaves as if it had been evicted. A limit that is
   * not given stays. O(what leaves).
   *
   * @throws CacheConfigError
   */
  resize(limits: Limits): void {
    const { engine } = this.sync
    this.sync.checkOpen()
    engine.options = { ...engine.options, ...checkLimits(limits, engine.options) }
    engine.store.resize(engine.options.maxSize, engine.options.maxWeight, engine.clock.now())
    engine.advice?.resize(engine.options.maxSize)
    engine.maintenance.wake()
    engine.callbacks.drain()
  }

  /**
   * What the cache hits now, would hit at half and at double the size, and under the other policies, for the traffic of
   * about its last 50 × `maxSize` requests, each with an error bound. O(policies).
   *
   * @throws CacheConfigError unless the cache was made with `advise: true`
   */
  advice(): Advice {
    this.sync.checkOpen()
    const { advice } = this.sync.engine
    if (advice === undefined) throw new CacheConfigError('advice() is for caches that are made with advise: true')
    return advice.advice()
  }

  /**
   * The live entries as plain data, namespaces included, from the next to be evicted to the last, each with the time it
   * has left, its tags and weight. O(entries), at once.
   */
  dump(): CacheDump<T> {
    this.sync.checkOpen()
    return dump(this.sync)
  }

  /**
   * Stores what `dump()` gave, in this process or another, and keeps its order. Time has passed for it since; keys that
   * are here already stay as they are. Hooks are not asked, `sets` not counted. How many were stored. O(entries), at once.
   *
   * @throws CacheValueError, CacheKeyError, CacheConfigError when it is no dump: then nothing was stored
   */
  load(from: CacheDump<T>): number {
    this.sync.checkOpen()
    return load(this.sync, from)
  }

  /**
   * Hook: runs before each value is stored, by whichever call. What it returns (or resolves to) is stored instead;
   * `undefined` leaves the value as it is; throwing vetoes the write. Costs nothing where it is not overridden.
   */
  protected preSet(_key: string, _value: T): T | undefined | void | Promise<T | undefined | void> {
    return undefined
  }

  /**
   * Hook: runs after each `get`, `getMany`, `getOrSet` and transactional read; what it returns is what the caller gets.
   * `value` is `undefined` when the key is absent. Costs nothing where it is not overridden.
   */
  protected postGet(_key: string, value: T | undefined): T | undefined | Promise<T | undefined> {
    return value
  }

  /** Which hooks a subclass overrides. */
  private static hooksOf<T>(prototype: TTLCache<T>, self: { cache?: TTLCache<T> }): Hooks<T> {
    return {
      preSet:
        prototype.preSet === TTLCache.prototype.preSet ? undefined : (key, value) => self.cache!.preSet(key, value),
      postGet:
        prototype.postGet === TTLCache.prototype.postGet ? undefined : (key, value) => self.cache!.postGet(key, value),
    }
  }
}

/** Options of the caches whose policy is fixed. */
export type FixedPolicyOptions<T> = Omit<TTLCacheOptions<T>, 'evictionPolicy'>

/** A `TTLCache` that evicts the least recently used. */
export class TTLLRUCache<T> extends TTLCache<T> {
  constructor(options: FixedPolicyOptions<T> = {}) {
    super(withPolicy(options, EvictionPolicy.LRU))
  }
}

/** A `TTLCache` that evicts the least frequently used; among equals, the least recently used. */
export class TTLLFUCache<T> extends TTLCache<T> {
  constructor(options: FixedPolicyOptions<T> = {}) {
    super(withPolicy(options, EvictionPolicy.LFU))
  }
}

/** A `TTLCache` that evicts in the order of arrival; reads and updates do not matter. */
export class TTLFIFOCache<T> extends TTLCache<T> {
  constructor(options: FixedPolicyOptions<T> = {}) {
    super(withPolicy(options, EvictionPolicy.FIFO))
  }
}

function withPolicy<T>(options: FixedPolicyOptions<T>, evictionPolicy: EvictionPolicy): TTLCacheOptions<T> {
  if (typeof options === 'object' && options !== null && 'evictionPolicy' in options) {
    throw new CacheConfigError(`evictionPolicy is fixed to '${evictionPolicy}' here: use TTLCache to choose one`)
  }
  return { ...options, evictionPolicy }
}
