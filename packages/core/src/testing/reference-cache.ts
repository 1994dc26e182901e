/**
 * The dumbest cache that keeps the contract: a map and linear scans. It proves that the contract can be kept and, with
 * faults put in, that the contract's cases notice. Not for use: nothing is bounded, nothing is fast.
 */
import { CacheClosedError, CacheKeyError } from '@mtaio/exceptions'
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
} from '../cache.js'
import {
  checkKey,
  checkNamespaceName,
  checkPrefix,
  checkSetOptions,
  checkTag,
  checkValue,
  keysOf,
  pairsOf,
  tagsOf,
} from '../checks.js'
import { parseDuration } from '../expiry/duration.js'
import type { Inspection } from '../inspection.js'
import { loadMany } from '../loading/load-many.js'
import { Loader } from '../loading/loader.js'
import type { Invalidation, RemovalCause } from '../store/removal-cause.js'
import type { StoreOptions } from '../store-options.js'
import { setSystemTimer } from '../time/clock.js'
import { inspectRoom } from './reference-inspection.js'
import { type ReferenceEntry, type ReferenceFence, ReferenceRoom } from './reference-room.js'
import { ReferenceTransaction, runReferenceTransaction } from './reference-transaction.js'

export { type ReferenceEntry, type ReferenceFence, ReferenceRoom } from './reference-room.js'
export { ReferenceTransaction } from './reference-transaction.js'

export interface ReferenceOptions {
  readonly now: () => number
  readonly defaultTtl?: Duration
  readonly room?: ReferenceRoom
}

export class ReferenceCache implements Cache<unknown> {
  readonly room: ReferenceRoom
  readonly now: () => number
  readonly defaultTtlMs: number
  protected closed = false
  private readonly views: ReferenceCache[] = []
  private readonly loader = new Loader<unknown, undefined, ReferenceFence>(
    {
      openFence: (key, onBroken) => this.openFence(key, onBroken),
      fill: (key, value, options, fence) => this.fill(key, value, options, fence),
      stale: (key) => this.staleOf(key),
      loadFailed: () => this.room.counter.loadFailures++,
    },
    { clock: { now: () => this.now(), setTimer: setSystemTimer }, defaultTtl: 300_000 },
  )

  constructor(readonly options: ReferenceOptions) {
    this.room = options.room ?? new ReferenceRoom()
    this.now = options.now
    this.defaultTtlMs = options.defaultTtl === undefined ? 300_000 : parseDuration(options.defaultTtl, 'defaultTtl')
  }

  /** The live entry; what has expired is taken out by the way. */
  find(key: string): ReferenceEntry | undefined {
    this.check(key)
    const entry = this.room.entries.get(key)
    if (entry === undefined || this.isLive(entry)) return entry
    this.room.removals.set(key, { cause: 'expired', at: entry.expiresAt, by: undefined })
    this.room.entries.delete(key)
    this.room.counter.expirations++
    return undefined
  }

  isLive(entry: ReferenceEntry): boolean {
    return entry.expiresAt > this.now()
  }

  store(key: string, value: unknown, ttlMs: number, tags: readonly string[] | undefined): void {
    this.room.entries.set(key, { value, expiresAt: this.now() + ttlMs, tags: tags ?? [], storedAt: this.now() })
    this.room.stale.delete(key)
    this.room.counter.sets++
    this.changed(key)
  }

  remove(key: string, by?: Invalidation, cause: RemovalCause = 'deleted'): boolean {
    const there = this.find(key) !== undefined
    if (there) this.room.counter.deletes++
    if (there) this.room.removals.set(key, { cause, at: this.now(), by })
    this.room.entries.delete(key)
    this.room.stale.delete(key)
    this.changed(key)
    return there
  }

  /** Breaks the fences over a key, or over all. */
  changed(key?: string): void {
    for (const fence of [...this.room.fences]) {
      if (key !== undefined && fence.key !== key) continue
      fence.broken = true
      fence.onBroken()
    }
  }

