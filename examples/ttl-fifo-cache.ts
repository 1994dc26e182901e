/** TTLFIFOCache: a TTLCache that evicts the first that came. */
import { TTLFIFOCache } from '@mtaio/core'

const cache = new TTLFIFOCache<string>({ maxSize: 1000 })

await cache.set('key', 'value')
console.log(await cache.get('key')) // → value
