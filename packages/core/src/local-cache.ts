/**
 * The asynchronous face of a local cache: one promise a call around the synchronous verbs, with hooks awaited and
 * loads shared. A namespace's view is one of these; `TTLCache` is the root's.
 */
import { CacheClosedError } from '@mtaio/exceptions'
import type {
  Cache,
  Duration,
  Entries,
  GetOrSetOptions,
  Load,
  LoadMany,
  SetOptions,
  Transaction,
  TransactionOptions,
} from './cache.js'
import { checkValue } from './checks.js'
import { type CacheTrace, deletes, loads, reads, type Tracer, transactions, writes } from './diagnostics/traces.js'
import type { CacheEvents } from './events/cache-events.js'
import { type Hooks, replaced } from './hooks.js'
import type { Inspection } from './inspection.js'
import { clearAll, deletePrefixed, deleteTagged, deleteTaggedAny, expireTagged } from './invalidation.js'
import { loadMany } from './loading/load-many.js'
import { LocalLoader } from './loading/local-loader.js'
import { noLoader, type OwnLoader } from './loading/own-loader.js'
import { present } from './local-verbs.js'
import type { CacheStats } from './stats/cache-stats.js'
import type { SyncTTLCache } from './sync-ttl-cache.js'
import { AsyncTransaction } from './transaction/async-transaction.js'
import { runAsync } from './transaction/run-transaction.js'
import { traced, tracedBody } from './transaction/traced-transaction.js'

export class LocalCache<T> implements Cache<T> {
  /** The synchronous view of the same entries: the same calls, plain values, no promises. */
  readonly sync: SyncTTLCache<T>
  private readonly hooks: Hooks<T>
  private readonly loader: LocalLoader<T>
  private readonly views = new Map<string, LocalCache<T>>()
  private readonly tracer: Tracer

  /** @internal */
  constructor(
    sync: SyncTTLCache<T>,
    hooks: Hooks<T>,
    private readonly own: OwnLoader<T>,
  ) {
    this.sync = sync
    this.hooks = hooks
    this.loader = new LocalLoader(sync, hooks)
    this.tracer = sync.tracer
    sync.loads = this.loader
    sync.own = own
  }

  get(key: string): Promise<T | undefined>
  get<D>(key: string, defaultValue: D): Promise<T | D>
  get<D>(key: string, defaultValue?: D): Promise<T | D | undefined> {
    return reads.hasSubscribers
      ? this.tracer.later(reads, 'get', key, (trace) => this.read(key, defaultValue, trace))
      : this.read(key, defaultValue)
  }

  private async read<D>(key: string, defaultValue?: D, trace?: CacheTrace): Promise<T | D | undefined> {
    const { postGet } = this.hooks
    const raw = this.sync.read(key)
    if (trace !== undefined) trace.isHit = raw !== undefined
    const value = postGet === undefined ? raw : await postGet(key, raw)
    return value === undefined ? defaultValue : value
  }

  async getOrThrow(key: string): Promise<T> {
    return present(key, await this.get(key))
  }

  async has(key: string): Promise<boolean> {
    return this.sync.has(key)
  }

  async peek(key: string): Promise<T | undefined> {
    return this.sync.peek(key)
  }

  set(key: string, value: T, ttl?: Duration | SetOptions): Promise<void> {
    return writes.hasSubscribers
      ? this.tracer.later(writes, 'set', key, () => this.admit(key, value, ttl))
      : this.admit(key, value, ttl)
  }

  private async admit(key: string, value: T, ttl: Duration | SetOptions | undefined): Promise<void> {
    const { preSet } = this.hooks
    if (preSet === undefined) return this.sync.write(key, value, ttl)
    this.sync.check(key)
    checkValue(key, value)
    this.sync.write(key, replaced(value, await preSet(key, value)), ttl)
  }

  async delete(key: string): Promise<boolean> {
    if (!deletes.hasSubscribers) return this.sync.drop(key)
    return this.tracer.later(deletes, 'delete', key, async () => this.sync.drop(key))
  }

  async touch(key: string, ttl?: Duration): Promise<boolean> {
    if (!writes.hasSubscribers) return this.sync.renew(key, ttl)
    return this.tracer.later(writes, 'touch', key, async () => this.sync.renew(key, ttl))
  }

  async ttl(key: string): Promise<number | undefined> {
    return this.sync.ttl(key)
  }