  count(entry: ReferenceEntry | undefined): void {
    if (entry === undefined) this.room.counter.misses++
    else this.room.counter.hits++
  }

  async get(key: string, defaultValue?: unknown): Promise<never> {
    const entry = this.find(key)
    this.count(entry)
    return (entry === undefined ? defaultValue : entry.value) as never
  }

  async getOrThrow(key: string): Promise<unknown> {
    const value = await this.get(key)
    if (value === undefined) throw new CacheKeyError(`no entry under '${key}'`, { key, code: 'KEY_NOT_FOUND' })
    return value
  }

  async has(key: string): Promise<boolean> {
    return this.find(key) !== undefined
  }

  async peek(key: string): Promise<unknown> {
    return this.find(key)?.value
  }

  async set(key: string, value: unknown, ttl?: Duration | SetOptions): Promise<void> {
    await this.setMany([[key, value]], ttl)
  }

  async delete(key: string): Promise<boolean> {
    this.check(key)
    return this.remove(key)
  }

  async touch(key: string, ttl?: Duration): Promise<boolean> {
    this.check(key)
    const ttlMs = ttl === undefined ? this.defaultTtlMs : parseDuration(ttl, 'ttl')
    const entry = this.find(key)
    if (entry !== undefined) entry.expiresAt = this.now() + ttlMs
    return entry !== undefined
  }

  async ttl(key: string): Promise<number | undefined> {
    const entry = this.find(key)
    return entry === undefined ? undefined : (entry.expiresAt - this.now()) / 1000
  }

  async getMany(keys: Iterable<string>, defaultValue?: unknown): Promise<Map<string, never>> {
    this.checkOpen()
    const found = new Map<string, never>()
    for (const key of keysOf(keys)) found.set(key, await this.get(key, defaultValue))
    return found
  }

  async setMany(entries: Entries<unknown>, ttl?: Duration | SetOptions): Promise<void> {
    for (const [key, value, options] of this.checkedWrites(entries, ttl)) {
      this.store(key, value, options.ttlMs, options.tags)
    }
  }

  async deleteMany(keys: Iterable<string>): Promise<number> {
    this.checkOpen()
    return keysOf(keys).filter((key) => this.remove(key)).length
  }

  async clear(): Promise<void> {
    this.checkOpen()
    this.empty(this.room)
  }

  empty(room: ReferenceRoom): void {
    for (const key of room.entries.keys()) room.removals.set(key, { cause: 'cleared', at: this.now(), by: undefined })
    room.entries.clear()
    room.stale.clear()
    for (const fence of [...room.fences]) {
      fence.broken = true
      fence.onBroken()
    }
    for (const below of room.below.values()) this.empty(below)
  }

  namespace(name: string): ReferenceCache {
    this.checkOpen()
    checkNamespaceName(name)
    const room = this.room.below.get(name) ?? new ReferenceRoom()
    this.room.below.set(name, room)
    const Same = this.constructor as new (options: ReferenceOptions) => ReferenceCache
    const view = new Same({ ...this.options, room })
    this.views.push(view)
    return view
  }

  async deleteByTag(tag: string): Promise<void> {
    this.checkOpen()
    checkTag(tag)
    await this.deleteByTags([tag])
  }

  async deleteByTags(tags: Iterable<string>): Promise<void> {
    this.checkOpen()
    for (const tag of tagsOf(tags)) {
      for (const key of this.room.keysThat((_, tags) => tags.includes(tag))) this.remove(key, { tag })
      for (const fence of this.room.fences) fence.brokenTags.add(tag)
    }
  }

  async expireByTag(tag: string): Promise<void> {
    this.checkOpen()
    checkTag(tag)
    for (const [key, entry] of [...this.room.entries]) if (entry.tags.includes(tag)) this.expire(key, tag)
    for (const fence of this.room.fences) fence.brokenTags.add(tag)
  }

  expire(key: string, tag: string): void {
    const entry = this.find(key)
    if (entry === undefined) return
    this.remove(key, { tag }, 'expired')
    this.room.stale.set(key, { ...entry, since: this.now() })
  }

