import { Keyv } from 'keyv'
import type { Contender, Value } from '../contender.js'

export const contenders: Contender[] = [
  {
    name: 'keyv',
    package: 'keyv',
    eviction: 'none',
    ttl: true,
    statistics: true,
    note: 'over its Map, no serialization',
    async({ ttlMs }) {
      const cache = new Keyv<Value>({ ttl: ttlMs, stats: true })
      cache.serialize = undefined
      cache.deserialize = undefined
      return { get: (key) => cache.get<Value>(key), set: (key, value) => cache.set(key, value) }
    },
  },
]
