/**
 * The contracts: what every cache promises, asynchronous (`Cache`) and synchronous (`SyncCache`). Knows no
 * implementation.
 */
import type { Inspection } from './inspection.js'
import type { CacheStats } from './stats/cache-stats.js'

/**
 * A length of time. A number is **seconds**, fractions allowed; a string carries its unit: `'250ms'`, `'30s'`, `'5m'`,
 * `'2h'`, `'1d'`, `'2w'`, `'2y'`; `Infinity` is never. Zero, negative, `NaN`, a malformed string, or a number above one year is a
 * `CacheConfigError`.
 */
export type Duration = number | string

/** What can be said of an entry when it is stored. */
export interface SetOptions {
  /** Time to live, in seconds or with a unit. Defaults to the cache's `defaultTtl`. */
  ttl?: Duration | undefined
  /** Tags by which `deleteByTag` removes the entry. */
  tags?: readonly string[] | undefined
  /** What the entry counts against `maxWeight`; overrules the weigher. A positive number. */
  weight?: number | undefined
}

/** Pairs to store: a record, a `Map`, or any iterable of pairs. */
export type Entries<T> = Iterable<readonly [string, T]> | Readonly<Record<string, T>>

/** What a loader is told, and how it tells what depends on the value. */
export interface LoadContext<T> {
  /** The key to load. */
  readonly key: string
  /** Aborted when every caller that waited for this load has left. */
  readonly signal: AbortSignal
  /** The expired or soon-expiring value that a caller would still be served, if there is one. */
  readonly stale: T | undefined
  /** Sets the time to live of what is being loaded; overrules the options. Seconds or with a unit. */
  setTtl(ttl: Duration): void
  /** Sets the tags of what is being loaded; overrules the options. */
  setTags(tags: readonly string[]): void
  /** What is being loaded is handed to whoever waits and not stored; it may then even be `undefined`. */
  noStore(): void
}

/** Loads the value of an absent key. Storing `undefined` is refused with `CacheValueError`. */
export type Load<T> = (context: LoadContext<T>) => T | Promise<T>

/** What a loader of many keys is told. */
export interface LoadManyContext<T> {
  /** Aborted when every caller that waited for any of these loads has left. */
  readonly signal: AbortSignal
  /** The context of one of the keys, by which its TTL and tags are set. */
  of(key: string): LoadContext<T>
}

/** Loads the values of absent keys in one call: a record, a `Map` or pairs. Keys that it leaves out do not exist. */
export type LoadMany<T> = (keys: readonly string[], context: LoadManyContext<T>) => Entries<T> | Promise<Entries<T>>

/** How `getOrSet` stores what it loads, and how long its caller waits. */
export interface GetOrSetOptions {
  /** Time to live of a loaded value, in seconds or with a unit. Defaults to the cache's `defaultTtl`. */
  ttl?: Duration | undefined
  /** Tags of a loaded value. */
  tags?: readonly string[] | undefined
  /** Lets this caller leave; the load goes on while others wait, and is aborted when all have left. */
  signal?: AbortSignal | undefined
  /**
   * How long this caller waits at most, in seconds or with a unit; then it is told `CacheLoadError` with
   * `code: 'TIMEOUT'`, and the load goes on for the cache. @defaultValue as long as it takes
   */
  timeout?: Duration | undefined
  /**
   * How long a failed load is remembered, in seconds or with a unit: who asks meanwhile is told the same failure without
   * a load, until the key or one of these tags changes. @defaultValue not at all
   */
  negativeTtl?: Duration | undefined
  /**
   * For how long beyond its life a value is answered at once while a new one is loaded behind the caller's back, in
   * seconds or with a unit. @defaultValue not at all
   */
  staleWhileRevalidate?: Duration | undefined
  /**
   * For how long beyond its life a value is answered when loading a new one fails or takes longer than `timeout`, in
   * seconds or with a unit. @defaultValue not at all
   */
  staleIfError?: Duration | undefined
  /**
   * How long this caller waits for a load while there is a value that `staleIfError` allows: then it is answered that, and
   * the load goes on. @defaultValue as long as it takes
   */
  softTimeout?: Duration | undefined
  /**
   * A hit whose value has less than this left to live starts a load behind the caller's back, in seconds or with a unit.
   * @defaultValue not at all
   */
  refreshAhead?: Duration | undefined
  /**
   * A hit may start a load behind the caller's back, by a chance that grows as the value's end comes near and with the time
   * that loading took: it does when `loadTime * earlyRefresh * -ln(random)` reaches what is left to live, so that one
   * caller of many loads before all would. 1 is the optimum of the paper; more loads earlier. A number above 0.
   *
   * @defaultValue not at all
   * @see Vattani, Chierichetti, Lowenstein, "Optimal Probabilistic Cache Stampede Prevention", VLDB 2015, XFetch
   */
  earlyRefresh?: number | undefined
  /**
   * By how much of itself the TTL of a loaded value varies at random, so that what was loaded together does not expire
   * together: 0.1 is ±10 %. From 0 to below 1. @defaultValue 0
   */
  jitter?: number | undefined
  /**
   * Who shares a load: `'process'`, all callers in this one; `'cluster'`, those of other clients of the same nodes, too: one
   * of them loads, the others wait for its value. In a cache of one process the two are the same. @defaultValue 'process'
   */
  singleFlight?: 'process' | 'cluster' | undefined
  /**
   * With `singleFlight: 'cluster'`, how long the others wait for one that loads and may have died, in seconds or with a
   * unit; a load that takes longer may be run by another one, too. @defaultValue 10
   */
  lease?: Duration | undefined
}

