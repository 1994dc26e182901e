/**
 * What a local cache publishes for tracers: its reads and its loads, by name of the cache and template of the key. Nothing is
 * made and nothing called where nobody listens.
 */
import { openChannel } from '#diagnostics'
import type { Load, LoadMany } from '../cache.js'

/** What all events of one read or load carry, in one object: `result` and `error` are added by the channel. */
export interface CacheTrace {
  /** The cache's `name`. */
  readonly cache: string
  /** The path of the namespace, `''` for the cache itself. */
  readonly namespace: string
  readonly operation: 'get' | 'getOrSet' | 'load' | 'loadMany'
  /** The template of the key, such as `'user:*'`; absent where there are several. */
  readonly key?: string
  /** How many keys. */
  readonly keys: number
  /** Of a read, once it is known: whether there was a live entry. */
  isHit?: boolean
}

/** Who publishes. */
export interface TraceSource {
  readonly cache: string
  readonly namespace: string
  readonly keyTemplate: (key: string) => string
}

/** `tracing:mtaio.get:*`: each `get`, `getOrThrow`, `getOrSet` and `fetch`, from its call to its answer. */
export const reads = /* @__PURE__ */ openChannel<CacheTrace>('mtaio.get')

/** `tracing:mtaio.load:*`: each run of a loader. */
export const loads = /* @__PURE__ */ openChannel<CacheTrace>('mtaio.load')

export function traceOf(source: TraceSource, operation: CacheTrace['operation'], key: string): CacheTrace {
  const { cache, namespace } = source
  return { cache, namespace, operation, key: templateOf(source, key), keys: 1 }
}

/** A loader whose runs are published, if anybody listens now. */
export function tracedLoad<T>(source: TraceSource, load: Load<T>): Load<T> {
  if (!loads.hasSubscribers || typeof load !== 'function') return load
  return (context) => loads.tracePromise(async () => load(context), traceOf(source, 'load', context.key))
}

/** The same for a loader of many keys. */
export function tracedLoadMany<T>(source: TraceSource, load: LoadMany<T>): LoadMany<T> {
  if (!loads.hasSubscribers || typeof load !== 'function') return load
  const { cache, namespace } = source
  return (keys, context) => {
    const trace: CacheTrace = { cache, namespace, operation: 'loadMany', keys: keys.length }
    return loads.tracePromise(async () => load(keys, context), trace)
  }
}

// The call is the user's, and so may the template be: neither is to fail for being watched.
function templateOf({ keyTemplate }: TraceSource, key: string): string {
  try {
    return typeof key === 'string' ? keyTemplate(key) : '*'
  } catch {
    return '*'
  }
}
