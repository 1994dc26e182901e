import { Cacheable, createKeyv } from 'cacheable'
import type { Contender, Room, Value } from '../contender.js'

export const contenders: Contender[] = [
  {
    name: 'cacheable',
    package: 'cacheable',
    eviction: 'LRU',
    ttl: true,
    statistics: true,
    note: 'over its own memory store, no copies',
    async(room) {
      const cache = cacheOf(room)
      return { get: (key) => cache.get<Value>(key), set: (key, value) => cache.set(key, value) }
    },
    loading(room, load) {
      const cache = cacheOf(room)
      return { getOrSet: (key) => cache.getOrSet(key, () => load(key)) as Promise<Value> }
    },
  },
]

function cacheOf({ capacity, ttlMs }: Room): Cacheable {
  const primary = createKeyv({ ttl: ttlMs, lruSize: capacity, useClone: false })
  return new Cacheable({ primary, ttl: ttlMs, stats: true })
}
