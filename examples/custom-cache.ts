/** A cache of your own: what happens before each value is stored, and after each is read. */
import { TTLCache } from '@mtaio/core'

class CustomCache extends TTLCache<string> {
  protected override async preSet(_key: string, value: string): Promise<string> {
    if (value === '') throw new RangeError('nothing is not worth keeping') // a veto: nothing is stored
    return value.trim()
  }

  protected override async postGet(_key: string, value: string | undefined): Promise<string | undefined> {
    return value?.toUpperCase()
  }
}

const cache = new CustomCache()
await cache.set('key', '  value ')
console.log(await cache.get('key')) // → VALUE

// The hooks hold for batches, loads and transactions alike.
await cache.setMany({ one: ' 1', two: '2 ' })
console.log([...(await cache.getMany(['one', 'two'])).values()].join(',')) // → 1,2

try {
  await cache.set('empty', '')
} catch (error) {
  console.log((error as Error).message) // → nothing is not worth keeping
}