  getMany(keys: Iterable<string>): Promise<Map<string, T | undefined>>
  getMany<D>(keys: Iterable<string>, defaultValue: D): Promise<Map<string, T | D>>
  getMany<D>(keys: Iterable<string>, defaultValue?: D): Promise<Map<string, T | D | undefined>> {
    return this.tracer.later(reads, 'getMany', undefined, async (trace) => {
      const found = new Map<string, T | D | undefined>()
      const { postGet } = this.hooks
      let hits = 0
      for (const key of this.sync.checkKeys(keys)) {
        const raw = this.sync.read(key)
        if (raw !== undefined) hits++
        const value = postGet === undefined ? raw : await postGet(key, raw)
        found.set(key, value === undefined ? defaultValue : value)
      }
      if (trace !== undefined) Object.assign(trace, { keys: found.size, hits })
      return found
    })
  }

  setMany(entries: Entries<T>, ttl?: Duration | SetOptions): Promise<void> {
    return this.tracer.later(writes, 'setMany', undefined, async (trace) => {
      let pairs = this.sync.checkPairs(entries, ttl)
      if (trace !== undefined) trace.keys = pairs.length
      const { preSet } = this.hooks
      // Every hook is heard before anything is stored: one veto stores nothing.
      if (preSet !== undefined) {
        const heard: (readonly [string, T])[] = []
        for (const [key, value] of pairs) heard.push([key, replaced(value, await preSet(key, value))])
        pairs = heard
      }
      for (const [key, value] of pairs) this.sync.write(key, value, ttl)
    })
  }

  deleteMany(keys: Iterable<string>): Promise<number> {
    return this.tracer.later(deletes, 'deleteMany', undefined, async (trace) => {
      const checked = this.sync.checkKeys(keys)
      if (trace !== undefined) trace.keys = checked.length
      return this.sync.dropMany(checked)
    })
  }

  clear(): Promise<void> {
    return this.tracer.later(deletes, 'clear', undefined, async () => clearAll(this.sync))
  }

  namespace(name: string): LocalCache<T> {
    const sync = this.sync.namespace(name)
    let view = this.views.get(name)
    if (view?.sync !== sync) {
      view = new LocalCache(sync, this.hooks, this.own.withoutLoader())
      this.views.set(name, view)
    }
    return view
  }

  deleteByTag(tag: string): Promise<void> {
    return this.tracer.later(deletes, 'deleteByTag', tag, async () => deleteTagged(this.sync, tag))
  }

  /** Removes the entries of this cache that carry any of the tags, in one step. O(what carries them). */
  deleteByTags(tags: Iterable<string>): Promise<void> {
    return this.tracer.later(deletes, 'deleteByTags', undefined, async () => deleteTaggedAny(this.sync, tags))
  }

  /**
   * Ends the life of the entries of this cache that carry the tag: every read finds them absent at once. They are kept
   * for as long as they would have lived, and been kept, for those who allow stale values (`staleIfError`,
   * `staleWhileRevalidate`). O(what carries it).
   */
  expireByTag(tag: string): Promise<void> {
    return this.tracer.later(deletes, 'expireByTag', tag, async () => expireTagged(this.sync, tag))
  }

  /**
   * Removes the entries of this cache whose keys begin with `prefix`, in one step. O(entries, those of other namespaces
   * included): for what is invalidated often, a tag or a namespace costs only what leaves.
   *
   * @throws CacheKeyError for an empty prefix: `clear()` is for that
   */
  deleteByPrefix(prefix: string): Promise<void> {
    return this.tracer.later(deletes, 'deleteByPrefix', prefix, async () => deletePrefixed(this.sync, prefix))
  }

  /** Explains a key: why it is there, or why not. Changes nothing and is counted nowhere. O(1). */
  async inspect(key: string): Promise<Inspection> {
    return this.sync.inspect(key)
  }

  /**
   * The cached value, else what the loader answers that the cache was made with, stored: `getOrSet` with the cache's own
   * `load`. Rejects with `CacheConfigError` where it has none.
   */
  fetch(key: string, options?: GetOrSetOptions): Promise<T> {
    const { one } = this.own
    return one === undefined ? Promise.reject(noLoader('fetch')) : this.getOrSet(key, one, options)
  }

  /**
   * `fetch` of many keys: in one call of the cache's own `loadMany`, which may leave out keys that do not exist, else by
   * `load`, each key by itself. In the order of the keys.
   */
  async fetchMany(keys: Iterable<string>, options?: GetOrSetOptions): Promise<Map<string, T>> {
    const { one, many } = this.own
    if (many !== undefined) return this.getOrSetMany(keys, many, options)
    if (one === undefined) throw noLoader('fetchMany')
    const distinct = [...new Set(this.sync.checkKeys(keys))]
    return new Map(await Promise.all(distinct.map(async (key) => [key, await this.fetch(key, options)] as const)))
  }

  getOrSet(key: string, load: Load<T>, options: GetOrSetOptions = {}): Promise<T> {
    if (!reads.hasSubscribers && !loads.hasSubscribers) return this.obtain(key, load, options)
    return this.tracer.later(reads, 'getOrSet', key, (trace) =>
      this.obtain(key, this.tracer.load(load), options, trace),
    )
  }