/** How a cache loads unless the call says otherwise. */
export type LoadingDefaults = Omit<GetOrSetOptions, 'signal'>

/** What a synchronous load can be told: it waits for nobody. */
export type SyncGetOrSetOptions = Pick<GetOrSetOptions, 'ttl' | 'tags' | 'jitter'>

/** How a transaction is run. */
export interface TransactionOptions {
  /** How often the callback is run again after a conflict. Integer ≥ 0. @defaultValue 0 */
  retries?: number | undefined
}

/** What can be asked inside a transaction. Reads see the transaction's own writes; nothing is visible outside before commit. */
export interface Transaction<T> extends AsyncDisposable {
  get(key: string): Promise<T | undefined>
  get<D>(key: string, defaultValue: D): Promise<T | D>
  getMany(keys: Iterable<string>): Promise<Map<string, T | undefined>>
  getMany<D>(keys: Iterable<string>, defaultValue: D): Promise<Map<string, T | D>>
  has(key: string): Promise<boolean>
  set(key: string, value: T, ttl?: Duration | SetOptions): Promise<void>
  setMany(entries: Entries<T>, ttl?: Duration | SetOptions): Promise<void>
  delete(key: string): Promise<boolean>
  touch(key: string, ttl?: Duration): Promise<boolean>
  /**
   * Applies everything at once, or nothing.
   *
   * @throws CacheTransactionError with `code: 'CONFLICT'` and the keys, when something read has changed since.
   */
  commit(): Promise<void>
  /** Forgets everything. Ending without `commit` does the same. */
  rollback(): Promise<void>
}

/**
 * What every mtaio cache promises, local or distributed.
 *
 * Keys are non-empty strings (else `CacheKeyError`); values anything but `undefined` (else `CacheValueError`); after
 * disposal every call throws `CacheClosedError`.
 */
