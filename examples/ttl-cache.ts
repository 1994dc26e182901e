/** TTLCache, basic usage: values that live five minutes, at most a thousand of them. */
import { TTLCache } from '@mtaio/core'

const cache = new TTLCache<string>({
  defaultTtl: 300, // seconds; '5m' says the same
  maxSize: 1000,
})

await cache.set('key', 'value')

const value = await cache.get('key')
console.log(value) // → value

// The same entries without promises.
console.log(cache.sync.get('key')) // → value
