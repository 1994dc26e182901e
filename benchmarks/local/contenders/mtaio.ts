/** Ours, as a user installs it: the built package, every check, hook and counter in place. One contender a policy. */
import { EvictionPolicy, TTLCache } from '@mtaio/core'
import type { Contender, Eviction, Room, Value } from '../contender.js'

const POLICIES: readonly [policy: EvictionPolicy, eviction: Eviction][] = [
  [EvictionPolicy.LRU, 'LRU'],
  [EvictionPolicy.LFU, 'LFU'],
  [EvictionPolicy.FIFO, 'FIFO'],
  [EvictionPolicy.SIEVE, 'SIEVE'],
  [EvictionPolicy.S3FIFO, 'S3-FIFO'],
  [EvictionPolicy.WTinyLFU, 'W-TinyLFU'],
  [EvictionPolicy.ADAPTIVE, 'adaptive'],
]

/** Expired entries are looked for once a second, as often as the other contenders that do so at an interval. */
const CLEANUP_INTERVAL = '1s'

export const contenders: Contender[] = POLICIES.map(([evictionPolicy, eviction]) => {
  const cacheOf = ({ capacity, ttlMs }: Room) =>
    new TTLCache<Value>({ maxSize: capacity, defaultTtl: ttlMs / 1000, evictionPolicy })
  return {
    name: `mtaio-${evictionPolicy}`,
    package: '@mtaio/core',
    eviction,
    ttl: true,
    statistics: true,
    sync(room) {
      const cache = cacheOf(room).sync
      return {
        get: (key) => cache.get(key),
        set: (key, value) => {
          cache.set(key, value)
        },
        delete: (key) => {
          cache.delete(key)
        },
        size: () => cache.getStats().items,
      }
    },
    async(room) {
      const cache = cacheOf(room)
      return { get: (key) => cache.get(key), set: (key, value) => cache.set(key, value) }
    },
    loading(room, load) {
      const cache = cacheOf(room)
      return { getOrSet: (key) => cache.getOrSet(key, ({ key }) => load(key)) }
    },
    expiring({ capacity }) {
      const cache = new TTLCache<Value>({ maxSize: capacity, cleanupInterval: CLEANUP_INTERVAL, evictionPolicy }).sync
      return {
        set: (key, value, ttlMs) => {
          cache.set(key, value, ttlMs / 1000)
        },
        size: () => cache.getStats().items,
      }
    },
  }
})
