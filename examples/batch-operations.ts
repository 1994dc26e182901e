/** Many keys in one call. */
import { TTLCache } from '@mtaio/core'

const cache = new TTLCache<string>()

// A record, a Map, or any iterable of pairs; a bad key or value anywhere stores nothing.
await cache.setMany({ key1: 'value1', key2: 'value2' })

const values = await cache.getMany(['key1', 'key2', 'key3'], 'none')
console.log([...values.values()].join(', ')) // → value1, value2, none

console.log(await cache.deleteMany(['key1', 'key2', 'key3'])) // → 2
