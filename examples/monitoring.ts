/** Best practice: watch the hit rate, and hear of what the cache does. */
import { TTLCache } from '@mtaio/core'

const cache = new TTLCache<string>({ maxSize: 1 })
cache.on('evict', (key) => console.log(`${key} had to go`))

await cache.set('one', '1')
await cache.set('two', '2')
await cache.get('one')
await cache.stop() // waits for what listeners are still to be told
// → one had to go

const stats = cache.getStats()
if (stats.hitRate < 0.5) console.warn('Low cache hit rate') // → Low cache hit rate
