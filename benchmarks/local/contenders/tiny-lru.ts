import { lru } from 'tiny-lru'
import type { Contender, Value } from '../contender.js'

export const contenders: Contender[] = [
  {
    name: 'tiny-lru',
    package: 'tiny-lru',
    eviction: 'LRU',
    ttl: true,
    statistics: true,
    sync({ capacity, ttlMs }) {
      // Without its third argument an update leaves the first deadline standing.
      const cache = lru<Value>(capacity, ttlMs, true)
      return {
        get: (key) => cache.get(key),
        set: (key, value) => {
          cache.set(key, value)
        },
        delete: (key) => {
          cache.delete(key)
        },
        size: () => cache.size,
      }
    },
  },
]
