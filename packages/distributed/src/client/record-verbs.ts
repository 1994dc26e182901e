/**
 * Values in, records out: the verbs of a distributed cache on one key, without statistics, events or sharing. Keys become
 * physical, durations become instants, values become bytes; the coordinators do the rest.
 */
import { CacheSerializationError } from '@mtaio/exceptions'
import type { Sealing } from '../codec/sealing.js'
import type { Encoded, ValueCodec } from '../codec/value-codec.js'
import { abortable, type Budget } from '../coordinator/budget.js'
import type { Cluster } from '../coordinator/cluster.js'
import type { CallOptions } from '../coordinator/cluster-parts.js'
import type { Intent } from '../coordinator/commit-coordinator.js'
import { earlyVersion } from '../coordinator/early-version.js'
import { FillWrite } from '../coordinator/fill-write.js'
import { QuickReads } from '../coordinator/quick-read.js'
import { QuickWrites } from '../coordinator/quick-write.js'
import { ReadCoordinator } from '../coordinator/read-coordinator.js'
import type { ReadRequest, ReadResult } from '../coordinator/read-request.js'
import type { StoreRequest } from '../coordinator/replica-verbs.js'
import { WriteCoordinator } from '../coordinator/write-coordinator.js'
import { coarse, coarseCode } from '../record/coarse-duration.js'
import { encodeEnvelope } from '../record/envelope.js'
import { compareVersions, NO_VERSION, newerVersion, nextEdition, type Version } from '../record/version.js'
import { forgetAtOf, tombstoneOf, valueRecord, type WireRecord } from '../record/wire-record.js'
import type { Evidence, Found, StaleValue } from './found.js'
import { Invalidations } from './invalidations.js'
import type { Keyspace } from './keyspace.js'
import { Leases } from './leases.js'
import { expiryAfter, type Life, lifeOf } from './lives.js'
import { FoundTaker, StoredValues, ValueTaker } from './value-takers.js'

/** How a value is stored, checked. */
export interface Storing {
  readonly ttlMs: number
  readonly tags: readonly string[] | undefined
  /** For how long beyond its life it is kept for those who allow it, ms. */
  readonly graceMs?: number | undefined
  /** How long its load took, ms. */
  readonly loadTime?: number | undefined
}

const MOST_TOUCHES = 4

export class RecordVerbs<T> {
  private readonly reads: ReadCoordinator
  private readonly writes: WriteCoordinator
  private readonly fills: FillWrite
  readonly leases: Leases
  readonly invalidations: Invalidations
  private readonly quickReads: QuickReads
  private readonly quickWrites: QuickWrites
  private readonly values: StoredValues<T>
  private readonly tagRegister = (tag: string) => this.keyspace.tagRegister(tag)
  private readonly staleRegister = (tag: string) => this.keyspace.staleRegister(tag)

  constructor(
    readonly cluster: Cluster,
    readonly keyspace: Keyspace,
    private readonly codec: ValueCodec,
    private readonly sealing: Sealing,
    readonly tombstoneTtl: number,
    /** What is asked of every call. */
    readonly call: CallOptions = {},
  ) {
    this.reads = new ReadCoordinator(cluster)
    this.writes = new WriteCoordinator(cluster)
    this.values = new StoredValues<T>(codec, sealing)
    const { registers } = keyspace
    this.quickReads = new QuickReads(cluster, this.reads, registers, (name, key) => this.requestOf(name, key))
    this.quickWrites = new QuickWrites(cluster, this.writes, keyspace.registers)
    this.fills = new FillWrite(cluster)
    this.leases = new Leases(cluster, keyspace)
    this.invalidations = new Invalidations(cluster, keyspace)
  }

  /** The same verbs under other options; what is not given stays as it is. */
  with(call: CallOptions): RecordVerbs<T> {
    const { signal = this.call.signal, timeout = this.call.timeout, consistency = this.call.consistency } = call
    const { cluster, keyspace, codec, sealing, tombstoneTtl } = this
    return new RecordVerbs<T>(cluster, keyspace, codec, sealing, tombstoneTtl, { signal, timeout, consistency })
  }

  /** The budget of a call that begins now. */
  budget(): Budget {
    return this.cluster.budget(this.call)
  }

  /** Runs a call, or many with one budget, as long as its caller waits. */
  within<R>(run: (budget: Budget) => Promise<R>, budget = this.budget()): Promise<R> {
    const ready = this.cluster.beforeCall?.(budget)
    if (ready === undefined && this.call.signal === undefined) return run(budget)
    return abortable(this.call.signal, () => (ready === undefined ? run(budget) : ready.then(() => run(budget))))
  }

