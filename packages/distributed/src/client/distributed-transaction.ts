/**
 * A transaction over the nodes: optimistic. Reads remember versions, writes are buffered; commit asks the key's first
 * replica to check and apply all at once, in one script. That replica decides; the others are then told the outcome.
 */
import type { Duration, Entries, SetOptions, Transaction } from '@mtaio/core'
import {
  type Counter,
  checkSetOptions,
  checkValue,
  pairsOf,
  parseDuration,
  type Watchers,
  type Write,
  WriteBuffer,
} from '@mtaio/core/engine'
import { CacheTransactionError } from '@mtaio/exceptions'
import type { Budget } from '../coordinator/budget.js'
import { CommitCoordinator } from '../coordinator/commit-coordinator.js'
import type { ReadResult } from '../coordinator/read-request.js'
import type { StoreRequest } from '../coordinator/replica-verbs.js'
import { placementKey } from '../placement/placement.js'
import { compareVersions, type Version } from '../record/version.js'
import type { Found, RecordVerbs } from './record-verbs.js'

/** The cache that a transaction is over: how it reads, counts, and tells of what was committed. */
export interface TransactionHost<T> {
  readonly verbs: RecordVerbs<T>
  readonly defaultTtl: number
  readonly watchers: Watchers
  readonly counter: Counter
  checkOpen(): void
  checkKeys(keys: Iterable<string>): readonly string[]
  count(key: string, value: T | undefined): void
  stored(key: string, value: T): void
}

export class DistributedTransaction<T> implements Transaction<T> {
  private readonly writes = new WriteBuffer<T>()
  private readonly reads = new Map<string, Promise<Found<T>>>()
  private readonly asked: (readonly [key: string, value: T | undefined])[] = []
  private ended = false

  constructor(private readonly view: TransactionHost<T>) {}

  get(key: string): Promise<T | undefined>
  get<D>(key: string, defaultValue: D): Promise<T | D>
  async get<D>(key: string, defaultValue?: D): Promise<T | D | undefined> {
    const value = await this.look(key)
    this.asked.push([key, value])
    return value === undefined ? defaultValue : value
  }

  getMany(keys: Iterable<string>): Promise<Map<string, T | undefined>>
  getMany<D>(keys: Iterable<string>, defaultValue: D): Promise<Map<string, T | D>>
  async getMany<D>(keys: Iterable<string>, defaultValue?: D): Promise<Map<string, T | D | undefined>> {
    this.checkOpen()
    const found = new Map<string, T | D | undefined>()
    for (const key of this.view.checkKeys(keys)) found.set(key, await this.get(key, defaultValue))
    return found
  }

  async has(key: string): Promise<boolean> {
    return (await this.look(key)) !== undefined
  }

  async set(key: string, value: T, ttl?: Duration | SetOptions): Promise<void> {
    this.check(key)
    checkValue(key, value)
    this.writes.stageSet(key, value, checkSetOptions(ttl, this.view.defaultTtl))
  }

  async setMany(entries: Entries<T>, ttl?: Duration | SetOptions): Promise<void> {
    const pairs = [...pairsOf(entries)]
    const options = checkSetOptions(ttl, this.view.defaultTtl)
    for (const [key, value] of pairs) {
      this.check(key)
      checkValue(key, value)
    }
    for (const [key, value] of pairs) this.writes.stageSet(key, value, options)
  }

  async delete(key: string): Promise<boolean> {
    const there = (await this.look(key)) !== undefined
    this.writes.stageDelete(key)
    return there
  }

  async touch(key: string, ttl?: Duration): Promise<boolean> {
    const life = ttl === undefined ? this.view.defaultTtl : parseDuration(ttl, 'ttl')
    const there = (await this.look(key)) !== undefined
    if (there) this.writes.stageTouch(key, life)
    return there
  }

  async commit(): Promise<void> {
    this.checkOpen()
    this.ended = true
    this.view.checkOpen()
    await this.view.verbs.within((budget) => this.commitBy(budget))
  }

  private async commitBy(budget: Budget): Promise<void> {
    const reads = new Map<string, Found<T>>()
    for (const [key, found] of this.reads) reads.set(key, await found)
    const keys = new Set([...reads.keys(), ...[...this.writes.writes()].map(([key]) => key)])
    this.checkPlacement(keys)
    const [place] = keys
    // With more than one replica to a read, the one that decides may have missed a write that the others acknowledged.
    if (budget.quorums.readQuorum > 1) await this.readAgain(keys, reads, budget)
    if (place !== undefined) await this.send(place, reads, budget)
    for (const [key, value] of this.asked) this.view.count(key, value)
    this.tell()
  }

  async rollback(): Promise<void> {
    this.ended = true
    this.writes.clear()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.rollback()
  }

  get isEnded(): boolean {
    return this.ended
  }

