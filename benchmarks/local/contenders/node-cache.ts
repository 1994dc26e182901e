import NodeCache from 'node-cache'
import type { Contender, Value } from '../contender.js'

export const contenders: Contender[] = [
  {
    name: 'node-cache',
    package: 'node-cache',
    eviction: 'none',
    ttl: true,
    statistics: true,
    note: 'no copies (useClones: false); unbounded, as it throws when it is full',
    sync({ ttlMs }) {
      const cache = new NodeCache({ stdTTL: ttlMs / 1000, useClones: false })
      return {
        get: (key) => cache.get<Value>(key),
        set: (key, value) => {
          cache.set(key, value)
        },
        delete: (key) => {
          cache.del(key)
        },
        size: () => cache.getStats().keys,
      }
    },
    expiring({ ttlMs }) {
      const cache = new NodeCache({ stdTTL: ttlMs / 1000, useClones: false, checkperiod: 1 })
      return {
        set: (key, value, ttl) => {
          cache.set(key, value, ttl / 1000)
        },
        size: () => cache.getStats().keys,
      }
    },
  },
]