  /** Runs a batch as long as its caller waits: its budgets are as many as it takes, or one where the caller set a time. */
  withinBudgets<R>(run: (budgetOf: () => Budget) => Promise<R>): Promise<R> {
    return this.within((first) => {
      let isFirst = true
      return run(() => {
        if (!isFirst && this.call.timeout === undefined) return this.budget()
        isFirst = false
        return first
      })
    })
  }

  /**
   * Reads a value, in a call of its own or with others that began in the same turn.
   *
   * @param take - makes of the value, or of `undefined`, what the caller wants
   */
  get<R>(key: string, take: (value: T | undefined) => R): Promise<R> {
    // What the first of the turn had to wait for and by when all must end is the same for those that follow.
    const budget = this.call.signal === undefined ? this.quickReads.budget : undefined
    if (budget !== undefined) return this.readValue(key, budget, take)
    return this.within((own) => this.readValue(key, own, take))
  }

  /** The same within a call's budget. */
  readValue<R>(key: string, budget: Budget, take: (value: T | undefined) => R): Promise<R> {
    const physical = this.keyspace.physical(key)
    return this.quickReads.read(key, physical, budget, new ValueTaker(this.values, key, physical, take))
  }

  read(key: string, budget: Budget): Promise<Found<T>> {
    const physical = this.keyspace.physical(key)
    return this.quickReads.read(key, physical, budget, new FoundTaker(this.values, key, physical))
  }

  /** The same, with what is kept of the value beyond its life. */
  async readKept(key: string, budget: Budget): Promise<Found<T> & { readonly stale: StaleValue<T> | undefined }> {
    const physical = this.keyspace.physical(key)
    const result = await this.reads.read(this.requestOf(key, physical, true), budget)
    const { record, stale } = result
    const unsealed = (sealed: WireRecord) => this.values.of(key, physical, sealed)
    return {
      value: record && (await unsealed(record)),
      stale: stale && { value: await unsealed(stale.record), since: stale.since },
      result,
    }
  }

  /** Checks and encodes now; what it returns writes, and calls `done` in the turn in which that is known to be stored. */
  prepare(key: string, value: T, { ttlMs, tags = [] }: Storing): (budget: Budget, done: () => void) => Promise<void> {
    const physical = this.keyspace.physical(key)
    const encoded = this.codec.encode(key, value)
    return (budget, done) => {
      const life = this.lifeOf(ttlMs)
      const write = (body: Encoded) => {
        const make = (version: Version) => this.request(key, physical, valueRecord(version, life, tags, body))
        return this.quickWrites.write(key, make, budget, done)
      }
      return this.codec.shrink(physical, encoded)?.then(write) ?? write(encoded)
    }
  }

  /**
   * Writes a tombstone, whether or not there is anything: loads elsewhere must learn of it. Answers whether something was
   * there, be it something that cannot be decoded.
   */
  async remove(key: string, budget: Budget): Promise<boolean> {
    const physical = this.keyspace.physical(key)
    await this.codec.shrunk(physical)
    const wasThere = await this.reads.read(this.requestOf(key), budget).then(
      ({ record }) => record !== undefined,
      (error: unknown) => {
        if (error instanceof CacheSerializationError) return true
        throw error
      },
    )
    const expiresAt = this.expiryAfter(this.tombstoneTtl)
    const make = (version: Version) => this.request(key, physical, tombstoneOf(version, expiresAt))
    await this.writes.write(key, make, budget)
    return wasThere
  }

  /**
   * Gives the value that stands a new life: the same write, one edition later, so that it is older than every write that
   * comes meanwhile. False when nothing stands.
   */
  async touch(key: string, ttlMs: number, budget: Budget): Promise<boolean> {
    const physical = this.keyspace.physical(key)
    for (let attempt = 0; attempt < MOST_TOUCHES; attempt++) {
      const { record, registers } = await this.reads.read(this.requestOf(key), budget)
      if (record === undefined) return false
      // Editions are used up after 255 touches of one write: then it is written anew.
      const version = nextEdition(record.version) ?? this.rewritten(record.version)
      const life = this.lifeOf(ttlMs)
      const touched = {
        ...this.sealing.open(key, physical, record),
        ...life,
        grace: Math.max(life.grace, record.grace),
      }
      // A register that is newer is about other keys' prefixes, for this one was found alive.
      const limits = [version, ...registers.map((register) => newerVersion(register, version))]
      const request = { ...this.request(key, physical, { ...touched, version }), limits }
      const round = await this.writes.tryOnce(request, budget)
      if (round.outcome === 'stored') return true
      // Somebody wrote or touched meanwhile: what stands now is looked at again.
    }
    return true
  }

  /** What a load that begins now must bring along. */
  evidence(result: ReadResult, stale?: StaleValue<T>): Evidence {
    const { versions, clock } = this.cluster.parts
    return { result, version: versions.next(), at: clock.now(), stale }
  }