  /** Asks a read quorum what stands now: the versions of the writes must be newer than that, and the reads still hold. */
  private async readAgain(keys: Iterable<string>, reads: ReadonlyMap<string, Found<T>>, budget: Budget): Promise<void> {
    await Promise.all(
      [...keys].map(async (key) => {
        const before = reads.get(key)?.result
        const { result: now } = await this.view.verbs.read(key, budget)
        if (before !== undefined && hasChanged(before, now)) throw conflict([key])
      }),
    )
  }

  private async send(place: string, reads: ReadonlyMap<string, Found<T>>, budget: Budget): Promise<void> {
    const { verbs } = this.view
    const expectations = new Map<string, Version>()
    /** Which keys a physical key or register stands for, when it turns out to have changed. */
    const blamed = new Map<string, string[]>()
    const expect = (physical: string, version: Version, key: string) => {
      // Of two reads that met the same register, the earlier one counts: it is the one that may be out of date.
      const known = expectations.get(physical)
      if (known === undefined || compareVersions(version, known) < 0) expectations.set(physical, version)
      blamed.set(physical, [...(blamed.get(physical) ?? []), key])
    }
    for (const [key, { result, value }] of reads) {
      // What has expired since it was read has changed, though no version tells.
      const expiry = result.record?.expiresAt ?? 0
      if (value !== undefined && expiry !== 0 && expiry <= verbs.cluster.parts.wallNow()) throw conflict([key])
      expect(verbs.keyspace.physical(key), result.version, key)
      for (const [i, register] of verbs.keyspace.registers.entries()) expect(register, result.registers[i]!, key)
      // A tag that is invalidated from now on kills what was read: its register must not become newer than the record.
      for (const tag of result.record?.tags ?? []) expect(verbs.keyspace.tagRegister(tag), result.version, key)
    }
    const coordinator = new CommitCoordinator(verbs.cluster)
    const conflicting = await coordinator.commit(
      place,
      [...expectations],
      (version) => [...this.writes.writes()].flatMap(([key, write]) => this.requestOf(key, write, version, reads)),
      budget,
    )
    if (conflicting !== undefined) throw conflict(blamed.get(conflicting) ?? [conflicting])
  }

  private requestOf(
    key: string,
    write: Write<T>,
    version: Version,
    reads: ReadonlyMap<string, Found<T>>,
  ): StoreRequest[] {
    const { verbs } = this.view
    if (write.kind === 'delete') return [verbs.encodeTombstone(key, version)]
    if (write.kind === 'set') return [verbs.encodeRecord(key, write.value, write, version)]
    const found = reads.get(key)
    if (found?.value === undefined) return []
    const tags = found.result.record!.tags
    return [verbs.encodeRecord(key, found.value, { ttlMs: write.ttlMs, tags }, version)]
  }

  private tell(): void {
    for (const [key, write] of this.writes.writes()) {
      if (write.kind === 'set') this.view.stored(key, write.value)
      else this.view.watchers.changed(key, write.kind === 'delete' ? 'deleted' : 'touched')
      if (write.kind === 'delete') this.view.counter.deletes++
    }
  }

  private async look(key: string): Promise<T | undefined> {
    this.check(key)
    if (this.writes.knows(key)) return this.writes.view(key, undefined)
    let found = this.reads.get(key)
    if (found === undefined) {
      found = this.view.verbs.within((budget) => this.view.verbs.read(key, budget))
      this.reads.set(key, found)
      // A read that failed says nothing; it may be tried again.
      found.catch(() => this.reads.delete(key))
    }
    return this.writes.view(key, (await found).value)
  }

  private check(key: string): void {
    this.checkOpen()
    this.view.verbs.keyspace.physical(key)
  }

  private checkOpen(): void {
    if (!this.ended) return
    throw new CacheTransactionError('this transaction has ended: open another with cache.transaction()', {
      code: 'CLOSED',
    })
  }

  private checkPlacement(keys: ReadonlySet<string>): void {
    const places = new Map([...keys].map((key) => [placementKey(key), key]))
    if (places.size <= 1) return
    throw new CacheTransactionError(
      `the keys of a distributed transaction must share a placement tag, as in '{cart:7}items' and '{cart:7}total': ${[...places.values()].slice(0, 3).join(', ')} do not`,
      { code: 'CROSS_PLACEMENT', keys: [...places.values()] },
    )
  }
}

function hasChanged(before: ReadResult, now: ReadResult): boolean {
  const isNewer = compareVersions(now.version, before.version) > 0
  const isGone = before.record !== undefined && now.record === undefined
  return isNewer || isGone || now.registers.some((register, i) => compareVersions(register, before.registers[i]!) > 0)
}

function conflict(keys: string[]): CacheTransactionError {
  return new CacheTransactionError(
    `what the transaction read under '${keys[0]}' has changed: nothing was applied; run it again, or give { retries }`,
    { code: 'CONFLICT', keys },
  )
}
