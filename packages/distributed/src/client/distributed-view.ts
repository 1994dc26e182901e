/** The face of a distributed cache and of its namespaces: checks, counts, tells, shares loads. The wire is the verbs' business. */
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
} from '@mtaio/core'
import { keysOf } from '@mtaio/core/engine'
import { CacheKeyError } from '@mtaio/exceptions'
import { type CacheEntry, entryOf } from './cache-entry.js'
import { type CallSettings, checkCallSettings } from './call-options.js'
import { type DistributedCacheEvents, type DistributedCacheStats, statsOf } from './distributed-stats.js'
import { DistributedTransaction } from './distributed-transaction.js'
import { greet } from './greet.js'
import type { DistributedInspection } from './inspect-view.js'
import { keptAlive } from './kept-alive.js'
import type { RecordVerbs } from './record-verbs.js'
import { runTransaction } from './run-transaction.js'
import { scanEntries } from './scan.js'
import { ViewInvalidation } from './view-invalidation.js'
import { ViewLoading } from './view-loading.js'
import { ViewReading } from './view-reading.js'
import { ViewState } from './view-state.js'
import { ViewWriting } from './view-writing.js'

/** What a face of a namespace stands on. @internal */
export interface ViewParts<T> {
  readonly verbs: RecordVerbs<T>
  readonly defaultTtl: number
  readonly viewOf: (name: string) => DistributedView<T>
  readonly state?: ViewState<T>
  /** Whether it has nothing of its own to close. */
  readonly isGuest?: boolean
}

export class DistributedView<T> implements Cache<T> {
  private readonly views = new Map<string, DistributedView<T>>()
  private readonly reading: ViewReading<T>
  private readonly loading: ViewLoading<T>
  private readonly invalidation: ViewInvalidation<T>
  private readonly writing: ViewWriting<T>
  private readonly viewOf: (name: string) => DistributedView<T>
  private readonly isGuest: boolean
  /** @internal */ readonly verbs: RecordVerbs<T>
  /** @internal */ readonly defaultTtl: number
  /** @internal */ protected readonly state: ViewState<T>

  /** @internal */
  constructor({
    verbs,
    defaultTtl,
    viewOf,
    state = new ViewState<T>(verbs, defaultTtl),
    isGuest = false,
  }: ViewParts<T>) {
    this.verbs = verbs
    this.defaultTtl = defaultTtl
    this.viewOf = viewOf
    this.state = state
    this.isGuest = isGuest
    this.invalidation = new ViewInvalidation<T>(verbs, state)
    this.writing = new ViewWriting<T>(verbs, state, defaultTtl)
    // Who asks for a consistency wants the nodes to be asked.
    const near = verbs.call.consistency === undefined ? state.near?.over(verbs) : undefined
    this.reading = new ViewReading<T>(verbs, state, near)
    this.loading = new ViewLoading<T>(verbs, state, near)
  }

  /**
   * The same cache, its calls made under options of their own: `signal`, `timeout`, `consistency`. Costs an object, opens nothing, and
   * shares everything else: loads in flight, statistics, listeners. Nothing to dispose of.
   *
   * @throws CacheConfigError naming an option that is out of contract
   * @example
   * await cache.with({ signal: request.signal, consistency: 'quorum' }).get('key')
   */
  with(options: CallSettings): DistributedView<T> {
    return new DistributedView<T>(this.partsWith(options))
  }

  protected partsWith(options: CallSettings): ViewParts<T> {
    const { defaultTtl, state } = this
    const viewOf = (name: string) => this.namespace(name).with(options)
    return { verbs: this.verbs.with(checkCallSettings(options)), defaultTtl, viewOf, state, isGuest: true }
  }

  /** @internal */
  get watchers() {
    return this.state.watchers
  }

  /** @internal */
  get counter() {
    return this.state.counter
  }

  get(key: string): Promise<T | undefined>
  get<D>(key: string, defaultValue: D): Promise<T | D>
  get<D>(key: string, defaultValue?: D): Promise<T | D | undefined> {
    return this.reading.get(key, defaultValue)
  }

  async getOrThrow(key: string): Promise<T> {
    const value = await this.get(key)
    if (value === undefined) throw new CacheKeyError(`no entry under '${key}'`, { key, code: 'KEY_NOT_FOUND' })
    return value
  }

  async has(key: string): Promise<boolean> {
    return (await this.peek(key)) !== undefined
  }

  peek(key: string): Promise<T | undefined> {
    return this.reading.peek(key)
  }

  /** A value with what is known of it, and whether a quorum said so. No use, as `peek`. */
  async getEntry(key: string): Promise<CacheEntry<T>> {
    return entryOf(await this.reading.look(key), this.verbs.cluster.parts.wallNow())
  }

  set(key: string, value: T, ttl?: Duration | SetOptions): Promise<void> {
    return this.writing.set(key, value, ttl)
  }

  delete(key: string): Promise<boolean> {
    return this.writing.delete(key)
  }

  touch(key: string, ttl?: Duration): Promise<boolean> {
    return this.writing.touch(key, ttl)
  }

  async ttl(key: string): Promise<number | undefined> {
    return (await this.getEntry(key)).ttl
  }

  getMany(keys: Iterable<string>): Promise<Map<string, T | undefined>>
  getMany<D>(keys: Iterable<string>, defaultValue: D): Promise<Map<string, T | D>>
  async getMany<D>(keys: Iterable<string>, defaultValue?: D): Promise<Map<string, T | D | undefined>> {
    this.checkOpen()
    return this.reading.getMany(this.checkKeys(keys), defaultValue)
  }

