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
import { checkNamespaceName, checkValue } from './checks.js'
import { type CacheTrace, deletes, loads, reads, Tracer, transactions, writes } from './diagnostics/traces.js'
import { type Hooks, replaced, syncHooks } from './hooks.js'
import { inspect } from './inspect.js'
import type { Inspection, LoadsUnderWay } from './inspection.js'
import { clearAll, deletePrefixed, deleteTagged, deleteTaggedAny, expireTagged } from './invalidation.js'
import { loadNow } from './loading/load-now.js'
import type { OwnLoader } from './loading/own-loader.js'
import type { LocalEngine } from './local-engine.js'
import { LocalVerbs, present } from './local-verbs.js'
import type { CacheStats } from './stats/cache-stats.js'
import type { Space } from './store/space.js'
import { LocalTransaction } from './transaction/local-transaction.js'
import { runSync } from './transaction/run-transaction.js'
import { traced, tracedBody } from './transaction/traced-transaction.js'

export class SyncTTLCache<T> extends LocalVerbs<T> implements SyncCache<T> {
  private readonly views = new Map<string, SyncTTLCache<T>>()
  private readonly hooks: Hooks<T>
  /** @internal */
  readonly tracer: Tracer
  /** What the asynchronous face loads. @internal */
  loads: LoadsUnderWay | undefined
  /** How loads are made unless a call says otherwise. @internal */
  own: OwnLoader<T> | undefined

  constructor(engine: LocalEngine<T>, space: Space<T>, hooks: Hooks<T>) {
    super(engine, space)
    this.hooks = syncHooks(hooks)
    const { name, keyTemplate } = engine.options
    this.tracer = new Tracer({ cache: name, namespace: space.path, keyTemplate })
  }

  get(key: string): T | undefined
  get<D>(key: string, defaultValue: D): T | D
  get<D>(key: string, defaultValue?: D): T | D | undefined {
    if (reads.hasSubscribers) return this.tracedGet(key, defaultValue)
    const { postGet } = this.hooks
    const value = postGet === undefined ? this.read(key) : (postGet(key, this.read(key)) as T | undefined)
    return value === undefined ? defaultValue : value
  }

  getOrThrow(key: string): T {
    return present(key, this.get(key))
  }

  has(key: string): boolean {
    return this.peek(key) !== undefined
  }

  set(key: string, value: T, ttl?: Duration | SetOptions): void {
    if (writes.hasSubscribers) return this.tracedSet(key, value, ttl)
    this.admit(key, value, ttl)
  }

  delete(key: string): boolean {
    return deletes.hasSubscribers ? this.tracedDelete(key) : this.drop(key)
  }

  touch(key: string, ttl?: Duration): boolean {
    return writes.hasSubscribers ? this.tracedTouch(key, ttl) : this.renew(key, ttl)
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
    return this.tracer.now(reads, 'getMany', undefined, (trace) => {
      const found = new Map<string, T | D | undefined>()
      let hits = 0
      for (const key of this.checkKeys(keys)) {
        const value = this.answer(key)
        if (value !== undefined) hits++
        found.set(key, value === undefined ? defaultValue : value)
      }
      if (trace !== undefined) Object.assign(trace, { keys: found.size, hits })
      return found
    })
  }

  setMany(entries: Entries<T>, ttl?: Duration | SetOptions): void {
    this.tracer.now(writes, 'setMany', undefined, (trace) => {
      let pairs = this.checkPairs(entries, ttl)
      if (trace !== undefined) trace.keys = pairs.length
      const { preSet } = this.hooks
      if (preSet !== undefined) {
        pairs = pairs.map(([key, value]) => [key, replaced(value, preSet(key, value) as T | undefined)])
      }
      for (const [key, value] of pairs) this.write(key, value, ttl)
    })
  }

  deleteMany(keys: Iterable<string>): number {
    return this.tracer.now(deletes, 'deleteMany', undefined, (trace) => {
      const checked = this.checkKeys(keys)
      if (trace !== undefined) trace.keys = checked.length
      return this.dropMany(checked)
    })
  }

  clear(): void {
    this.tracer.now(deletes, 'clear', undefined, () => clearAll(this))
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
    this.tracer.now(deletes, 'deleteByTag', tag, () => deleteTagged(this, tag))
  }

  /** Removes the entries of this cache that carry any of the tags, in one step. O(what carries them). */
  deleteByTags(tags: Iterable<string>): void {
    this.tracer.now(deletes, 'deleteByTags', undefined, () => deleteTaggedAny(this, tags))
  }

  /** See {@link LocalCache.expireByTag}. */
  expireByTag(tag: string): void {
    this.tracer.now(deletes, 'expireByTag', tag, () => expireTagged(this, tag))
  }

  /** See {@link LocalCache.deleteByPrefix}. */
  deleteByPrefix(prefix: string): void {
    this.tracer.now(deletes, 'deleteByPrefix', prefix, () => deletePrefixed(this, prefix))
  }

  /** See {@link LocalCache.inspect}. */
  inspect(key: string): Inspection {
    this.check(key)
    return inspect(this, key, this.loads)
  }

  getOrSet(key: string, load: (context: SyncLoadContext<T>) => T, options: SyncGetOrSetOptions = {}): T {
    if (!reads.hasSubscribers && !loads.hasSubscribers) return this.obtain(key, load, options)
    return this.tracedGetOrSet(key, load, options)
  }

  private obtain(
    key: string,
    load: (context: SyncLoadContext<T>) => T,
    options: SyncGetOrSetOptions,
    trace?: CacheTrace,
  ): T {
    const cached = this.answer(key, trace)
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
    const open = () => traced(this.tracer, new LocalTransaction(this, this.hooks), 'now')
    if (body === undefined) return open()
    return this.tracer.now(transactions, 'transaction', undefined, (trace) =>
      runSync(open, tracedBody(body, trace), options),
    )
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

  // Closures for tracers, apart from the calls: a function that makes one pays for it whether or not it comes to that.

  private tracedGet<D>(key: string, defaultValue: D | undefined): T | D | undefined {
    return this.tracer.now(reads, 'get', key, (trace) => {
      const value = this.answer(key, trace)
      return value === undefined ? defaultValue : value
    })
  }

  private tracedGetOrSet(key: string, load: (context: SyncLoadContext<T>) => T, options: SyncGetOrSetOptions): T {
    return this.tracer.now(reads, 'getOrSet', key, (trace) =>
      this.obtain(key, this.tracer.loadNow(load), options, trace),
    )
  }

  private tracedSet(key: string, value: T, ttl: Duration | SetOptions | undefined): void {
    this.tracer.now(writes, 'set', key, () => this.admit(key, value, ttl))
  }

  private tracedDelete(key: string): boolean {
    return this.tracer.now(deletes, 'delete', key, () => this.drop(key))
  }

  private tracedTouch(key: string, ttl: Duration | undefined): boolean {
    return this.tracer.now(writes, 'touch', key, () => this.renew(key, ttl))
  }

  /** A counted read, with hooks. */
  private answer(key: string, trace?: CacheTrace): T | undefined {
    const raw = this.read(key)
    if (trace !== undefined) trace.isHit = raw !== undefined
    return this.hooks.postGet === undefined ? raw : (this.hooks.postGet(key, raw) as T | undefined)
  }

  /** A write, with hooks. */
  private admit(key: string, value: T, ttl: Duration | SetOptions | undefined): void {
    if (this.hooks.preSet === undefined) return this.write(key, value, ttl)
    this.check(key)
    checkValue(key, value)
    this.write(key, replaced(value, this.hooks.preSet(key, value) as T | undefined), ttl)
  }
}
