import { createCache } from 'async-cache-dedupe'
import type { Contender } from '../contender.js'

export const contenders: Contender[] = [
  {
    name: 'async-cache-dedupe',
    package: 'async-cache-dedupe',
    eviction: 'LRU',
    ttl: true,
    statistics: false,
    loading({ capacity, ttlMs }, load) {
      const cache = createCache({
        ttl: ttlMs / 1000,
        storage: { type: 'memory', options: { size: capacity } },
      }).define('load', load)
      return { getOrSet: (key) => cache.load(key) }
    },
  },
]
