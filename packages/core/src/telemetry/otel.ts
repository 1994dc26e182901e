/** `@mtaio/core/otel`: what caches do, told to OpenTelemetry. Needs `@opentelemetry/api`; without an SDK, nothing is recorded. */
import { type MeterProvider, metrics, SpanKind, type TracerProvider, trace } from '@opentelemetry/api'
import type { CacheTrace } from '../diagnostics/traces.js'
import type { CacheStats } from '../stats/cache-stats.js'
import { onLoadEnded } from './load-times.js'
import { cacheMeasures, LOAD_DURATION } from './measures.js'
import { type Named, observe } from './meter.js'
import { traceChannel } from './spans.js'

export type { Attributes, Measure, Measured, Reading } from './measures.js'
export { type Named, observe } from './meter.js'
export { type SpanOptions, type SpanShape, traceChannel } from './spans.js'

/** The name under which OpenTelemetry knows the spans and metrics of caches. */
const SCOPE = '@mtaio/core'

/** Kinds of calls that can be traced, by the channel that tells of them. */
export type TracedCalls = 'get' | 'set' | 'delete' | 'load' | 'transaction'

const ALL: readonly TracedCalls[] = ['get', 'set', 'delete', 'load', 'transaction']

/** How calls become spans. */
export interface TraceCachesOptions {
  /** Who makes the spans. @defaultValue the global one */
  tracerProvider?: TracerProvider | undefined
  /** Which calls. A span costs many times what a local hit does: `['load']` is cheap. @defaultValue all */
  calls?: readonly TracedCalls[] | undefined
  /** Leaves out calls around which nobody traces anything. @defaultValue true */
  requireParent?: boolean | undefined
}

/**
 * Makes a span of each call of every cache in this process: `cache.get`, `cache.load`, … A child of the caller's active
 * span, and active itself while a loader runs. Keys are told as templates (`'user:*'`), never as they are, unless the
 * cache's own `keyTemplate` says so; values and messages of errors are not told.
 *
 * @returns the undo
 * @example
 * const stop = traceCaches({ calls: ['load'] })
 */
export function traceCaches(options: TraceCachesOptions = {}): () => void {
  const { tracerProvider = trace.getTracerProvider(), calls = ALL } = options
  const spans = { tracer: tracerProvider.getTracer(SCOPE), requireParent: options.requireParent ?? true }
  const shape = {
    name: ({ operation }: CacheTrace) => `cache.${operation}`,
    kind: SpanKind.INTERNAL,
    begin: ({ cache, namespace, operation, key }: CacheTrace) => ({
      'cache.name': cache,
      'cache.operation': operation,
      ...(namespace === '' ? {} : { 'cache.namespace': namespace }),
      ...(key === undefined ? {} : { 'cache.key_template': key }),
    }),
    end: ({ keys, isHit, hits, attempts }: CacheTrace) => ({
      ...(keys === undefined ? {} : { 'cache.keys': keys }),
      ...(isHit === undefined ? {} : { 'cache.hit': isHit }),
      ...(hits === undefined ? {} : { 'cache.hits': hits }),
      ...(attempts === undefined ? {} : { 'cache.attempts': attempts }),
    }),
  }
  return together(calls.map((call) => traceChannel<CacheTrace>(`mtaio.${call}`, shape as never, spans)))
}

/** Where metrics go. */
export interface MeterCachesOptions {
  /** Who makes the instruments. @defaultValue the global one */
  meterProvider?: MeterProvider | undefined
}

/**
 * Has OpenTelemetry read the statistics of these caches whenever it collects: nothing is added to what the caches do. The
 * keys become `cache.name`; a local cache that has the same `name` as an option tells the duration of its loads, too.
 * Names are listed in docs/telemetry.md.
 *
 * @returns the undo
 * @example
 * const stop = meterCaches({ users, sessions })
 */
export function meterCaches(caches: Named<CacheStats>, options: MeterCachesOptions = {}): () => void {
  const meter = (options.meterProvider ?? metrics.getMeterProvider()).getMeter(SCOPE)
  const { name, unit, description, buckets } = LOAD_DURATION
  const advice = { explicitBucketBoundaries: [...buckets] }
  const durations = meter.createHistogram(name, { unit, description, advice })
  const stopLoads = onLoadEnded(({ cache, seconds, errorType }) => {
    if (!Object.hasOwn(caches, cache)) return
    durations.record(seconds, { 'cache.name': cache, ...(errorType && { 'error.type': errorType }) })
  })
  return together([observe(meter, cacheMeasures, caches), stopLoads])
}

function together(undos: readonly (() => void)[]): () => void {
  return () => {
    for (const undo of undos) undo()
  }
}
