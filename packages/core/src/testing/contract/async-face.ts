/**
 * A synchronous cache behind the calls of an asynchronous one, so that the same cases are asked of both. What throws rejects.
 * What a synchronous cache has no call for (`getOrSetMany`, loads that wait) is refused here, and not asked.
 */
import type {
  Cache,
  Duration,
  Entries,
  GetOrSetOptions,
  Load,
  SetOptions,
  SyncCache,
  SyncGetOrSetOptions,
  SyncLoadContext,
  SyncTransaction,
  Transaction,
  TransactionOptions,
} from '../../cache.js'
import type { Inspection } from '../../inspection.js'
import type { CacheStats } from '../../stats/cache-stats.js'
import { ContractViolation } from './assert.js'

export class AsyncFace implements Cache<unknown> {
  constructor(private readonly sync: SyncCache<unknown>) {}

  async get(key: string, defaultValue?: unknown): Promise<never> {
    // Without a default there is no second argument, as a user would call it.
    return (defaultValue === undefined ? this.sync.get(key) : this.sync.get(key, defaultValue)) as never
  }

  async getOrThrow(key: string): Promise<unknown> {
    return this.sync.getOrThrow(key)
  }

  async has(key: string): Promise<boolean> {
    return this.sync.has(key)
  }

  async peek(key: string): Promise<unknown> {
    return this.sync.peek(key)
  }

  async set(key: string, value: unknown, ttl?: Duration | SetOptions): Promise<void> {
    this.sync.set(key, value, ttl)
  }

  async delete(key: string): Promise<boolean> {
    return this.sync.delete(key)
  }

  async touch(key: string, ttl?: Duration): Promise<boolean> {
    return this.sync.touch(key, ttl)
  }

  async ttl(key: string): Promise<number | undefined> {
    return this.sync.ttl(key)
  }

  async getMany(keys: Iterable<string>, defaultValue?: unknown): Promise<Map<string, never>> {
    return this.sync.getMany(keys, defaultValue) as Map<string, never>
  }

  async setMany(entries: Entries<unknown>, ttl?: Duration | SetOptions): Promise<void> {
    this.sync.setMany(entries, ttl)
  }

  async deleteMany(keys: Iterable<string>): Promise<number> {
    return this.sync.deleteMany(keys)
  }

  async clear(): Promise<void> {
    this.sync.clear()
  }

  namespace(name: string): AsyncFace {
    return new AsyncFace(this.sync.namespace(name))
  }

  async deleteByTag(tag: string): Promise<void> {
    this.sync.deleteByTag(tag)
  }

  async deleteByTags(tags: Iterable<string>): Promise<void> {
    this.sync.deleteByTags(tags)
  }

  async expireByTag(tag: string): Promise<void> {
    this.sync.expireByTag(tag)
  }

  async deleteByPrefix(prefix: string): Promise<void> {
    this.sync.deleteByPrefix(prefix)
  }

  async getOrSet(key: string, load: Load<unknown>, options?: GetOrSetOptions): Promise<unknown> {
    return this.sync.getOrSet(
      key,
      load as (context: SyncLoadContext<unknown>) => unknown,
      options as SyncGetOrSetOptions,
    )
  }

  getOrSetMany(): Promise<Map<string, unknown>> {
    throw new ContractViolation('a synchronous cache has no getOrSetMany')
  }

  async inspect(key: string): Promise<Inspection> {
    return this.sync.inspect(key)
  }

  async *items(): AsyncIterableIterator<[key: string, value: unknown]> {
    yield* this.sync.items()
  }

  async *keys(): AsyncIterableIterator<string> {
    yield* this.sync.keys()
  }

  async *values(): AsyncIterableIterator<unknown> {
    yield* this.sync.values()
  }

  async *[Symbol.asyncIterator](): AsyncIterableIterator<[key: string, value: unknown]> {
    yield* this.sync
  }

  transaction<R>(body: (txn: Transaction<unknown>) => R | Promise<R>, options?: TransactionOptions): Promise<R>
  transaction(): Transaction<unknown>
  transaction<R>(body?: (txn: Transaction<unknown>) => R | Promise<R>): unknown {
    return body === undefined ? new AsyncTransactionFace(this.sync.transaction()) : this.run(body)
  }

  /** The opened form: a body that awaits cannot be run by the other. That one has cases of its own. */
  private async run<R>(body: (txn: Transaction<unknown>) => R | Promise<R>): Promise<R> {
    const txn = new AsyncTransactionFace(this.sync.transaction())
    try {
      const answer = await body(txn)
      await txn.commit()
      return answer
    } finally {
      await txn[Symbol.asyncDispose]()
    }
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
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.sync[Symbol.dispose]()
  }
}

class AsyncTransactionFace implements Transaction<unknown> {
  constructor(private readonly sync: SyncTransaction<unknown>) {}

  async get(key: string, defaultValue?: unknown): Promise<never> {
    return this.sync.get(key, defaultValue) as never
  }

  async getMany(keys: Iterable<string>, defaultValue?: unknown): Promise<Map<string, never>> {
    return this.sync.getMany(keys, defaultValue) as Map<string, never>
  }

  async has(key: string): Promise<boolean> {
    return this.sync.has(key)
  }

  async set(key: string, value: unknown, ttl?: Duration | SetOptions): Promise<void> {
    this.sync.set(key, value, ttl)
  }

  async setMany(entries: Entries<unknown>, ttl?: Duration | SetOptions): Promise<void> {
    this.sync.setMany(entries, ttl)
  }

  async delete(key: string): Promise<boolean> {
    return this.sync.delete(key)
  }

  async touch(key: string, ttl?: Duration): Promise<boolean> {
    return this.sync.touch(key, ttl)
  }

  async commit(): Promise<void> {
    this.sync.commit()
  }

  async rollback(): Promise<void> {
    this.sync.rollback()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.sync[Symbol.dispose]()
  }
}