  private async obtain(key: string, load: Load<T>, given: GetOrSetOptions, trace?: CacheTrace): Promise<T> {
    const { postGet } = this.hooks
    const options = this.own.options(given)
    const raw = this.sync.read(key)
    if (trace !== undefined) trace.isHit = raw !== undefined
    if (raw !== undefined && refreshesHits(options)) this.loader.ahead(key, load, options, raw)
    if (postGet === undefined) return raw !== undefined ? raw : this.loader.load(key, load, options)
    const cached = await postGet(key, raw)
    if (cached !== undefined) return cached
    return (await postGet(key, await this.loader.load(key, load, options))) as T
  }

  getOrSetMany(keys: Iterable<string>, load: LoadMany<T>, options: GetOrSetOptions = {}): Promise<Map<string, T>> {
    return this.tracer.later(reads, 'getOrSetMany', undefined, (trace) => this.obtainMany(keys, load, options, trace))
  }

  private async obtainMany(
    keys: Iterable<string>,
    load: LoadMany<T>,
    given: GetOrSetOptions,
    trace?: CacheTrace,
  ): Promise<Map<string, T>> {
    const { postGet } = this.hooks
    const options = this.own.options(given)
    const found = new Map<string, T | undefined>()
    const hits: [key: string, value: T][] = []
    for (const key of this.sync.checkKeys(keys)) {
      if (found.has(key)) continue
      const raw = this.sync.read(key)
      if (raw !== undefined && refreshesHits(options)) hits.push([key, raw])
      found.set(key, postGet === undefined ? raw : await postGet(key, raw))
    }
    const absent = [...found.keys()].filter((key) => found.get(key) === undefined)
    if (trace !== undefined) Object.assign(trace, { keys: found.size, hits: found.size - absent.length })
    const loaded = await loadMany(
      absent,
      this.tracer.loadMany(load),
      (key, loadOne) => this.loader.load(key, loadOne, options),
      (loadOne) => {
        for (const [key, value] of hits) this.loader.ahead(key, loadOne, options, value)
      },
    )
    for (const [key, value] of loaded) found.set(key, postGet === undefined ? value : await postGet(key, value))
    return new Map([...found].filter((pair): pair is [string, T] => pair[1] !== undefined))
  }

  async *items(): AsyncIterableIterator<[key: string, value: T]> {
    yield* this.sync.items()
  }

  async *keys(): AsyncIterableIterator<string> {
    yield* this.sync.keys()
  }

  async *values(): AsyncIterableIterator<T> {
    yield* this.sync.values()
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<[key: string, value: T]> {
    return this.items()
  }

  transaction<R>(body: (txn: Transaction<T>) => R | Promise<R>, options?: TransactionOptions): Promise<R>
  transaction(): Transaction<T>
  transaction<R>(
    body?: (txn: Transaction<T>) => R | Promise<R>,
    options?: TransactionOptions,
  ): Promise<R> | Transaction<T> {
    const open = () => {
      this.sync.checkOpen()
      return traced(this.tracer, new AsyncTransaction(this.sync, this.hooks), 'later')
    }
    if (body === undefined) return open()
    return this.tracer.later(transactions, 'transaction', undefined, (trace) =>
      runAsync(open, tracedBody(body, trace), options),
    )
  }

  getStats(): CacheStats {
    return this.sync.getStats()
  }

  resetStats(): void {
    this.sync.resetStats()
  }

  async start(): Promise<void> {
    this.sync.start()
  }

  async stop(): Promise<void> {
    this.sync.stop()
    await this.flush()
  }

  /** Waits until every callback that is under way has ended, asynchronous ones included. */
  async flush(): Promise<void> {
    await this.sync.engine.callbacks.flush()
  }

  /**
   * Calls `listener` at each event, after the operation that caused it; returns the undo. A listener that fails
   * becomes an `'error'` event. No cost without listeners.
   */
  on<E extends keyof CacheEvents<T>>(event: E, listener: (...args: CacheEvents<T>[E]) => unknown): () => void {
    return this.sync.on(event, listener)
  }

  /** The root empties and closes, and waits for pending callbacks; a namespace's view closes, its entries stay. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.abortLoads()
    this.sync[Symbol.dispose]()
    await this.flush()
  }

  private abortLoads(): void {
    this.loader.abortAll(new CacheClosedError('the cache was disposed while this value was being loaded'))
    for (const view of this.views.values()) view.abortLoads()
  }
}

function refreshesHits({ refreshAhead, earlyRefresh }: GetOrSetOptions): boolean {
  return refreshAhead !== undefined || earlyRefresh !== undefined
}
