import { createLRU } from 'lru.min'
import type { Contender, Value } from '../contender.js'

export const contenders: Contender[] = [
  {
    name: 'lru.min',
    package: 'lru.min',
    eviction: 'LRU',
    ttl: false,
    statistics: false,
    sync({ capacity }) {
      const cache = createLRU<string, Value>({ max: capacity })
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
