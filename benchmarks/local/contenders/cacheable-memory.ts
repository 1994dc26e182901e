import { CacheableMemory } from '@cacheable/memory'
import type { Contender, Value } from '../contender.js'

export const contenders: Contender[] = [
  {
    name: '@cacheable/memory',
    package: '@cacheable/memory',
    eviction: 'LRU',
    ttl: true,
    statistics: true,
    note: 'no copies (useClone: false)',
    sync({ capacity, ttlMs }) {
      const cache = new CacheableMemory({ ttl: ttlMs, lruSize: capacity, useClone: false, stats: true })
      return {
        get: (key) => cache.get<Value>(key),
        set: (key, value) => {
          cache.set(key, value)
        },
        delete: (key) => {
          cache.delete(key)
        },
        size: () => cache.size,
      }
    },
    expiring({ capacity, ttlMs }) {
      const cache = new CacheableMemory({ ttl: ttlMs, lruSize: capacity, useClone: false, checkInterval: 1000 })
      return {
        set: (key, value, ttl) => {
          cache.set(key, value, ttl)
        },
        size: () => cache.size,
      }
    },
  },
]
