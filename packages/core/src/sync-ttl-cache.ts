/** The synchronous face of a local cache: the verbs with hooks around them, plain values, no promises. */
import type {
  Duration,
  Entries,
  SetOptions,
  SyncCache,
  SyncGetOrSetOptions,
  SyncLoadContext,
  SyncTransaction,
  TransactionOptions,
} from './cache.js'
import { checkNamespaceName, checkPrefix, checkTag, checkValue, tagsOf } from './checks.js'
import { parseDuration } from './expiry/duration.js'
import { type Hooks, replaced, syncHooks } from './hooks.js'
import { inspect } from './inspect.js'
import type { Inspection, LoadsUnderWay } from './inspection.js'
import { deletePrefixed, deleteTagged, expireTagged } from './invalidation.js'
import { loadNow } from './loading/load-now.js'
import type { OwnLoader } from './loading/own-loader.js'
import type { LocalEngine } from './local-engine.js'
import { LocalVerbs, present } from './local-verbs.js'
import type { CacheStats } from './stats/cache-stats.js'
import type { Space } from './store/space.js'
import { LocalTransaction } from './transaction/local-transaction.js'
import { runSync } from './transaction/run-transaction.js'

export class SyncTTLCache<T> extends LocalVerbs<T> implements SyncCache<T> {
  private readonly views = new Map<string, SyncTTLCache<T>>()
  private readonly hooks: Hooks<T>
  /** What the asynchronous face loads. @internal */
  loads: LoadsUnderWay | undefined
  /** How loads are made unless a call says otherwise. @internal */
  own: OwnLoader<T> | undefined

  constructor(engine: LocalEngine<T>, space: Space<T>, hooks: Hooks<T>) {
    super(engine, space)
    this.hooks = syncHooks(hooks)
  }

  get(key: string): T | undefined
  get<D>(key: string, defaultValue: D): T | D
  get<D>(key: string, defaultValue?: D): T | D | undefined {
    const value =
      this.hooks.postGet === undefined ? this.read(key) : (this.hooks.postGet(key, this.read(key)) as T | undefined)
    return value === undefined ? defaultValue : value
  }

  getOrThrow(key: string): T {
    return present(key, this.get(key))
  }

  has(key: string): boolean {
    return this.peek(key) !== undefined
  }

  set(key: string, value: T, ttl?: Duration | SetOptions): void {
    if (this.hooks.preSet === undefined) return this.write(key, value, ttl)
    this.check(key)
    checkValue(key, value)
    this.write(key, replaced(value, this.hooks.preSet(key, value) as T | undefined), ttl)
  }

  delete(key: string): boolean {
    this.check(key)
    const deleted = this.remove(key)
    this.engine.callbacks.drain()
    return deleted
  }

  touch(key: string, ttl?: Duration): boolean {
    this.check(key)
    const life = ttl === undefined ? this.engine.options.defaultTtl : parseDuration(ttl, 'ttl')
    const touched = this.extend(key, life)
    this.engine.callbacks.drain()
    return touched
  }

  ttl(key: string): number | undefined {
    this.check(key)
    const now = this.engine.clock.now()
    const slot = this.engine.store.peek(this.space, key, now)
    return slot < 0 ? undefined : (this.engine.store.slots.expiresAt[slot]! - now) / 1000
  }

  getMany(keys: Iterable<string>): Map<string, T | undefined>
  getMany<D>(keys: Iterable<string>, defaultValue: D): Map<string, T | D>
  getMany<D>(keys: Iterable<string>, defaultValue?: D): Map<string, T | D | undefined> {
    const found = new Map<string, T | D | undefined>()
    for (const key of this.checkKeys(keys)) found.set(key, this.get(key, defaultValue))
    return found
  }

  setMany(entries: Entries<T>, ttl?: Duration | SetOptions): void {
    const pairs = this.checkPairs(entries, ttl)
    const { preSet } = this.hooks
    const stored =
      preSet === undefined
        ? pairs
        : pairs.map(([key, value]) => [key, replaced(value, preSet(key, value) as T | undefined)] as const)
    for (const [key, value] of stored) this.write(key, value, ttl)
  }

  deleteMany(keys: Iterable<string>): number {
    let deleted = 0
    for (const key of this.checkKeys(keys)) if (this.remove(key)) deleted++
    this.engine.callbacks.drain()
    return deleted
  }

