/** What a cache has done so far. */
import { TTLCache } from '@mtaio/core'

const cache = new TTLCache<string>()
await cache.set('key', 'value')
await cache.get('key')
await cache.get('absent')

const stats = cache.getStats()
console.log(`Cache hits: ${stats.hits}`) // → Cache hits: 1
console.log(`Cache misses: ${stats.misses}`) // → Cache misses: 1
console.log(`Hit rate: ${stats.hitRate.toFixed(2)}`) // → Hit rate: 0.50
console.log(`Evictions: ${stats.evictions}`) // → Evictions: 0
console.log(`Expirations: ${stats.expirations}`) // → Expirations: 0
console.log(`Items: ${stats.items}`) // → Items: 1

// A snapshot does not change; the next one does.
await cache.get('key')
console.log(stats.hits, cache.getStats().hits) // → 1 2