  setMany(entries: Entries<T>, ttl?: Duration | SetOptions): Promise<void> {
    return this.writing.setMany(entries, ttl)
  }

  async deleteMany(keys: Iterable<string>): Promise<number> {
    this.checkOpen()
    return this.writing.deleteMany(this.checkKeys(keys))
  }

  async clear(): Promise<void> {
    this.checkOpen()
    this.tellCleared()
    await this.verbs.within((budget) => this.verbs.invalidations.clear(budget))
    this.tellCleared()
    this.state.events.emit('clear')
  }

  namespace(name: string): DistributedView<T> {
    this.checkOpen()
    let view = this.views.get(name)
    if (view === undefined || view.state.closed) {
      view = this.viewOf(name)
      this.views.set(name, view)
    }
    return view
  }

  deleteByTag(tag: string): Promise<void> {
    return this.invalidation.deleteTags([tag])
  }

  deleteByTags(tags: Iterable<string>): Promise<void> {
    return this.invalidation.deleteTags(tags)
  }

  expireByTag(tag: string): Promise<void> {
    return this.invalidation.expireTag(tag)
  }

  deleteByPrefix(prefix: string): Promise<void> {
    return this.invalidation.deletePrefix(prefix)
  }

  getOrSet(key: string, load: Load<T>, options?: GetOrSetOptions): Promise<T> {
    return this.obtain(key, load, options)
  }

  getOrSetMany(keys: Iterable<string>, load: LoadMany<T>, options?: GetOrSetOptions): Promise<Map<string, T>> {
    return this.obtainMany(keys, load, options)
  }

  /** Explains a key: why it is there or why not, and what each node holds of it. Asks every node, changes nothing, is counted nowhere. */
  inspect(key: string): Promise<DistributedInspection> {
    return this.reading.inspect(key)
  }

  async *items(): AsyncIterableIterator<[key: string, value: T]> {
    this.checkOpen()
    yield* scanEntries(this.verbs)
  }

  async *keys(): AsyncIterableIterator<string> {
    for await (const [key] of this.items()) yield key
  }

  async *values(): AsyncIterableIterator<T> {
    for await (const [, value] of this.items()) yield value
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<[key: string, value: T]> {
    return this.items()
  }

  transaction<R>(body: (txn: Transaction<T>) => R | Promise<R>, options?: TransactionOptions): Promise<R>
  transaction(): Transaction<T>
  transaction<R>(body?: (txn: Transaction<T>) => R | Promise<R>, options?: TransactionOptions): unknown {
    return body === undefined ? this.openTransaction() : this.runTransaction(body, options)
  }

  getStats(): DistributedCacheStats {
    this.checkOpen()
    return statsOf(this.counter, this.verbs.cluster, this.state.near?.stats)
  }

  resetStats(): void {
    this.checkOpen()
    this.counter.reset()
    this.state.near?.space.resetCounts()
  }

  /**
   * Asks every node whether it is there, and, with `nearCache`, to be told of changes. @throws CacheConnectionError when none is there;
   * CacheConfigError `'NEAR_REFUSED'` when one cannot tell of changes
   */
  async start(): Promise<void> {
    this.checkOpen()
    await this.verbs.within((budget) => greet(this.verbs.cluster, budget))
    await keptAlive(async () => this.state.near?.near.ears.ready())
  }

  /** Waits for loads under way. Connections stay until disposal; idle ones keep no process alive. */
  stop(): Promise<void> {
    return this.state.settled()
  }

  /** Calls `listener` at each event; returns the undo. A listener that fails becomes an `'error'` event. */
  on<E extends keyof DistributedCacheEvents<T>>(
    event: E,
    listener: (...args: DistributedCacheEvents<T>[E]) => unknown,
  ): () => void {
    return this.state.events.on(event, listener)
  }

  /** Closes this view and those below it; entries stay on the nodes. One made by `with` closes nothing: it has nothing of its own. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.isGuest || this.state.closed) return
    this.state.close()
    for (const view of this.views.values()) await view[Symbol.asyncDispose]()
  }

  /** @internal */
  checkOpen(): void {
    this.state.checkOpen()
  }

  /** @internal */
  checkKeys(keys: Iterable<string>): readonly string[] {
    const checked = keysOf(keys)
    for (const key of checked) this.verbs.keyspace.physical(key)
    return checked
  }

  /** @internal */
  count(key: string, value: T | undefined): void {
    this.state.count(key, value)
  }

  /** @internal */
  stored(key: string, value: T): void {
    this.state.stored(key, value)
  }

  protected openTransaction(): DistributedTransaction<T> {
    this.checkOpen()
    return new DistributedTransaction<T>(this)
  }

  protected runTransaction<R>(
    body: (txn: Transaction<T>) => R | Promise<R>,
    options: TransactionOptions | undefined,
  ): Promise<R> {
    return runTransaction<T, R>(this.verbs.cluster.parts, () => this.openTransaction(), body, options)
  }

  protected async obtain(
    key: string,
    load: Load<T>,
    options: GetOrSetOptions = {},
    onLook?: (isHit: boolean) => void,
  ): Promise<T> {
    this.checkOpen()
    return this.loading.one(key, load, options, onLook)
  }

  protected async obtainMany(
    keys: Iterable<string>,
    load: LoadMany<T>,
    options: GetOrSetOptions = {},
    onLook?: (keys: number, hits: number) => void,
  ): Promise<Map<string, T>> {
    this.checkOpen()
    return this.loading.many(this.checkKeys(keys), load, options, onLook)
  }

  private tellCleared(): void {
    this.watchers.allChanged('cleared')
    for (const view of this.views.values()) view.tellCleared()
  }
}
