import { TTLCache } from '@isaacs/ttlcache'
import type { Contender, Value } from '../contender.js'

export const contenders: Contender[] = [
  {
    name: '@isaacs/ttlcache',
    package: '@isaacs/ttlcache',
    eviction: 'soonest to expire',
    ttl: true,
    statistics: false,
    sync({ capacity, ttlMs }) {
      const cache = new TTLCache<string, Value>({ max: capacity, ttl: ttlMs })
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
    expiring({ capacity, ttlMs }) {
      const cache = new TTLCache<string, Value>({ max: capacity, ttl: ttlMs })
      return {
        set: (key, value, ttl) => {
          cache.set(key, value, { ttl })
        },
        size: () => cache.size,
      }
    },
  },
]
