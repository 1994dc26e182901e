/** Who leaves when a cache is full: three policies, the same requests, three answers. */
import { EvictionPolicy, TTLCache } from '@mtaio/core'

for (const evictionPolicy of [EvictionPolicy.LRU, EvictionPolicy.LFU, EvictionPolicy.FIFO]) {
  const evicted: string[] = []
  const cache = new TTLCache<number>({
    maxSize: 3,
    evictionPolicy,
    onEvicted: (key, _value, reason) => {
      evicted.push(`${key} (${reason})`)
    },
  })
  await cache.setMany({ a: 1, b: 2, c: 3 })
  for (const key of ['b', 'b', 'a', 'a', 'c']) await cache.get(key)
  await cache.set('d', 4) // one too many
  await cache.stop() // waits for callbacks
  console.log(`${evictionPolicy}: ${evicted}`)
}
// → lru: b (capacity)
// → lfu: c (capacity)
// → fifo: a (capacity)
