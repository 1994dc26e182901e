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
import {
  Counter,
  checkSetOptions,
  checkTag,
  checkValue,
  Emitter,
  Fence,
  keysOf,
  Loader,
  loadMany,
  pairsOf,
  parseDuration,
  runAsync,
  type StoreOptions,
  Watchers,
} from '@mtaio/core/engine'
import { CacheClosedError, CacheConnectionError, CacheKeyError } from '@mtaio/exceptions'
import { inBatches } from './batch.js'
import { type DistributedCacheEvents, type DistributedCacheStats, statsOf } from './distributed-stats.js'
import { DistributedTransaction } from './distributed-transaction.js'
import { getOrSetMany } from './get-or-set-many.js'
import { greet } from './greet.js'
import type { Evidence, RecordVerbs, Storing } from './record-verbs.js'
import { scanKeys } from './scan.js'

export class DistributedView<T> implements Cache<T> {
  /** @internal */
  readonly watchers = new Watchers()
  /** @internal */
  readonly counter = new Counter()
  protected readonly events = new Emitter<DistributedCacheEvents<T>>()
  private readonly views = new Map<string, DistributedView<T>>()
  private readonly loader: Loader<T, Evidence, Fence>
  private closed = false

  /** @internal */
  constructor(
    /** @internal */
    readonly verbs: RecordVerbs<T>,
    /** @internal */
    readonly defaultTtl: number,
    private readonly viewOf: (name: string) => DistributedView<T>,
  ) {
    const { wallNow: now, clock } = verbs.cluster.parts
    this.loader = new Loader<T, Evidence, Fence>(
      {
        openFence: (key, onBroken) => new Fence(this.watchers, key, onBroken),
        fill: (key, value, options, fence, evidence) => this.fill(key, value, options, fence, evidence),
        loadFailed: () => void this.counter.loadFailures++,
      },
      { clock: { now, setTimer: (fire, delay) => clock.setTimer(fire, delay) }, defaultTtl },
    )
  }

  get(key: string): Promise<T | undefined>
  get<D>(key: string, defaultValue: D): Promise<T | D>
  async get<D>(key: string, defaultValue?: D): Promise<T | D | undefined> {
    this.checkOpen()
    const { value } = await this.verbs.read(key)
    this.count(key, value)
    return value === undefined ? defaultValue : value
  }

  async getOrThrow(key: string): Promise<T> {
    const value = await this.get(key)
    if (value === undefined) throw new CacheKeyError(`no entry under '${key}'`, { key, code: 'KEY_NOT_FOUND' })
    return value
  }

  async has(key: string): Promise<boolean> {
    return (await this.peek(key)) !== undefined
  }

  async peek(key: string): Promise<T | undefined> {
    this.checkOpen()
    return (await this.verbs.read(key)).value
  }

  async set(key: string, value: T, ttl?: Duration | SetOptions): Promise<void> {
    this.checkOpen()
    await this.prepareSet(key, value, ttl)()
  }

  async delete(key: string): Promise<boolean> {
    this.checkOpen()
    this.verbs.keyspace.physical(key)
    this.watchers.changed(key, 'deleted')
    const wasThere = await this.verbs.remove(key)
    // A load that began between the two saw the old value at the latest.
    this.watchers.changed(key, 'deleted')
    if (!wasThere) return false
    this.counter.deletes++
    this.events.emit('delete', key)
    return true
  }

  async touch(key: string, ttl?: Duration): Promise<boolean> {
    this.checkOpen()
    const life = ttl === undefined ? this.defaultTtl : parseDuration(ttl, 'ttl')
    const touched = await this.verbs.touch(key, life)
    if (touched) this.watchers.changed(key, 'touched')
    return touched
  }

  async ttl(key: string): Promise<number | undefined> {
    this.checkOpen()
    const { record } = (await this.verbs.read(key)).result
    if (record === undefined) return undefined
    return record.expiresAt === 0
      ? Number.POSITIVE_INFINITY
      : (record.expiresAt - this.verbs.cluster.parts.wallNow()) / 1000
  }

  getMany(keys: Iterable<string>): Promise<Map<string, T | undefined>>
  getMany<D>(keys: Iterable<string>, defaultValue: D): Promise<Map<string, T | D>>
  async getMany<D>(keys: Iterable<string>, defaultValue?: D): Promise<Map<string, T | D | undefined>> {
    this.checkOpen()
    const asked = this.checkKeys(keys)
    const found = await inBatches(
      'getMany',
      [...new Set(asked)],
      String,
      async (key) => [key, await this.get(key, defaultValue)] as const,
    )
    return new Map(found)
  }

  async setMany(entries: Entries<T>, ttl?: Duration | SetOptions): Promise<void> {
    this.checkOpen()
    // Everything is checked and encoded before anything is sent.
    const writes = [...pairsOf(entries)].map(([key, value]) => [key, this.prepareSet(key, value, ttl)] as const)
    if (writes.length === 0) checkSetOptions(ttl, this.defaultTtl)
    await inBatches(
      'setMany',
      writes,
      ([key]) => key,
      ([, write]) => write(),
    )
  }

  async deleteMany(keys: Iterable<string>): Promise<number> {
    this.checkOpen()
    const asked = [...new Set(this.checkKeys(keys))]
    const deleted = await inBatches('deleteMany', asked, String, (key) => this.delete(key))
    return deleted.filter(Boolean).length
  }

