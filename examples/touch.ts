/** Restarting an entry's life. */
import { TTLCache } from '@mtaio/core'

const cache = new TTLCache<string>()
await cache.set('key', 'value', 10)

if (await cache.touch('key', 300)) console.log('TTL updated') // → TTL updated
console.log(Math.round((await cache.ttl('key'))!)) // → 300

console.log(await cache.touch('absent')) // → false
