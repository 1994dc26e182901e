/** Reading: absent is `undefined`, or the default that you give, or an error if you ask for one. */
import { CacheKeyError, TTLCache } from '@mtaio/core'

const cache = new TTLCache<string>()

console.log(await cache.get('key', 'default value')) // → default value

await cache.set('key', 'value')
const value = await cache.get('key')
if (value !== undefined) console.log(`Found value: ${value}`) // → Found value: value

try {
  await cache.getOrThrow('absent')
} catch (error) {
  if (error instanceof CacheKeyError) console.log(error.code) // → KEY_NOT_FOUND
}