  async clear(): Promise<void> {
    this.checkOpen()
    this.tellCleared()
    await this.verbs.clear()
    this.tellCleared()
    this.events.emit('clear')
  }

  namespace(name: string): DistributedView<T> {
    this.checkOpen()
    let view = this.views.get(name)
    if (view === undefined || view.closed) {
      view = this.viewOf(name)
      this.views.set(name, view)
    }
    return view
  }

  async deleteByTag(tag: string): Promise<void> {
    this.checkOpen()
    checkTag(tag)
    this.watchers.tagInvalidated(tag)
    await this.verbs.invalidateTag(tag)
    this.watchers.tagInvalidated(tag)
  }

  async getOrSet(key: string, load: Load<T>, options: GetOrSetOptions = {}): Promise<T> {
    this.checkOpen()
    const { value, result } = await this.verbs.read(key)
    this.count(key, value)
    return value !== undefined ? value : this.loader.load(key, load, options, this.verbs.evidence(result))
  }

  async getOrSetMany(
    keys: Iterable<string>,
    load: LoadMany<T>,
    options: GetOrSetOptions = {},
  ): Promise<Map<string, T>> {
    this.checkOpen()
    return getOrSetMany(this.verbs, this.checkKeys(keys), {
      count: (key, value) => this.count(key, value),
      load: (missing, evidenceOf) =>
        loadMany(missing, load, (key, one) => this.loader.load(key, one, options, evidenceOf(key))),
    })
  }

  async *items(): AsyncIterableIterator<[key: string, value: T]> {
    this.checkOpen()
    for await (const keys of scanKeys(this.verbs.cluster, this.verbs.keyspace)) {
      const found = await inBatches('items', keys, String, async (key) => [key, await this.peek(key)] as const)
      for (const [key, value] of found) if (value !== undefined) yield [key, value]
    }
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
  transaction<R>(
    body?: (txn: Transaction<T>) => R | Promise<R>,
    options?: TransactionOptions,
  ): Promise<R> | Transaction<T> {
    const open = () => {
      this.checkOpen()
      return new DistributedTransaction<T>(this)
    }
    return body === undefined ? open() : runAsync(open, body, options)
  }

  getStats(): DistributedCacheStats {
    this.checkOpen()
    return statsOf(this.counter, this.verbs.cluster)
  }

  resetStats(): void {
    this.checkOpen()
    this.counter.reset()
  }

  /** Asks every node whether it is there. @throws CacheConnectionError when none is */
  async start(): Promise<void> {
    this.checkOpen()
    await greet(this.verbs.cluster)
  }

  /** Waits for loads under way. Connections stay until disposal; idle ones keep no process alive. */
  async stop(): Promise<void> {
    this.checkOpen()
    await this.loader.settled()
  }

  /** Calls `listener` at each event; returns the undo. A listener that fails becomes an `'error'` event. */
  on<E extends keyof DistributedCacheEvents<T>>(
    event: E,
    listener: (...args: DistributedCacheEvents<T>[E]) => unknown,
  ): () => void {
    return this.events.on(event, listener)
  }

  /** Closes this view and those below it; entries stay on the nodes. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.closed) return
    this.closed = true
    this.loader.abortAll(new CacheClosedError('the cache was disposed while this value was being loaded'))
    this.watchers.allChanged('cleared')
    for (const view of this.views.values()) await view[Symbol.asyncDispose]()
  }

  /** @internal */
  checkOpen(): void {
    if (this.closed) throw new CacheClosedError('this cache was disposed: make a new one, or dispose it later')
  }

  /** @internal */
  checkKeys(keys: Iterable<string>): readonly string[] {
    const checked = keysOf(keys)
    for (const key of checked) this.verbs.keyspace.physical(key)
    return checked
  }

  /** Counts a read and tells of it. @internal */
  count(key: string, value: T | undefined): void {
    if (value === undefined) {
      this.counter.misses++
      this.events.emit('miss', key)
    } else {
      this.counter.hits++
      this.events.emit('hit', key, value)
    }
  }

  /** Counts a value that was stored, and tells of it. @internal */
  stored(key: string, value: T): void {
    this.counter.sets++
    this.watchers.changed(key, 'set')
    this.events.emit('set', key, value)
  }

  private prepareSet(key: string, value: T, ttl: Duration | SetOptions | undefined): () => Promise<void> {
    this.verbs.keyspace.physical(key)
    checkValue(key, value)
    const write = this.verbs.prepare(key, value, checkSetOptions(ttl, this.defaultTtl))
    return async () => {
      this.watchers.changed(key, 'set')
      await write()
      this.stored(key, value)
    }
  }

  private async fill(
    key: string,
    value: T,
    { store, ttl, tags }: StoreOptions,
    fence: Fence,
    evidence: Evidence,
  ): Promise<T> {
    this.counter.loads++
    const storing: Storing = checkSetOptions({ ttl, tags }, this.defaultTtl)
    if (store && !this.closed && fence.holds(storing.tags)) {
      try {
        if (await this.verbs.fill(key, value, storing, evidence)) {
          this.counter.sets++
          this.events.emit('set', key, value)
        }
      } catch (error) {
        // Whoever waits for the value shall have it, whatever the nodes do.
        if (!(error instanceof CacheConnectionError)) throw error
        this.events.emit('error', error)
      }
    }
    this.events.emit('load', key, value)
    return value
  }

  private tellCleared(): void {
    this.watchers.allChanged('cleared')
    for (const view of this.views.values()) view.tellCleared()
  }
}
