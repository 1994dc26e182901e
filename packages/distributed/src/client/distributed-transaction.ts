/**
 * A transaction over the nodes: optimistic. Reads remember versions, writes are buffered; commit has a quorum decide, see
 * `coordinator/commit-coordinator.ts`.
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
import { CommitCoordinator, type Intent, type Premise } from '../coordinator/commit-coordinator.js'
import { FEWEST_DECIDERS } from '../coordinator/group-quorum.js'
import type { StoreRequest } from '../coordinator/replica-verbs.js'
import { placementKey } from '../placement/placement.js'
import { compareVersions, NO_VERSION, type Version } from '../record/version.js'
import type { Found } from './found.js'
import type { RecordVerbs } from './record-verbs.js'

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

/** The most keys that one transaction may write. */
const MOST_WRITES = 1024
/** The most bytes of keys and records that it may write. */
const MOST_BYTES = 16 * 1024 * 1024

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

  private async send(place: string, reads: ReadonlyMap<string, Found<T>>, budget: Budget): Promise<void> {
    const { verbs } = this.view
    const premises = new Map<string, Premise>()
    /** Which keys a physical key or register stands for, when it turns out to have changed. */
    const blamed = new Map<string, string[]>()
    const expect = (physical: string, expected: Version, key: string, standing?: StoreRequest) => {
      // Of two reads that met the same register, the earlier one counts: it is the one that may be out of date.
      const known = premises.get(physical)
      if (known === undefined || compareVersions(expected, known.expected) < 0) {
        premises.set(physical, { expected, standing })
      }
      blamed.set(physical, [...(blamed.get(physical) ?? []), key])
    }
    for (const [key, { result, value }] of reads) {
      // What has expired since it was read has changed, though no version tells.
      const expiry = result.record?.expiresAt ?? 0
      if (value !== undefined && expiry !== 0 && expiry <= verbs.cluster.parts.wallNow()) throw conflict([key])
      expect(verbs.keyspace.physical(key), result.version, key, verbs.asRead(key, result))
      for (const [i, register] of verbs.keyspace.registers.entries()) expect(register, result.registers[i]!, key)
      // A tag that is invalidated from now on kills what was read: its register must not become newer than the record.
      for (const register of verbs.tagRegisters(result.record?.tags ?? [])) expect(register, result.version, key)
    }
    const intents = [...this.writes.writes()].flatMap(([key, write]) => this.intentOf(key, write, reads))
    checkSize(intents)
    const { changed, isOnlyDecided } = await new CommitCoordinator(verbs.cluster).commit(
      { place, group: verbs.keyspace.group(place), rememberedMs: verbs.tombstoneTtl, premises, intents },
      budget,
    )
    if (changed === undefined) return isOnlyDecided ? this.spread(budget) : undefined
    const keys = blamed.get(changed) ?? [changed]
    await this.agree(keys, budget)
    throw conflict(keys)
  }

  /** Looks at all replicas, and has them agree: where only some hold what is new, another attempt could miss it again. */
  private async agree(keys: readonly string[], budget: Budget): Promise<void> {
    const { verbs } = this.view
    const { quorums } = budget
    // Those who decide hold what transactions wrote, replicas or not.
    const copies = Math.min(Math.max(quorums.replicationFactor, FEWEST_DECIDERS), verbs.cluster.nodes.length)
    const numbers = { replicationFactor: copies, readQuorum: copies, writeQuorum: copies }
    const all = { ...quorums, ...numbers, quorum: 'sloppy', linearizable: true } as const
    await Promise.allSettled(keys.map((key) => verbs.read(key, { ...budget, quorums: all })))
  }

  /**
   * Has as many replicas as a write takes hold what was decided, or something newer: what was applied lies with so many that a
   * write quorum of readers meets it, and reads that disagree write back.
   */
  private async spread(budget: Budget): Promise<void> {
    const { quorums } = budget
    if (quorums.quorum === 'sloppy') return
    const meeting = { ...quorums, readQuorum: quorums.writeQuorum, linearizable: true }
    const keys = [...this.writes.writes()].map(([key]) => key)
    const { verbs } = this.view
    try {
      await Promise.all(keys.map((key) => verbs.read(key, { ...budget, quorums: meeting })))
    } catch (cause) {
      throw new CacheTransactionError(
        'the transaction is decided, and too few replicas are in reach to show it: read before you run it again',
        { code: 'UNKNOWN_OUTCOME', keys, cause },
      )
    }
  }

  private intentOf(key: string, write: Write<T>, reads: ReadonlyMap<string, Found<T>>): Intent[] {
    const { verbs } = this.view
    if (write.kind === 'delete') return [verbs.intendDeletion(key)]
    if (write.kind === 'set') return [verbs.intendValue(key, write.value, write)]
    const found = reads.get(key)
    if (found?.value === undefined) return []
    const tags = found.result.record!.tags
    return [verbs.intendValue(key, found.value, { ttlMs: write.ttlMs, tags })]
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

/** @throws CacheTransactionError `'TOO_LARGE'` */
function checkSize(intents: readonly Intent[]): void {
  let bytes = 0
  for (const intent of intents) bytes += intent.key.length + intent.make(NO_VERSION).envelope.length
  if (intents.length <= MOST_WRITES && bytes <= MOST_BYTES) return
  throw new CacheTransactionError(
    `a distributed transaction writes at most ${MOST_WRITES} keys and ${MOST_BYTES} bytes, for the nodes keep it twice for a while; this one writes ${intents.length} keys and ${bytes} bytes`,
    { code: 'TOO_LARGE' },
  )
}

function conflict(keys: string[]): CacheTransactionError {
  return new CacheTransactionError(
    `what the transaction read under '${keys[0]}' has changed: nothing was applied; run it again, or give { retries }`,
    { code: 'CONFLICT', keys },
  )
}
