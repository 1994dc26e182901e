/** `@mtaio/distributed/prometheus`: what clusters count, for Prometheus, through `prom-client`. */
import {
  type CollectCachesOptions,
  collect,
  collectCaches as collectLocalCaches,
  type Measured,
} from '@mtaio/core/prometheus'
import { register } from 'prom-client'
import type { DistributedCacheStats } from '../client/distributed-stats.js'
import { clusterMeasures } from './cluster-measures.js'

export type { CollectCachesOptions } from '@mtaio/core/prometheus'

/**
 * Registers the statistics of these caches, those of their nodes included, read when the registry is scraped. The keys
 * become the label `cache_name`. May be called again for others.
 *
 * @returns the undo: these caches are told of no more; the metrics stay registered
 * @throws CacheConfigError when the registry tells of a cache of that name already
 * @example
 * collectCaches({ users, sessions }, { registry })
 */
export function collectCaches(
  caches: Readonly<Record<string, Measured<DistributedCacheStats>>>,
  { registry = register }: CollectCachesOptions = {},
): () => void {
  const stopCaches = collectLocalCaches(caches, { registry })
  const stopCluster = collect(registry, clusterMeasures, caches)
  return () => {
    stopCaches()
    stopCluster()
  }
}
