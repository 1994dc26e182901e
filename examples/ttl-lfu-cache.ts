/** TTLLFUCache: a TTLCache that evicts the least frequently used. */
import { TTLLFUCache } from '@mtaio/core'

const cache = new TTLLFUCache<string>({ maxSize: 1000 })

await cache.set('key', 'value')
console.log(await cache.get('key')) // → value