export interface Cache<T> extends AsyncDisposable, AsyncIterable<[key: string, value: T]> {
  /** The value, else `defaultValue`, else `undefined`. Never throws for an absent key. */
  get(key: string): Promise<T | undefined>
  get<D>(key: string, defaultValue: D): Promise<T | D>
  /** The value. @throws CacheKeyError (`code: 'KEY_NOT_FOUND'`) when the key is absent. */
  getOrThrow(key: string): Promise<T>
  /** Whether the key is live; touches neither recency, frequency nor statistics. */
  has(key: string): Promise<boolean>
  /** The value; touches neither recency, frequency nor statistics. */
  peek(key: string): Promise<T | undefined>
  /** Stores a value. `ttl`: seconds or with a unit, or options. */
  set(key: string, value: T, ttl?: Duration | SetOptions): Promise<void>
  /** Removes a key; whether it was there. */
  delete(key: string): Promise<boolean>
  /** Restarts the entry's life with `ttl`, else with the default; `false` if absent or expired. */
  touch(key: string, ttl?: Duration): Promise<boolean>
  /** Seconds left; `Infinity` if it never expires; `undefined` if absent. */
  ttl(key: string): Promise<number | undefined>
  /** One entry per requested key, in order; absent ones hold `defaultValue` or `undefined`. */
  getMany(keys: Iterable<string>): Promise<Map<string, T | undefined>>
  getMany<D>(keys: Iterable<string>, defaultValue: D): Promise<Map<string, T | D>>
  /** Stores many. A bad key, value or TTL anywhere stores nothing. */
  setMany(entries: Entries<T>, ttl?: Duration | SetOptions): Promise<void>
  /** Removes many; how many were there. */
  deleteMany(keys: Iterable<string>): Promise<number>
  /** Empties the cache, its namespaces included. Statistics run on. */
  clear(): Promise<void>
  /**
   * A view with its own keys, statistics and O(1) `clear()`, sharing the parent's capacity. Disposing it leaves the
   * parent alone. The same name gives a view of the same entries. Names are non-empty and free of `/` and `:`.
   */
  namespace(name: string): Cache<T>
  /** Removes the entries of this cache that carry the tag, at once and without a scan of the others. */
  deleteByTag(tag: string): Promise<void>
  /**
   * Removes the entries of this cache that carry any of the tags, without a scan of the others.
   *
   * @throws CacheConfigError for anything but an iterable of non-empty strings; then nothing is removed
   */
  deleteByTags(tags: Iterable<string>): Promise<void>
  /**
   * Ends the life of the entries of this cache that carry the tag: every read finds them absent. They are kept, no longer
   * than they would have lived, for those who allow stale values (`staleIfError`, `staleWhileRevalidate`); `deleteByTag`
   * is for what nobody must see again.
   *
   * @throws CacheConfigError for anything but a non-empty string
   */
  expireByTag(tag: string): Promise<void>
  /**
   * Removes the entries of this cache whose keys begin with `prefix`; those of its namespaces are left alone. What it
   * costs is each cache's own: a walk over all entries in a cache of one process, a write to each node in a cluster.
   *
   * @throws CacheKeyError for anything but a non-empty string: to remove every key, use `clear()`
   */
  deleteByPrefix(prefix: string): Promise<void>
  /** The cached value, else `load`'s, stored. Concurrent calls for one key run `load` once. */
  getOrSet(key: string, load: Load<T>, options?: GetOrSetOptions): Promise<T>
  /**
   * The cached values, and `load`'s for all absent keys in one call, stored; in the order of the keys. Keys that `load`
   * leaves out are left out here. Calls that overlap share the loads that they have in common.
   */
  getOrSetMany(keys: Iterable<string>, load: LoadMany<T>, options?: GetOrSetOptions): Promise<Map<string, T>>
  /**
   * Explains a key: why it is there, or why not; what removed it last, as far as the cache keeps that. Changes nothing, is no
   * use of the entry and counted nowhere.
   */
  inspect(key: string): Promise<Inspection>
  /** Live entries. */
  items(): AsyncIterableIterator<[key: string, value: T]>
  /** Live keys. */
  keys(): AsyncIterableIterator<string>
  /** Live values. */
  values(): AsyncIterableIterator<T>
  /** Runs `body`, commits when it returns and rolls back when it throws. The body's value is returned. */
  transaction<R>(body: (txn: Transaction<T>) => R | Promise<R>, options?: TransactionOptions): Promise<R>
  /** Opens a transaction to be ended by `commit()`; leaving it without rolls back. */
  transaction(): Transaction<T>
  /** An immutable snapshot of the statistics. */
  getStats(): CacheStats
  /** Sets the counters to zero; entries stay. */
  resetStats(): void
  /** Turns background maintenance on (it is on from the first entry; this undoes `stop`). */
  start(): Promise<void>
  /** Turns background maintenance off and waits for pending callbacks. Entries stay readable. */
  stop(): Promise<void>
}

/** What a synchronous loader is told. There is nobody to abort it. */
export type SyncLoadContext<T> = Omit<LoadContext<T>, 'signal'>

/** The synchronous twin of {@link Transaction}. */
export interface SyncTransaction<T> extends Disposable {
  get(key: string): T | undefined
  get<D>(key: string, defaultValue: D): T | D
  getMany(keys: Iterable<string>): Map<string, T | undefined>
  getMany<D>(keys: Iterable<string>, defaultValue: D): Map<string, T | D>
  has(key: string): boolean
  set(key: string, value: T, ttl?: Duration | SetOptions): void
  setMany(entries: Entries<T>, ttl?: Duration | SetOptions): void
  delete(key: string): boolean
  touch(key: string, ttl?: Duration): boolean
  commit(): void
  rollback(): void
}

/** The synchronous view: the calls of {@link Cache}, plain values, no promises. See there for what each promises. */
export interface SyncCache<T> extends Disposable, Iterable<[key: string, value: T]> {
  get(key: string): T | undefined
  get<D>(key: string, defaultValue: D): T | D
  getOrThrow(key: string): T
  has(key: string): boolean
  peek(key: string): T | undefined
  set(key: string, value: T, ttl?: Duration | SetOptions): void
  delete(key: string): boolean
  touch(key: string, ttl?: Duration): boolean
  ttl(key: string): number | undefined
  getMany(keys: Iterable<string>): Map<string, T | undefined>
  getMany<D>(keys: Iterable<string>, defaultValue: D): Map<string, T | D>
  setMany(entries: Entries<T>, ttl?: Duration | SetOptions): void
  deleteMany(keys: Iterable<string>): number
  clear(): void
  namespace(name: string): SyncCache<T>
  deleteByTag(tag: string): void
  deleteByTags(tags: Iterable<string>): void
  expireByTag(tag: string): void
  deleteByPrefix(prefix: string): void
  getOrSet(key: string, load: (context: SyncLoadContext<T>) => T, options?: SyncGetOrSetOptions): T
  inspect(key: string): Inspection
  items(): IterableIterator<[key: string, value: T]>
  keys(): IterableIterator<string>
  values(): IterableIterator<T>
  transaction<R>(body: (txn: SyncTransaction<T>) => R, options?: TransactionOptions): R
  transaction(): SyncTransaction<T>
  getStats(): CacheStats
  resetStats(): void
  start(): void
  stop(): void
}
