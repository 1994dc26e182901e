/** Removing one entry, and all of them. */
import { TTLCache } from '@mtaio/core'

const cache = new TTLCache<string>()
await cache.setMany({ one: '1', two: '2', three: '3' })

console.log(await cache.delete('one')) // → true
console.log(await cache.delete('one')) // → false

await cache.clear()
console.log(cache.getStats().items) // → 0