  staleOf(key: string): { value: unknown; age: number } | undefined {
    const kept = this.room.stale.get(key)
    return kept && this.isLive(kept) ? { value: kept.value, age: this.now() - kept.since } : undefined
  }

  async deleteByPrefix(prefix: string): Promise<void> {
    this.checkOpen()
    checkPrefix(prefix)
    for (const key of this.room.keysThat((key) => key.startsWith(prefix))) this.remove(key, { prefix })
  }

  async getOrSet(key: string, load: Load<unknown>, options: GetOrSetOptions = {}): Promise<unknown> {
    const cached = await this.get(key)
    return cached === undefined ? this.loader.load(key, load, options, undefined) : cached
  }

  async getOrSetMany(
    keys: Iterable<string>,
    load: LoadMany<unknown>,
    options: GetOrSetOptions = {},
  ): Promise<Map<string, unknown>> {
    const found: Map<string, unknown> = await this.getMany(keys)
    const absent = [...found.keys()].filter((key) => found.get(key) === undefined)
    const loaded = await loadMany(absent, load, (key, one) => this.loader.load(key, one, options, undefined))
    for (const [key, value] of loaded) found.set(key, value)
    return new Map([...found].filter(([, value]) => value !== undefined))
  }

  async inspect(key: string): Promise<Inspection> {
    this.check(key)
    return inspectRoom(this.room, key, this.now(), this.loader)
  }

  openFence(key: string, onBroken: () => void): ReferenceFence {
    return this.room.openFence(key, onBroken)
  }

  fill(key: string, value: unknown, { store, ttl, tags: given }: StoreOptions, fence: ReferenceFence): unknown {
    fence.close()
    this.room.counter.loads++
    const { ttlMs, tags } = checkSetOptions({ ttl, tags: given }, this.defaultTtlMs)
    if (store && fence.holds(tags)) this.store(key, value, ttlMs, tags)
    return value
  }

  async *items(): AsyncIterableIterator<[key: string, value: unknown]> {
    this.checkOpen()
    for (const [key, entry] of [...this.room.entries]) if (this.isLive(entry)) yield [key, entry.value]
  }

  async *keys(): AsyncIterableIterator<string> {
    for await (const [key] of this.items()) yield key
  }

  async *values(): AsyncIterableIterator<unknown> {
    for await (const [, value] of this.items()) yield value
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<[key: string, value: unknown]> {
    return this.items()
  }

  transaction<R>(body: (txn: Transaction<unknown>) => R | Promise<R>, options?: TransactionOptions): Promise<R>
  transaction(): Transaction<unknown>
  transaction<R>(body?: (txn: Transaction<unknown>) => R | Promise<R>, options: TransactionOptions = {}): unknown {
    const open = () => {
      this.checkOpen()
      return this.openTransaction()
    }
    return body === undefined ? open() : runReferenceTransaction(open, body, options)
  }

  openTransaction(): ReferenceTransaction {
    return new ReferenceTransaction(this)
  }

  getStats() {
    this.checkOpen()
    return this.room.counter.snapshot(this.room.entries.size, this.room.entries.size)
  }

  resetStats(): void {
    this.checkOpen()
    this.room.counter.reset()
  }

  async start(): Promise<void> {
    this.checkOpen()
  }

  async stop(): Promise<void> {
    this.checkOpen()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.closed = true
    this.loader.abortAll(new CacheClosedError('disposed'))
    for (const view of this.views) await view[Symbol.asyncDispose]()
  }

  checkOpen(): void {
    if (this.closed) throw new CacheClosedError('disposed')
  }

  check(key: string): void {
    this.checkOpen()
    checkKey(key)
  }

  /** Everything of the call is checked before anything is written. */
  checkedWrites(entries: Entries<unknown>, ttl: Duration | SetOptions | undefined) {
    this.checkOpen()
    const options = checkSetOptions(ttl, this.defaultTtlMs)
    return [...pairsOf(entries)].map(([key, value]) => {
      checkKey(key)
      checkValue(key, value)
      return [key, value, options] as const
    })
  }
}
