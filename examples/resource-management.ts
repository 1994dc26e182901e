/** Best practice: a cache that ends with its block. */
import { CacheClosedError, TTLCache } from '@mtaio/core'

let escaped: TTLCache<string>
{
  await using cache = new TTLCache<string>()
  await cache.set('key', 'value')
  console.log(await cache.get('key')) // → value
  escaped = cache
} // emptied and closed here

try {
  await escaped.get('key')
} catch (error) {
  console.log(error instanceof CacheClosedError) // → true
}
