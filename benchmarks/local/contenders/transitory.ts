import { newCache } from 'transitory'
import type { Contender, Value } from '../contender.js'

export const contenders: Contender[] = [
  {
    name: 'transitory',
    package: 'transitory',
    eviction: 'W-TinyLFU',
    ttl: true,
    statistics: true,
    sync({ capacity, ttlMs }) {
      const cache = newCache<string, Value>().maxSize(capacity).expireAfterWrite(ttlMs).metrics().build()
      return {
        get: (key) => cache.getIfPresent(key) ?? undefined,
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
