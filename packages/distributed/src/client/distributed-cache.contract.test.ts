import { cacheContract } from '@mtaio/core/testing'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { type RedisServer, requireRedis, startRedisServer } from '../../test-support/redis-server.js'
import { CacheNode } from '../node/index.js'
import { DistributedCache } from './distributed-cache.js'
import type { DistributedCacheOptions } from './options.js'

let namespaces = 0

/** The contract over nodes that are shared: each cache has a namespace and a wall clock of its own. */
function runContract(nodes: () => string[], options: Partial<DistributedCacheOptions>) {
  const contract = cacheContract({
    supports: { exactItems: false, exactTime: false },
    create: async (given = {}) => {
      let ahead = 0
      const cache = new DistributedCache<unknown>({
        nodes: nodes(),
        namespace: `contract${namespaces++}`,
        operationTimeout: 10,
        wallClock: () => Date.now() + ahead,
        ...options,
        ...given,
      })
      return {
        cache,
        advance: (ms) => {
          ahead += ms
        },
      }
    },
  })
  for (const { name, run } of contract) it(name, run)
}

const topologies: Record<string, Partial<DistributedCacheOptions>> = {
  'two replicas, one to read': {},
  'three replicas, majorities, strict': { replicationFactor: 3, readQuorum: 2, quorum: 'strict' },
  'with a near cache': { nearCache: {} },
}

for (const [topology, options] of Object.entries(topologies)) {
  describe(`DistributedCache over three CacheNodes keeps the contract: ${topology}`, () => {
    const nodes: CacheNode[] = []
    beforeAll(async () => {
      for (let number = 0; number < 3; number++) {
        const node = new CacheNode({ port: 0 })
        await node.start()
        nodes.push(node)
      }
    })
    afterAll(() => Promise.all(nodes.map((node) => node.stop())))
    runContract(() => nodes.map((node) => node.address), options)
  })

  describe.runIf(requireRedis())(`DistributedCache over three Redis servers keeps the contract: ${topology}`, () => {
    const servers: RedisServer[] = []
    beforeAll(async () => {
      for (let number = 0; number < 3; number++) servers.push(await startRedisServer())
    })
    afterAll(() => Promise.all(servers.map((server) => server.stop())))
    runContract(() => servers.map(({ port }) => `127.0.0.1:${port}`), options)
  })
}
