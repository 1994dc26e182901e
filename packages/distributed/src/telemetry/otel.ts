/** `@mtaio/distributed/otel`: what clusters do, told to OpenTelemetry. Needs `@opentelemetry/api`; without an SDK, nothing is recorded. */

import {
  type MeterCachesOptions,
  meterCaches as meterLocalCaches,
  type Named,
  observe,
  type TraceCachesOptions,
  traceChannel,
} from '@mtaio/core/otel'
import { metrics, SpanKind, trace } from '@opentelemetry/api'
import type { DistributedCacheStats } from '../client/distributed-stats.js'
import type { CommandTrace } from '../transport/commands-traced.js'
import { clusterMeasures, serverOf } from './cluster-measures.js'

export { type MeterCachesOptions, type TraceCachesOptions, type TracedCalls, traceCaches } from '@mtaio/core/otel'

const SCOPE = '@mtaio/distributed'

/** How commands become spans. */
export type TraceNodesOptions = Pick<TraceCachesOptions, 'tracerProvider' | 'requireParent'>

/**
 * Makes a span of each command that a cache of this process sends to a node, by OpenTelemetry's conventions for databases
 * (`db.system.name` is `redis`): children of the caller's active span. Arguments are not told: they hold keys and values.
 *
 * @returns the undo
 */
export function traceNodes(options: TraceNodesOptions = {}): () => void {
  const { tracerProvider = trace.getTracerProvider(), requireParent = true } = options
  return traceChannel<CommandTrace>(
    'mtaio.command',
    {
      name: ({ command, node }) => `${command} ${node}`,
      kind: SpanKind.CLIENT,
      begin: ({ command, node }) => ({
        'db.system.name': 'redis',
        'db.operation.name': command,
        ...serverOf(node),
      }),
    },
    { tracer: tracerProvider.getTracer(SCOPE), requireParent },
  )
}

/**
 * Has OpenTelemetry read the statistics of these caches, those of their nodes included, whenever it collects: nothing is
 * added to what the caches do. The keys become `cache.name`. Names are listed in docs/telemetry.md.
 *
 * @returns the undo
 * @example
 * const stop = meterCaches({ users, sessions })
 */
export function meterCaches(caches: Named<DistributedCacheStats>, options: MeterCachesOptions = {}): () => void {
  const { meterProvider = metrics.getMeterProvider() } = options
  const stopCaches = meterLocalCaches(caches, { meterProvider })
  const stopCluster = observe(meterProvider.getMeter(SCOPE), clusterMeasures, caches)
  return () => {
    stopCaches()
    stopCluster()
  }
}
