/** The face of a distributed cache whose calls are published for tracers. Nothing is made where nobody listens. */
import type {
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
  counted,
  deletes,
  loads,
  reads,
  type Tracer,
  traced,
  tracedBody,
  transactions,
  writes,
} from '@mtaio/core/engine'
import type { CallSettings } from './call-options.js'
import type { DistributedTransaction } from './distributed-transaction.js'
import { DistributedView, type ViewParts } from './distributed-view.js'

export class TracedView<T> extends DistributedView<T> {
  /** @internal */
  constructor(
    private readonly tracer: Tracer,
    parts: ViewParts<T>,
  ) {
    super(parts)
  }

  override with(options: CallSettings): TracedView<T> {
    return new TracedView<T>(this.tracer, this.partsWith(options))
  }

  override get(key: string): Promise<T | undefined>
  override get<D>(key: string, defaultValue: D): Promise<T | D>
  override get<D>(key: string, defaultValue?: D): Promise<T | D | undefined> {
    if (!reads.hasSubscribers) return super.get(key, defaultValue)
    return this.tracer.later(reads, 'get', key, async (trace) => {
      const value = await super.get(key)
      if (trace !== undefined) trace.isHit = value !== undefined
      return value === undefined ? defaultValue : value
    })
  }

  override set(key: string, value: T, ttl?: Duration | SetOptions): Promise<void> {
    if (!writes.hasSubscribers) return super.set(key, value, ttl)
    return this.tracer.later(writes, 'set', key, () => super.set(key, value, ttl))
  }

  override delete(key: string): Promise<boolean> {
    return this.tracer.later(deletes, 'delete', key, () => super.delete(key))
  }

  override touch(key: string, ttl?: Duration): Promise<boolean> {
    return this.tracer.later(writes, 'touch', key, () => super.touch(key, ttl))
  }

  override getMany(keys: Iterable<string>): Promise<Map<string, T | undefined>>
  override getMany<D>(keys: Iterable<string>, defaultValue: D): Promise<Map<string, T | D>>
  override getMany<D>(keys: Iterable<string>, defaultValue?: D): Promise<Map<string, T | D | undefined>> {
    if (!reads.hasSubscribers) return super.getMany(keys, defaultValue)
    return this.tracer.later(reads, 'getMany', undefined, async (trace) => {
      const found = await super.getMany(keys)
      const hits = [...found.values()].filter((value) => value !== undefined).length
      if (trace !== undefined) Object.assign(trace, { keys: found.size, hits })
      if (defaultValue === undefined) return found
      return new Map([...found].map(([key, value]) => [key, value === undefined ? defaultValue : value] as const))
    })
  }

  override setMany(entries: Entries<T>, ttl?: Duration | SetOptions): Promise<void> {
    return this.tracer.later(writes, 'setMany', undefined, (trace) => super.setMany(counted(entries, trace), ttl))
  }

  override deleteMany(keys: Iterable<string>): Promise<number> {
    return this.tracer.later(deletes, 'deleteMany', undefined, (trace) => super.deleteMany(counted(keys, trace)))
  }

  override clear(): Promise<void> {
    return this.tracer.later(deletes, 'clear', undefined, () => super.clear())
  }

  override deleteByTag(tag: string): Promise<void> {
    return this.tracer.later(deletes, 'deleteByTag', tag, () => super.deleteByTag(tag))
  }

  override deleteByTags(tags: Iterable<string>): Promise<void> {
    return this.tracer.later(deletes, 'deleteByTags', undefined, () => super.deleteByTags(tags))
  }

  override expireByTag(tag: string): Promise<void> {
    return this.tracer.later(deletes, 'expireByTag', tag, () => super.expireByTag(tag))
  }

  override deleteByPrefix(prefix: string): Promise<void> {
    return this.tracer.later(deletes, 'deleteByPrefix', prefix, () => super.deleteByPrefix(prefix))
  }

  override getOrSet(key: string, load: Load<T>, options?: GetOrSetOptions): Promise<T> {
    if (!reads.hasSubscribers && !loads.hasSubscribers) return super.getOrSet(key, load, options)
    return this.tracer.later(reads, 'getOrSet', key, (trace) =>
      this.obtain(key, this.tracer.load(load), options, (isHit) => {
        if (trace !== undefined) trace.isHit = isHit
      }),
    )
  }

  override getOrSetMany(keys: Iterable<string>, load: LoadMany<T>, options?: GetOrSetOptions): Promise<Map<string, T>> {
    if (!reads.hasSubscribers && !loads.hasSubscribers) return super.getOrSetMany(keys, load, options)
    return this.tracer.later(reads, 'getOrSetMany', undefined, (trace) =>
      this.obtainMany(keys, this.tracer.loadMany(load), options, (keys, hits) => {
        if (trace !== undefined) Object.assign(trace, { keys, hits })
      }),
    )
  }

  protected override openTransaction(): DistributedTransaction<T> {
    return traced(this.tracer, super.openTransaction(), 'later')
  }

  protected override runTransaction<R>(
    body: (txn: Transaction<T>) => R | Promise<R>,
    options: TransactionOptions | undefined,
  ): Promise<R> {
    return this.tracer.later(transactions, 'transaction', undefined, (trace) =>
      super.runTransaction(tracedBody(body, trace), options),
    )
  }
}
