/** TTLLRUCache: a TTLCache that evicts the least recently used. */
import { TTLLRUCache } from '@mtaio/core'

const cache = new TTLLRUCache<string>({ maxSize: 1000 })

await cache.set('key', 'value')
console.log(await cache.get('key')) // → value
