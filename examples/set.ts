/** Storing with the cache's time to live, and with one of its own. */
import { TTLCache } from '@mtaio/core'

const cache = new TTLCache<string>()

await cache.set('default', 'lives for 300 seconds')
await cache.set('short', 'lives for a minute', 60)
await cache.set('shorter', 'lives for a quarter of a second', '250ms')
await cache.set('long', 'lives for ever, and can be found by a tag', {
  ttl: Number.POSITIVE_INFINITY,
  tags: ['kept'],
})

console.log(Math.round((await cache.ttl('default'))!)) // → 300
console.log(Math.round((await cache.ttl('short'))!)) // → 60
console.log(await cache.ttl('long')) // → Infinity

await cache.deleteByTag('kept')
console.log(await cache.has('long')) // → false
