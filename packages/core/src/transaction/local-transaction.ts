/**
 * A transaction over a local cache: optimistic, serializable. Reads are remembered and watched, writes are buffered;
 * commit checks that nothing read has changed, makes room for all, and applies everything in one synchronous step. The
 * cache's recency and statistics hear of it at commit only, so a rollback leaves no trace.
 */
import { CacheTransactionError } from '@mtaio/exceptions'
import type { Duration, Entries, SetOptions, SyncTransaction } from '../cache.js'
import { checkKey, checkSetOptions, checkValue } from '../checks.js'
import { parseDuration } from '../expiry/duration.js'
import { type Hooks, replaced } from '../hooks.js'
import type { LocalVerbs } from '../local-verbs.js'
import { applyWrites } from './apply-writes.js'
import { WriteBuffer } from './write-buffer.js'

/** Keys that one transaction reads, and writes, at most. */
const MOST_KEYS = 100_000

interface Read<T> {
  readonly value: T | undefined
  readonly unwatch: () => void
}

export class LocalTransaction<T> implements SyncTransaction<T> {
  private readonly writes = new WriteBuffer<T>()
  private readonly reads = new Map<string, Read<T>>()
  private readonly changed = new Set<string>()
  private hits: string[] = []
  private misses = 0
  private ended = false

  constructor(
    private readonly verbs: LocalVerbs<T>,
    private readonly hooks: Hooks<T>,
  ) {}

  get(key: string): T | undefined
  get<D>(key: string, defaultValue: D): T | D
  get<D>(key: string, defaultValue?: D): T | D | undefined {
    const raw = this.read(key)
    const value = this.hooks.postGet === undefined ? raw : (this.hooks.postGet(key, raw) as T | undefined)
    return value === undefined ? defaultValue : value
  }

  getMany(keys: Iterable<string>): Map<string, T | undefined>
  getMany<D>(keys: Iterable<string>, defaultValue: D): Map<string, T | D>
  getMany<D>(keys: Iterable<string>, defaultValue?: D): Map<string, T | D | undefined> {
    return new Map(this.verbs.checkKeys(keys).map((key) => [key, this.get(key, defaultValue)]))
  }

  has(key: string): boolean {
    return this.view(key) !== undefined
  }

  set(key: string, value: T, ttl?: Duration | SetOptions): void {
    this.check(key)
    checkValue(key, value)
    const { preSet } = this.hooks
    this.stage(key, preSet === undefined ? value : replaced(value, preSet(key, value) as T | undefined), ttl)
  }

  setMany(entries: Entries<T>, ttl?: Duration | SetOptions): void {
    for (const [key, value] of this.verbs.checkPairs(entries, ttl)) this.set(key, value, ttl)
  }

  delete(key: string): boolean {
    const there = this.view(key) !== undefined
    this.checkRoom(this.writes.knows(key) ? 0 : this.writes.size)
    this.writes.stageDelete(key)
    return there
  }

  touch(key: string, ttl?: Duration): boolean {
    const life = ttl === undefined ? this.verbs.engine.options.defaultTtl : parseDuration(ttl, 'ttl')
    const there = this.view(key) !== undefined
    if (there) {
      this.checkRoom(this.writes.knows(key) ? 0 : this.writes.size)
      this.writes.stageTouch(key, life)
    }
    return there
  }

  commit(): void {
    this.checkOpen()
    try {
      this.verbs.checkOpen()
      const conflicts = this.conflicts()
      if (conflicts.length > 0) {
        throw new CacheTransactionError(
          `${conflicts.length} key(s) that the transaction read have changed, first '${conflicts[0]}': nothing was applied; run it again, or give { retries }`,
          { code: 'CONFLICT', keys: conflicts },
        )
      }
      this.end()
      applyWrites(this.verbs, this.writes)
      this.count()
    } finally {
      this.rollback()
      this.verbs.engine.callbacks.drain()
    }
  }

  rollback(): void {
    if (!this.ended) this.end()
    this.writes.clear()
  }

  [Symbol.dispose](): void {
    this.rollback()
  }

  /** Whether it was committed or rolled back. */
  get isEnded(): boolean {
    return this.ended
  }

  /** A read without hooks, to be counted at commit. */
  read(key: string): T | undefined {
    const value = this.view(key)
    if (value === undefined) this.misses++
    else this.hits.push(key)
    return value
  }

  /** Buffers a write whose hooks have run. */
  stage(key: string, value: T, ttl?: Duration | SetOptions): void {
    this.check(key)
    checkValue(key, value)
    this.checkRoom(this.writes.knows(key) ? 0 : this.writes.size)
    this.writes.stageSet(key, value, checkSetOptions(ttl, this.verbs.engine.options.defaultTtl))
  }

  check(key: string): void {
    this.checkOpen()
    checkKey(key)
  }

  private view(key: string): T | undefined {
    this.check(key)
    return this.writes.view(key, this.writes.knows(key) ? undefined : this.outside(key))
  }

  /** What stood outside when the key was first asked for. Later reads answer the same: a doomed transaction sees no mixture. */
  private outside(key: string): T | undefined {
    let read = this.reads.get(key)
    if (read === undefined) {
      this.checkRoom(this.reads.size)
      const unwatch = this.verbs.watch(key, (change) => {
        if (change !== 'touched') this.changed.add(key)
      })
      read = { value: this.verbs.peek(key), unwatch }
      this.reads.set(key, read)
    }
    return read.value
  }

  private conflicts(): string[] {
    // Eviction and expiry are told to nobody: a value that was there must still be.
    for (const [key, read] of this.reads) {
      if (read.value !== undefined && this.verbs.peek(key) === undefined) this.changed.add(key)
    }
    return [...this.changed]
  }

  private count(): void {
    const { space, engine } = this.verbs
    space.counter.hits += this.hits.length
    space.counter.misses += this.misses
    for (const key of this.hits) {
      const slot = engine.store.peek(space, key, engine.clock.now())
      if (slot >= 0) engine.store.hit(slot)
    }
  }

  private end(): void {
    this.ended = true
    for (const read of this.reads.values()) read.unwatch()
    this.reads.clear()
  }

  private checkRoom(keys: number): void {
    if (keys < MOST_KEYS) return
    throw new CacheTransactionError(
      `a transaction reads and writes ${MOST_KEYS} keys at most: split it, or use setMany where it need not be atomic`,
      { code: 'TOO_LARGE' },
    )
  }

  private checkOpen(): void {
    if (!this.ended) return
    throw new CacheTransactionError('this transaction has ended: open another with cache.transaction()', {
      code: 'CLOSED',
    })
  }
}
