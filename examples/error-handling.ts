/** Every error is a CacheError with a stable code; nodes that cannot be reached are named. */
import { type Cache, TTLCache } from '@mtaio/core'
import { DistributedCache } from '@mtaio/distributed'
import { CacheConnectionError, CacheError, CacheKeyError } from '@mtaio/exceptions'

async function read(cache: Cache<string>, key: string): Promise<void> {
  try {
    console.log(await cache.getOrThrow(key))
  } catch (error) {
    if (error instanceof CacheKeyError) console.log('Key not found')
    else if (error instanceof CacheConnectionError) console.log('Connection failed')
    else if (error instanceof CacheError) console.log(`Cache error: ${error.message}`)
    else throw error
  }
}

const local = new TTLCache<string>()
await read(local, 'absent') // → Key not found

// Nobody listens there.
await using remote = new DistributedCache<string>({ nodes: ['127.0.0.1:1'], operationTimeout: 0.5 })
await read(remote, 'key') // → Connection failed

await local[Symbol.asyncDispose]()
await read(local, 'key') // → Cache error: …
