/** `@mtaio/core/prometheus`: what caches count, for Prometheus, through `prom-client`. */
import { Histogram, type Registry, register } from 'prom-client'
import type { CacheStats } from '../stats/cache-stats.js'
import { collect, prometheusName } from './collect.js'
import { onLoadEnded } from './load-times.js'
import { cacheMeasures, LOAD_DURATION, type Measured } from './measures.js'

export { collect } from './collect.js'
export type { Attributes, Measure, Measured, Reading } from './measures.js'

/** Where metrics go. */
export interface CollectCachesOptions {
  /** Whom Prometheus scrapes. @defaultValue `prom-client`'s own, `register` */
  registry?: Registry | undefined
}

/**
 * Registers the statistics of these caches, read when the registry is scraped. The keys become the label `cache_name`; a
 * local cache that has the same `name` as an option tells the duration of its loads, too. May be called again for others.
 *
 * @returns the undo: these caches are told of no more; the metrics stay registered
 * @throws CacheConfigError when the registry tells of a cache of that name already
 * @example
 * collectCaches({ users, sessions }, { registry })
 */
export function collectCaches(
  caches: Readonly<Record<string, Measured<CacheStats>>>,
  { registry = register }: CollectCachesOptions = {},
): () => void {
  const stop = collect(registry, cacheMeasures, caches)
  const durations = durationsOf(registry)
  const stopLoads = onLoadEnded(({ cache, seconds, errorType }) => {
    if (Object.hasOwn(caches, cache)) durations.observe({ cache_name: cache, error_type: errorType ?? '' }, seconds)
  })
  return () => {
    stop()
    stopLoads()
  }
}

function durationsOf(registry: Registry): Histogram {
  const { description: help, buckets } = LOAD_DURATION
  const name = prometheusName(LOAD_DURATION)
  const known = registry.getSingleMetric(name) as Histogram | undefined
  const labelNames = ['cache_name', 'error_type']
  return known ?? new Histogram({ name, help, buckets: [...buckets], labelNames, registers: [registry] })
}
