/** Transactions of the reference cache. */
import { CacheTransactionError } from '@mtaio/exceptions'
import type { Duration, Entries, SetOptions, Transaction, TransactionOptions } from '../cache.js'
import { type CheckedSetOptions, checkInteger, checkKnownOptions, keysOf } from '../checks.js'
import { parseDuration } from '../expiry/duration.js'
import type { ReferenceEntry, ReferenceRoom } from './reference-room.js'

/** The cache that a transaction is over. */
export interface ReferenceGround {
  readonly room: ReferenceRoom
  readonly defaultTtlMs: number
  readonly now: () => number
  isLive(entry: ReferenceEntry): boolean
  find(key: string): ReferenceEntry | undefined
  store(key: string, value: unknown, ttlMs: number, tags: readonly string[] | undefined): void
  remove(key: string): boolean
  set(key: string, value: unknown, ttl?: Duration | SetOptions): Promise<void>
  count(entry: ReferenceEntry | undefined): void
  check(key: string): void
  checkOpen(): void
  checkedWrites(
    entries: Entries<unknown>,
    ttl: Duration | SetOptions | undefined,
  ): (readonly [string, unknown, CheckedSetOptions])[]
}

type Staged = { value: unknown; ttlMs: number; tags: readonly string[] | undefined } | { touchMs: number } | undefined

/** Reads are remembered by the entry that they found; a commit finds the same ones or refuses. */
export class ReferenceTransaction implements Transaction<unknown> {
  readonly reads = new Map<string, ReferenceEntry | undefined>()
  readonly staged = new Map<string, Staged>()
  private readonly counted: (ReferenceEntry | undefined)[] = []
  protected ended = false

  constructor(readonly cache: ReferenceGround) {}

  private outside(key: string): unknown {
    if (!this.reads.has(key)) {
      const entry = this.cache.room.entries.get(key)
      this.reads.set(key, entry !== undefined && this.cache.isLive(entry) ? entry : undefined)
    }
    return this.reads.get(key)?.value
  }

  view(key: string): unknown {
    this.check(key)
    const staged = this.staged.get(key)
    if (staged !== undefined && 'value' in staged) return staged.value
    return this.staged.has(key) && staged === undefined ? undefined : this.outside(key)
  }

  async get(key: string, defaultValue?: unknown): Promise<never> {
    const value = this.view(key)
    this.counted.push(value === undefined ? undefined : { value, expiresAt: 0, tags: [], storedAt: 0 })
    return (value === undefined ? defaultValue : value) as never
  }

  async getMany(keys: Iterable<string>, defaultValue?: unknown): Promise<Map<string, never>> {
    this.checkOpen()
    const found = new Map<string, never>()
    for (const key of keysOf(keys)) found.set(key, await this.get(key, defaultValue))
    return found
  }

  async has(key: string): Promise<boolean> {
    return this.view(key) !== undefined
  }

  async set(key: string, value: unknown, ttl?: Duration | SetOptions): Promise<void> {
    await this.setMany([[key, value]], ttl)
  }

  async setMany(entries: Entries<unknown>, ttl?: Duration | SetOptions): Promise<void> {
    this.checkOpen()
    for (const [key, value, { ttlMs, tags }] of this.cache.checkedWrites(entries, ttl)) {
      this.staged.set(key, { value, ttlMs, tags })
    }
  }

  async delete(key: string): Promise<boolean> {
    const there = this.view(key) !== undefined
    this.staged.set(key, undefined)
    return there
  }

  async touch(key: string, ttl?: Duration): Promise<boolean> {
    const ttlMs = ttl === undefined ? this.cache.defaultTtlMs : parseDuration(ttl, 'ttl')
    if (this.view(key) === undefined) return false
    const staged = this.staged.get(key)
    this.staged.set(key, staged !== undefined && 'value' in staged ? { ...staged, ttlMs } : { touchMs: ttlMs })
    return true
  }

  conflicts(): string[] {
    const stands = (key: string) => {
      const entry = this.cache.room.entries.get(key)
      return entry !== undefined && this.cache.isLive(entry) ? entry : undefined
    }
    return [...this.reads].filter(([key, entry]) => stands(key) !== entry).map(([key]) => key)
  }

  async commit(): Promise<void> {
    this.checkOpen()
    this.cache.checkOpen()
    this.ended = true
    const keys = this.conflicts()
    if (keys.length > 0) throw new CacheTransactionError('changed meanwhile', { code: 'CONFLICT', keys })
    for (const entry of this.counted) this.cache.count(entry)
    for (const [key, staged] of this.staged) {
      if (staged === undefined) this.cache.remove(key)
      else if ('value' in staged) this.cache.store(key, staged.value, staged.ttlMs, staged.tags)
      else this.cache.find(key)!.expiresAt = this.cache.now() + staged.touchMs
    }
  }

  async rollback(): Promise<void> {
    this.ended = true
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.rollback()
  }

  private checkOpen(): void {
    if (this.ended) throw new CacheTransactionError('ended', { code: 'CLOSED' })
  }

  private check(key: string): void {
    this.checkOpen()
    this.cache.check(key)
  }
}

/** Runs `body` in transactions that `open` opens, once more after a conflict as often as the options allow. */
export async function runReferenceTransaction<R>(
  open: () => ReferenceTransaction,
  body: (txn: Transaction<unknown>) => R | Promise<R>,
  options: TransactionOptions,
): Promise<R> {
  checkKnownOptions(options, ['retries'], 'transaction')
  let retries = options.retries === undefined ? 0 : checkInteger(options.retries, 'retries', 0)
  for (;;) {
    const txn = open()
    try {
      const answer = await body(txn)
      await txn.commit()
      return answer
    } catch (error) {
      if (!(error instanceof CacheTransactionError) || error.code !== 'CONFLICT' || retries-- === 0) throw error
    } finally {
      await txn.rollback()
    }
  }
}