  clear(): void {
    this.checkOpen()
    if (this.space === this.engine.store.root) {
      this.engine.store.clearAll(this.engine.clock.now())
      for (const space of this.space.family()) space.watchers.allChanged('cleared')
    } else {
      for (const space of this.space.family()) {
        this.engine.store.clear(space, this.engine.clock.now())
        space.watchers.allChanged('cleared')
      }
      this.engine.maintenance.wake()
    }
    this.tell('clear')
    this.engine.callbacks.drain()
  }

  namespace(name: string): SyncTTLCache<T> {
    this.checkOpen()
    checkNamespaceName(name)
    let view = this.views.get(name)
    if (view === undefined || view.closed) {
      view = new SyncTTLCache(this.engine, this.space.child(name), this.hooks)
      this.views.set(name, view)
    }
    return view
  }

  deleteByTag(tag: string): void {
    this.checkOpen()
    checkTag(tag)
    deleteTagged(this, [tag])
  }

  /** Removes the entries of this cache that carry any of the tags, in one step. O(what carries them). */
  deleteByTags(tags: Iterable<string>): void {
    this.checkOpen()
    deleteTagged(this, tagsOf(tags))
  }

  /** See {@link LocalCache.expireByTag}. */
  expireByTag(tag: string): void {
    this.checkOpen()
    checkTag(tag)
    expireTagged(this, tag)
  }

  /** See {@link LocalCache.deleteByPrefix}. */
  deleteByPrefix(prefix: string): void {
    this.checkOpen()
    checkPrefix(prefix)
    deletePrefixed(this, prefix)
  }

  /** See {@link LocalCache.inspect}. */
  inspect(key: string): Inspection {
    this.check(key)
    return inspect(this, key, this.loads)
  }

  getOrSet(key: string, load: (context: SyncLoadContext<T>) => T, options: SyncGetOrSetOptions = {}): T {
    const cached = this.get(key)
    if (cached !== undefined) return cached
    const { preSet, postGet } = this.hooks
    const loaded = loadNow(
      {
        openFence: (key) => this.openFence(key),
        fill: (key, value, options, fence) => {
          const admitted =
            preSet === undefined || !options.store ? value : replaced(value, preSet(key, value) as T | undefined)
          return this.fill(key, admitted, options, fence)
        },
        loadFailed: () => this.loadFailed(),
        defaultTtl: this.engine.options.defaultTtl,
      },
      key,
      load,
      this.own === undefined ? options : this.own.syncOptions(options),
    )
    return postGet === undefined ? loaded : (postGet(key, loaded) as T)
  }

  *items(): IterableIterator<[key: string, value: T]> {
    this.checkOpen()
    const { store, clock } = this.engine
    for (const slot of store.slotsOf(this.space)) {
      if (store.slots.expiresAt[slot]! > clock.now()) yield [store.slots.keyOf(slot)!, store.slots.valueOf(slot) as T]
    }
  }

  *keys(): IterableIterator<string> {
    for (const [key] of this.items()) yield key
  }

  *values(): IterableIterator<T> {
    for (const [, value] of this.items()) yield value
  }

  [Symbol.iterator](): IterableIterator<[key: string, value: T]> {
    return this.items()
  }

  transaction<R>(body: (txn: SyncTransaction<T>) => R, options?: TransactionOptions): R
  transaction(): SyncTransaction<T>
  transaction<R>(body?: (txn: SyncTransaction<T>) => R, options?: TransactionOptions): R | SyncTransaction<T> {
    this.checkOpen()
    return body === undefined
      ? new LocalTransaction(this, this.hooks)
      : runSync(() => new LocalTransaction(this, this.hooks), body, options)
  }

  getStats(): CacheStats {
    this.checkOpen()
    return this.space.counter.snapshot(this.space.table.size, this.space.weight)
  }

  resetStats(): void {
    this.checkOpen()
    this.space.counter.reset()
  }

  start(): void {
    this.checkOpen()
    this.engine.maintenance.start()
  }

  stop(): void {
    this.checkOpen()
    this.engine.maintenance.stop()
  }

  /** Root: empties and closes. A namespace's view: closes the view; its entries stay with the parent. */
  [Symbol.dispose](): void {
    if (this.closed) return
    if (this.space === this.engine.store.root) {
      this.clear()
      this.engine.maintenance.stop()
    }
    for (const view of this.views.values()) view[Symbol.dispose]()
    this.closed = true
    this.space.watchers.allChanged('cleared')
  }
}
