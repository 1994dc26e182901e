import { createCache } from 'cache-manager'
import { Keyv } from 'keyv'
import QuickLRU from 'quick-lru'
import type { Contender, Room, Value } from '../contender.js'

export const contenders: Contender[] = [
  {
    name: 'cache-manager',
    package: 'cache-manager',
    eviction: 'LRU, approximate',
    ttl: true,
    statistics: false,
    note: 'over Keyv over quick-lru, no serialization',
    async(room) {
      const cache = cacheOf(room)
      return { get: (key) => cache.get<Value>(key), set: (key, value) => cache.set(key, value) }
    },
    loading(room, load) {
      const cache = cacheOf(room)
      return { getOrSet: (key) => cache.wrap(key, () => load(key)) }
    },
  },
]

function cacheOf({ capacity, ttlMs }: Room) {
  // Keyv hands lru-cache a TTL where that takes options, and quick-lru is a Map, as Keyv's own store is.
  const keyv = new Keyv({ store: new QuickLRU({ maxSize: capacity }), ttl: ttlMs })
  keyv.serialize = undefined
  keyv.deserialize = undefined
  return createCache({ stores: [keyv], ttl: ttlMs })
}
