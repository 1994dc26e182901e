import { BentoCache, bentostore } from 'bentocache'
import { memoryDriver } from 'bentocache/drivers/memory'
import type { Contender, Room, Value } from '../contender.js'

export const contenders: Contender[] = [
  {
    name: 'bentocache',
    package: 'bentocache',
    eviction: 'LRU',
    ttl: true,
    statistics: false,
    note: 'memory layer only, no serialization',
    async(room) {
      const cache = cacheOf(room)
      return { get: (key) => cache.get<Value>({ key }), set: (key, value) => cache.set({ key, value }) }
    },
    loading(room, load) {
      const cache = cacheOf(room)
      return { getOrSet: (key) => cache.getOrSet({ key, factory: () => load(key) }) }
    },
  },
]

function cacheOf({ capacity, ttlMs }: Room) {
  const memory = bentostore().useL1Layer(memoryDriver({ maxItems: capacity, serialize: false }))
  return new BentoCache({ default: 'memory', ttl: ttlMs, stores: { memory } })
}
