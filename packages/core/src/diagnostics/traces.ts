/**
 * What a cache publishes for tracers: its calls and its loads, by name of the cache and template of the key. Nothing is made
 * and nothing called where nobody listens.
 */
import { openChannel } from '#diagnostics'
import type { Load, LoadMany, SyncLoadContext } from '../cache.js'
import type { TracingChannel } from './tracing-channel.js'

/** What was called, by the channel that tells of it. */
type ReadOperation = 'get' | 'getMany' | 'getOrSet' | 'getOrSetMany'
type LoadOperation = 'load' | 'loadMany'
type SetOperation = 'set' | 'setMany' | 'touch'
type DeleteOperation =
  | 'delete'
  | 'deleteMany'
  | 'clear'
  | 'deleteByTag'
  | 'deleteByTags'
  | 'expireByTag'
  | 'deleteByPrefix'
type TransactionOperation = 'transaction' | 'commit' | 'rollback'

/** What all events of one call carry, in one object: `result` and `error` are added by the channel. */
export interface CacheTrace {
  /** The cache's `name`. */
  readonly cache: string
  /** The path of the namespace, `''` for the cache itself. */
  readonly namespace: string
  readonly operation: ReadOperation | LoadOperation | SetOperation | DeleteOperation | TransactionOperation
  /** Whether the call is over at its `end`, as those of `cache.sync` are; else it is at its `asyncEnd`. */
  readonly isSync: boolean
  /** The template of the key, such as `'user:*'`, or of the prefix or tag; absent where there are several, or none. */
  readonly key?: string
  /** How many keys: of a batch, once it has looked at them; of a commit, those that its transaction named; absent where keys are not named. */
  keys?: number
  /** Of a read of one key, once it is known: whether there was a live entry. */
  isHit?: boolean
  /** Of a read of several keys, once it is known: how many had a live entry. */
  hits?: number
  /** Of a `'transaction'`: how often its body was run. */
  attempts?: number
}

/** Who publishes. */
export interface TraceSource {
  readonly cache: string
  readonly namespace: string
  readonly keyTemplate: (key: string) => string
}

type CacheChannel = TracingChannel<CacheTrace>

/** `tracing:mtaio.get:*`: reads, from the call to the answer. */
export const reads: CacheChannel = /* @__PURE__ */ openChannel<CacheTrace>('mtaio.get')

/** `tracing:mtaio.load:*`: each run of a loader. */
export const loads: CacheChannel = /* @__PURE__ */ openChannel<CacheTrace>('mtaio.load')

/** `tracing:mtaio.set:*`: what stores values, or lets them live on. */
export const writes: CacheChannel = /* @__PURE__ */ openChannel<CacheTrace>('mtaio.set')

/** `tracing:mtaio.delete:*`: what removes entries, or ends their lives. */
export const deletes: CacheChannel = /* @__PURE__ */ openChannel<CacheTrace>('mtaio.delete')

/** `tracing:mtaio.transaction:*`: transactions that are given a body, from the call to the answer, and how each ends. */
export const transactions: CacheChannel = /* @__PURE__ */ openChannel<CacheTrace>('mtaio.transaction')

export class Tracer {
  constructor(private readonly source: TraceSource) {}

  /** Whether anybody listens to what a transaction does. */
  get isHeard(): boolean {
    return reads.hasSubscribers || writes.hasSubscribers || deletes.hasSubscribers || transactions.hasSubscribers
  }

  /** Runs what is over when it returns; published if anybody listens. `key`: or a prefix, or a tag. */
  now<R>(
    channel: CacheChannel,
    operation: CacheTrace['operation'],
    key: string | undefined,
    run: (trace?: CacheTrace) => R,
  ): R {
    if (!channel.hasSubscribers) return run()
    const trace = this.traceOf(operation, key, true)
    return channel.traceSync(() => run(trace), trace)
  }

  /** Runs what answers a promise; published if anybody listens. */
  later<R>(
    channel: CacheChannel,
    operation: CacheTrace['operation'],
    key: string | undefined,
    run: (trace?: CacheTrace) => Promise<R>,
  ): Promise<R> {
    if (!channel.hasSubscribers) return run()
    const trace = this.traceOf(operation, key, false)
    return channel.tracePromise(() => run(trace), trace)
  }

  /** A loader whose runs are published, if anybody listens now. */
  load<T>(load: Load<T>): Load<T> {
    if (!loads.hasSubscribers || typeof load !== 'function') return load
    return (context) => this.later(loads, 'load', context.key, async () => load(context))
  }

  /** The same for a loader of many keys. */
  loadMany<T>(load: LoadMany<T>): LoadMany<T> {
    if (!loads.hasSubscribers || typeof load !== 'function') return load
    return (keys, context) =>
      this.later(loads, 'loadMany', undefined, async (trace) => {
        if (trace !== undefined) trace.keys = keys.length
        return load(keys, context)
      })
  }

  /** The same for a loader that waits for nobody. */
  loadNow<T>(load: (context: SyncLoadContext<T>) => T): (context: SyncLoadContext<T>) => T {
    if (!loads.hasSubscribers || typeof load !== 'function') return load
    return (context) => this.now(loads, 'load', context.key, () => load(context))
  }

  private traceOf(operation: CacheTrace['operation'], key: string | undefined, isSync: boolean): CacheTrace {
    const { cache, namespace } = this.source
    const trace = { cache, namespace, operation, isSync }
    if (!ONE_KEY.has(operation)) return key === undefined ? trace : { ...trace, key: this.templateOf(key) }
    return { ...trace, key: this.templateOf(key), keys: 1 }
  }

  // The call is the user's, and so may the template be: neither is to fail for being watched.
  private templateOf(key: unknown): string {
    try {
      return typeof key === 'string' ? this.source.keyTemplate(key) : '*'
    } catch {
      return '*'
    }
  }
}

const ONE_KEY: ReadonlySet<CacheTrace['operation']> = /* @__PURE__ */ new Set([
  'get',
  'getOrSet',
  'load',
  'set',
  'touch',
  'delete',
] as const)
