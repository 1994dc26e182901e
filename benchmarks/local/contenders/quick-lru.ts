import QuickLRU from 'quick-lru'
import type { Contender, Value } from '../contender.js'

export const contenders: Contender[] = [
  {
    name: 'quick-lru',
    package: 'quick-lru',
    eviction: 'LRU, approximate',
    ttl: true,
    statistics: false,
    note: 'holds up to twice its size',
    sync({ capacity, ttlMs }) {
      const cache = new QuickLRU<string, Value>({ maxSize: capacity, maxAge: ttlMs })
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
