/** The contract over servers as people run them: behind TLS and ACLs, as a Cluster, under Sentinels, through others' clients. */
import { cacheContract } from '@mtaio/core/testing'
import { Cluster, Redis } from 'ioredis'
import { Redis as Valkey } from 'iovalkey'
import { createClient, createClientPool, createCluster, createSentinel } from 'redis'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { requireRedis, startRedisServer } from '../../test-support/redis-server.js'
import { startRedisCluster, startSentinels } from '../../test-support/redis-topologies.js'
import { startSecureServer } from '../../test-support/secure-server.js'
import { DistributedCache } from './distributed-cache.js'
import type { DistributedCacheOptions } from './options.js'

/** What is started for a topology, and how it is reached. */
interface Engine {
  readonly options: DistributedCacheOptions
  stop(): Promise<unknown>
}

async function closing(close: () => void, servers: { stop(): Promise<void> }): Promise<void> {
  close()
  await servers.stop()
}

const HOST = '127.0.0.1'

const engines: Record<string, () => Promise<Engine>> = {
  'a server with TLS, client certificates and an ACL user': async () => {
    const server = await startSecureServer()
    const { url, tls } = server.user('app')
    return { options: { nodes: [url], tls }, stop: () => server.stop() }
  },
  'node-redis': async () => {
    const server = await startRedisServer()
    const client = createClient({ socket: { host: HOST, port: server.port } })
    client.on('error', () => {})
    await client.connect()
    return { options: { nodes: [client] }, stop: () => closing(() => client.destroy(), server) }
  },
  'a pool of node-redis': async () => {
    const server = await startRedisServer()
    const client = createClientPool({ socket: { host: HOST, port: server.port } }, { minimum: 1, maximum: 4 })
    client.on('error', () => {})
    await client.connect()
    return { options: { nodes: [{ id: 'pool', client }] }, stop: () => closing(() => client.destroy(), server) }
  },
  ioredis: async () => {
    const server = await startRedisServer()
    const client = new Redis(server.port, HOST)
    return { options: { nodes: [client] }, stop: () => closing(() => client.disconnect(), server) }
  },
  'two servers, each through an ioredis client': async () => {
    const servers = [await startRedisServer(), await startRedisServer()]
    const clients = servers.map(({ port }) => new Redis(port, HOST))
    const stop = () => {
      for (const client of clients) client.disconnect()
      return Promise.all(servers.map((server) => server.stop()))
    }
    return { options: { nodes: clients }, stop }
  },
  iovalkey: async () => {
    const server = await startRedisServer()
    const client = new Valkey(server.port, HOST)
    return { options: { nodes: [client] }, stop: () => closing(() => client.disconnect(), server) }
  },
  'a Redis Cluster through ioredis': async () => {
    const cluster = await startRedisCluster()
    const client = new Cluster(cluster.servers.map(({ port }) => ({ host: HOST, port })))
    return { options: { nodes: [client] }, stop: () => closing(() => client.disconnect(), cluster) }
  },
  'a Redis Cluster through node-redis': async () => {
    const cluster = await startRedisCluster()
    const client = createCluster({ rootNodes: cluster.servers.map(({ port }) => ({ socket: { host: HOST, port } })) })
    client.on('error', () => {})
    await client.connect()
    return { options: { nodes: [client] }, stop: () => closing(() => client.destroy(), cluster) }
  },
  'a master under Sentinels through ioredis': async () => {
    const watched = await startSentinels()
    const client = new Redis({ name: watched.name, sentinels: [...watched.sentinels] })
    return { options: { nodes: [client] }, stop: () => closing(() => client.disconnect(), watched) }
  },
  'a master under Sentinels through node-redis': async () => {
    const watched = await startSentinels()
    const client = createSentinel({ name: watched.name, sentinelRootNodes: [...watched.sentinels] })
    client.on('error', () => {})
    await client.connect()
    return { options: { nodes: [client] }, stop: () => closing(() => client.destroy(), watched) }
  },
}

let namespaces = 0

for (const [name, start] of Object.entries(engines)) {
  describe.runIf(requireRedis())(`DistributedCache keeps the contract over ${name}`, () => {
    let engine: Engine
    beforeAll(async () => {
      engine = await start()
    })
    afterAll(() => engine.stop())

    const contract = cacheContract({
      supports: { exactItems: false, exactTime: false },
      create: async (given = {}) => {
        let ahead = 0
        const cache = new DistributedCache<unknown>({
          namespace: `contract${namespaces++}`,
          operationTimeout: 10,
          wallClock: () => Date.now() + ahead,
          ...engine.options,
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
    for (const { name: title, run } of contract) it(title, run)
  })
}
