/** The reference: what most of npm's trees hold. */
import { LRUCache } from 'lru-cache'
import type { Contender, Value } from '../contender.js'

export const contenders: Contender[] = [
  {
    name: 'lru-cache',
    package: 'lru-cache',
    eviction: 'LRU',
    ttl: true,
    statistics: false,
    note: 'expiry with ttlAutopurge, loading by fetch(), async by an async function around it',
    sync({ capacity, ttlMs }) {
      const cache = new LRUCache<string, Value>({ max: capacity, ttl: ttlMs })
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
    async({ capacity, ttlMs }) {
      const cache = new LRUCache<string, Value>({ max: capacity, ttl: ttlMs })
      return { get: async (key) => cache.get(key), set: async (key, value) => cache.set(key, value) }
    },
    loading({ capacity, ttlMs }, load) {
      const cache = new LRUCache<string, Value>({ max: capacity, ttl: ttlMs, fetchMethod: load })
      return { getOrSet: (key) => cache.fetch(key) as Promise<Value> }
    },
    expiring({ capacity, ttlMs }) {
      const cache = new LRUCache<string, Value>({ max: capacity, ttl: ttlMs, ttlAutopurge: true })
      return {
        set: (key, value, ttl) => {
          cache.set(key, value, { ttl })
        },
        size: () => cache.size,
      }
    },
  },
]
