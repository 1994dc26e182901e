/** DistributedCache, basic usage: two copies of each entry on two nodes. */
import { CacheNode, DistributedCache } from '@mtaio/distributed'

// Two embedded nodes in this process; `npx mtaio node --port 5000` starts one in a process of its own, and the addresses
// of Valkey or Redis servers do as well.
await using first = new CacheNode({ port: 0 })
await using second = new CacheNode({ port: 0 })
await Promise.all([first.start(), second.start()])

await using cache = new DistributedCache<string>({
  nodes: [
    ['127.0.0.1', first.port],
    ['127.0.0.1', second.port],
  ],
  replicationFactor: 2,
  readQuorum: 1,
})

await cache.set('key', 'value')
console.log(await cache.get('key')) // → value

// One node gone, nothing lost.
await first.stop()
console.log(await cache.get('key')) // → value