  /**
   * Stores a loaded value if nothing that the evidence saw has changed. False when something had; never an error for want
   * of nodes.
   */
  async fill(
    key: string,
    value: T,
    { ttlMs, tags = [], graceMs = 0, loadTime = 0 }: Storing,
    { result, version, at }: Evidence,
  ): Promise<boolean> {
    // A deletion is remembered for so long only; a load that took longer may have missed one.
    if (this.cluster.parts.clock.now() - at > this.tombstoneTtl / 2) return false
    // What stands has a version so far ahead that this clock did not follow.
    if (compareVersions(version, result.version) <= 0) return false
    const encoded = this.codec.encode(key, value)
    const body = (await this.codec.shrink(this.keyspace.physical(key), encoded)) ?? encoded
    // Where nothing was seen, there is nothing older for it to overrule.
    const remembered = compareVersions(result.version, NO_VERSION) === 0 ? 0 : this.tombstoneTtl
    const life = this.lifeOf(ttlMs, remembered, graceMs)
    const took = coarse(coarseCode(loadTime))
    const make = (own: Version) =>
      this.request(key, this.keyspace.physical(key), valueRecord(own, life, tags, body, took))
    const round = await this.fills.store(make, { result, version }, this.cluster.budget())
    // A register that stood in the way, a tag's for instance, must not stand in the way of the next one.
    if (round.inTheWay !== undefined) this.cluster.parts.versions.observe(round.inTheWay)
    return round.outcome === 'stored'
  }

  /** The record of a value, for a transaction's commit. Encoded now, its version to be chosen then. */
  intendValue(key: string, value: T, { ttlMs, tags = [] }: Storing): Intent {
    const encoded = this.codec.encode(key, value)
    const life = this.lifeOf(ttlMs)
    return this.intent(key, tags, (version) => valueRecord(version, life, tags, encoded))
  }

  /** A deletion's record, for a transaction's commit. */
  intendDeletion(key: string): Intent {
    const expiresAt = this.expiryAfter(this.tombstoneTtl)
    return this.intent(key, [], (version) => tombstoneOf(version, expiresAt))
  }

  /** What a read found, to be written back where a replica lacks it: for a transaction that goes by it. */
  asRead(key: string, { record, version }: ReadResult): StoreRequest {
    // As it lies there, sealed if it was.
    const standing = record ?? tombstoneOf(version, this.expiryAfter(this.tombstoneTtl))
    const physical = this.keyspace.physical(key)
    const [envelope, forgetAt] = [encodeEnvelope(standing, physical), forgetAtOf(standing)]
    return { key: physical, name: key, envelope, forgetAt, registers: [] }
  }

  private expiryAfter(ttlMs: number): number {
    return expiryAfter(ttlMs, this.cluster.parts.wallNow())
  }

  private lifeOf(ttlMs: number, rememberedMs = this.tombstoneTtl, graceMs = 0): Life {
    return lifeOf(ttlMs, this.cluster.parts.wallNow(), rememberedMs, graceMs)
  }

  /** A version for the value that stands: older, if that can be, than every write that may be under way. */
  private rewritten(standing: Version): Version {
    const { versions, wallNow } = this.cluster.parts
    const fresh = versions.next()
    const early = earlyVersion(fresh, wallNow())
    return compareVersions(early, standing) > 0 ? early : fresh
  }

  private requestOf(name: string, key = this.keyspace.physical(name), wantsStale = false): ReadRequest {
    return {
      key,
      name,
      registers: this.keyspace.registers,
      tagRegister: this.tagRegister,
      staleRegister: this.staleRegister,
      wantsStale,
    }
  }

  private intent(name: string, tags: readonly string[], recordOf: (version: Version) => WireRecord): Intent {
    const key = this.keyspace.physical(name)
    const make = (version: Version) => this.request(name, key, recordOf(version))
    return { key, guards: this.guardsOf(tags), make }
  }

  /** The registers that can kill a record with these tags. */
  private guardsOf(tags: readonly string[]): readonly string[] {
    return tags.length === 0 ? this.keyspace.registers : [...this.keyspace.registers, ...this.tagRegisters(tags)]
  }

  /** The registers of tags. */
  tagRegisters(tags: readonly string[]): string[] {
    return [...new Set(tags.flatMap((tag) => [this.keyspace.tagRegister(tag), this.keyspace.staleRegister(tag)]))]
  }

  private request(name: string, key: string, record: WireRecord): StoreRequest {
    const registers = this.guardsOf(record.tags)
    return {
      key,
      name,
      envelope: encodeEnvelope(this.sealing.seal(key, record), key),
      forgetAt: forgetAtOf(record),
      registers,
    }
  }
}
