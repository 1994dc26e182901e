/** What goes wrong on servers as people run them: wrong doors, machines that hang, masters that die. */
import { readFileSync } from 'node:fs'
import { CacheConnectionError, CacheError, CacheTimeoutError } from '@mtaio/exceptions'
import { Cluster, Redis } from 'ioredis'
import { createClient, createSentinel } from 'redis'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { requireRedis, startRedisServer } from '../../test-support/redis-server.js'
import {
  type SentinelTopology,
  startRedisCluster,
  startSentinels,
  type Topology,
  until,
} from '../../test-support/redis-topologies.js'
import { RespClient } from '../../test-support/resp-client.js'
import { ENOUGH, NEAR, type SecureServer, startSecureServer } from '../../test-support/secure-server.js'
import type { RedisClient } from '../transport/client-door.js'
import { DistributedCache } from './distributed-cache.js'
import type { DistributedCacheOptions } from './options.js'

const HOST = '127.0.0.1'
const production = () => readFileSync(new URL('../../../../docs/production.md', import.meta.url), 'utf8')
const closers: (() => unknown)[] = []

function open(options: DistributedCacheOptions): DistributedCache<unknown> {
  const cache = new DistributedCache<unknown>(options)
  closers.unshift(() => cache[Symbol.asyncDispose]())
  return cache
}

afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

describe.runIf(requireRedis())('a server behind TLS and ACLs', () => {
  let server: SecureServer
  beforeAll(async () => {
    server = await startSecureServer()
  })
  afterAll(() => server.stop())

  it('lets in who has certificate and password', async () => {
    const { url, tls } = server.user('app')
    const cache = open({ nodes: [url], tls })
    await cache.set('a', 1)
    expect(await cache.get('a')).toBe(1)
  })

  it('the rights that docs/production.md names are enough', async () => {
    expect(production()).toContain(ENOUGH)
    const { url, tls } = server.user('narrow')
    const cache = open({ nodes: [url], tls })
    await cache.set('a', 1, { tags: ['t'] })
    await cache.namespace('below').set('b', 2)
    expect(await cache.namespace('below').get('b')).toBe(2)
    expect(await cache.touch('a')).toBe(true)
    expect(await cache.getOrSet('c', () => 3)).toBe(3)
    await cache.transaction(async (txn) => txn.set('a', ((await txn.get('a')) as number) + 1))
    await cache.setMany({ d: 4, e: 5 })
    expect([...(await cache.getMany(['d', 'e'])).values()]).toEqual([4, 5])
    expect(await cache.deleteMany(['d'])).toBe(1)
    await cache.deleteByPrefix('e')
    await cache.expireByTag('other')
    expect(await cache.getOrSet('f', () => 6, { singleFlight: 'cluster' })).toBe(6)
    expect((await cache.inspect('f')).state).toBe('live')
    expect(await cache.delete('f')).toBe(true)
    expect((await cache.repair()).failures.size).toBe(0)
    const found: string[] = []
    for await (const key of cache.keys()) found.push(key)
    expect(found.sort()).toEqual(['a', 'c'])
    await cache.deleteByTag('t')
    expect(await cache.delete('c')).toBe(true)
    await cache.clear()
    expect(await cache.get('a')).toBeUndefined()
  })

  it('they are enough for a near cache, too, with the two more that the page names; without these it says so', async () => {
    expect(production()).toContain(NEAR)
    const { url, tls } = server.user('near')
    const cache = open({ nodes: [url], tls, nearCache: {} })
    await cache.start()
    await cache.set('near', 1, { tags: ['t'] })
    expect(await cache.get('near')).toBe(1)
    await until(async () => (await cache.get('near')) === 1 && (cache.getStats().near?.hits ?? 0) > 0)
    const other = open({ nodes: [url], tls })
    await other.set('near', 2)
    await until(async () => (await cache.get('near')) === 2)
    await other.deleteByTag('t')
    await other.clear()
    await until(async () => (await cache.get('near')) === undefined)
    const narrow = server.user('narrow')
    const refused = open({ nodes: [narrow.url], tls: narrow.tls, nearCache: {} })
    const errors: unknown[] = []
    refused.on('error', (error) => errors.push(error))
    await expect(refused.start()).rejects.toMatchObject({
      code: 'NEAR_REFUSED',
      message: expect.stringContaining('+client|tracking'),
    })
    // It goes on without: what it promises beside that stands.
    await refused.set('near', 3)
    expect(await refused.get('near')).toBe(3)
    expect(errors).toContainEqual(expect.objectContaining({ code: 'NEAR_REFUSED' }))
  })

  it('a wrong password, no certificate, and a certificate that nobody vouches for are errors that say so', async () => {
    const { url, tls } = server.user('app')
    const attempts: [DistributedCacheOptions, RegExp][] = [
      [{ nodes: [server.user('app', 'wrong').url], tls }, /refused the credentials|WRONGPASS/],
      [{ nodes: [url], tls: { ca: tls.ca } }, /certificate required|closed the connection|ECONNRESET/],
      [{ nodes: [url], tls: { cert: tls.cert, key: tls.key } }, /self-signed|unable to verify/],
      [{ nodes: [url.replace('rediss:', 'redis:')] }, /closed the connection|RESP|ECONNRESET/],
    ]
    for (const [options, why] of attempts) {
      const error = (await open(options)
        .set('a', 1)
        .catch((reason: unknown) => reason)) as Error
      expect(error).toBeInstanceOf(CacheConnectionError)
      expect(error.message).toMatch(why)
      expect(error.message).not.toContain('p@ss')
    }
  })

  it('what an ACL forbids is refused, and the node stays up', async () => {
    const { url, tls } = server.user('reader')
    const cache = open({ nodes: [url], tls, namespace: 'acl' })
    const down: string[] = []
    cache.on('node-down', (node) => down.push(node))
    for (let i = 0; i < 5; i++) {
      await expect(cache.set('a', 1)).rejects.toThrow(/NOPERM/)
      expect(await cache.get('a')).toBeUndefined()
    }
    expect(down).toEqual([])
  })
})

describe.runIf(requireRedis())('a client of yours', () => {
  it('that drops time-outs once a command is sent does not make a call wait beyond its deadline', async () => {
    const server = await startRedisServer()
    const client = createClient({ socket: { host: HOST, port: server.port } })
    client.on('error', () => {})
    await client.connect()
    closers.push(
      () => client.destroy(),
      () => server.kill(),
    )
    const cache = open({ nodes: [client], operationTimeout: '200ms' })
    await cache.set('a', 1)
    server.process.kill('SIGSTOP')
    await expect(cache.get('a')).rejects.toThrow(CacheTimeoutError)
    await expect(cache.set('a', 2)).rejects.toThrow(CacheTimeoutError)
    server.process.kill('SIGCONT')
    await until(async () => (await cache.get('a').catch(() => undefined)) !== undefined)
  })

  it('that was never connected, or was closed, is out of reach, and closing the cache leaves it alone', async () => {
    const server = await startRedisServer()
    closers.push(() => server.kill())
    const closed = createClient({ socket: { host: HOST, port: server.port } })
    await expect(open({ nodes: [closed] }).set('a', 1)).rejects.toThrow(CacheConnectionError)
    const client = new Redis(server.port, HOST)
    closers.push(() => client.disconnect())
    const cache = open({ nodes: [client] })
    await cache.set('a', 1)
    await cache[Symbol.asyncDispose]()
    expect(await client.ping()).toBe('PONG')
    await expect(cache.get('a')).rejects.toThrow(CacheError)
  })

  it('stands beside addresses: keys are placed on both, alike in every client', async () => {
    const servers = [await startRedisServer(), await startRedisServer()]
    closers.push(...servers.map((server) => () => server.kill()))
    const client = new Redis(servers[1]!.port, HOST)
    closers.push(() => client.disconnect())
    const mixed = open({ nodes: [`${HOST}:${servers[0]!.port}`, client], replicationFactor: 1 })
    const plain = open({ nodes: servers.map(({ port }) => `${HOST}:${port}`), replicationFactor: 1 })
    await mixed.setMany(Array.from({ length: 50 }, (_, i) => [`key${i}`, i] as const))
    for (let i = 0; i < 50; i++) expect(await plain.get(`key${i}`)).toBe(i)
  })
})

describe.runIf(requireRedis())('a Redis Cluster', () => {
  let cluster: Topology
  beforeAll(async () => {
    cluster = await startRedisCluster()
  })
  afterAll(() => cluster.stop())

  function client(): Cluster {
    const made = new Cluster(cluster.servers.map(({ port }) => ({ host: HOST, port })))
    closers.push(() => made.disconnect())
    return made
  }

  it('holds the keys on all of its masters; clear and tags reach every one, also for another client', async () => {
    const [one, other] = [client(), client()]
    const cache = open({ nodes: [one], namespace: 'spread' })
    const second = open({ nodes: [other], namespace: 'spread' })
    const keys = Array.from({ length: 200 }, (_, i) => `key${i}`)
    await cache.setMany(keys.map((key, i) => [key, i] as const))
    await cache.setMany(
      keys.map((key, i) => [`tagged:${key}`, i] as const),
      { tags: ['t'] },
    )
    const sizes = await Promise.all(one.nodes('master').map((master) => master.dbsize()))
    expect(Math.min(...sizes)).toBeGreaterThan(50)
    const walked = new Set<string>()
    for await (const key of second.keys()) walked.add(key)
    expect(walked.size).toBe(400)

    await cache.deleteByTag('t')
    expect([...(await second.getMany(keys.map((key) => `tagged:${key}`))).values()].every((v) => v === undefined)).toBe(
      true,
    )
    expect([...(await second.getMany(keys)).values()].every((value) => value !== undefined)).toBe(true)
    await cache.clear()
    expect([...(await second.getMany(keys)).values()].every((value) => value === undefined)).toBe(true)
    // What is written after a clear lives, though the register is ahead of the writer's clock.
    await second.setMany(keys.map((key, i) => [key, i] as const))
    expect([...(await cache.getMany(keys)).values()].every((value) => value !== undefined)).toBe(true)
  })

  it('inspect asks each slot for itself, and names what removed a key', async () => {
    const cache = open({ nodes: [client()], namespace: 'inspected' })
    for (let i = 0; i < 10; i++) await cache.set(`user:${i}`, i, { tags: [`t${i}`, 'u'] })
    expect(await cache.inspect('user:1')).toMatchObject({ state: 'live', tags: ['t1', 'u'], removal: undefined })
    await cache.deleteByTag('t1')
    await cache.deleteByPrefix('user:2')
    await cache.expireByTag('t3')
    await cache.delete('user:4')
    const removals = await Promise.all([0, 1, 2, 3, 4].map(async (i) => (await cache.inspect(`user:${i}`)).removal))
    expect(removals.map((removal) => removal && [removal.cause, removal.by])).toEqual([
      undefined,
      ['deleted', { tag: 't1' }],
      ['deleted', { prefix: 'user:2' }],
      ['expired', { tag: 't3' }],
      ['deleted', undefined],
    ])
    await cache.clear()
    expect(await cache.inspect('user:0')).toMatchObject({ state: 'absent', removal: { cause: 'cleared' } })
  })

  it('a value that was loading while another client cleared is not kept', async () => {
    const cache = open({ nodes: [client()], namespace: 'fenced' })
    const other = open({ nodes: [client()], namespace: 'fenced' })
    for (let i = 0; i < 20; i++) {
      const load = async () => {
        await other.clear()
        return 'old'
      }
      expect(await cache.getOrSet(`key${i}`, load)).toBe('old')
      expect(await other.get(`key${i}`)).toBeUndefined()
    }
  })
})

/** A client that Sentinels direct, as its library makes one. */
const directed: Record<string, (watched: SentinelTopology) => Promise<RedisClient>> = {
  ioredis: async ({ name, sentinels }) => {
    const client = new Redis({ name, sentinels: [...sentinels] })
    client.on('error', () => {})
    closers.push(() => client.disconnect())
    return client
  },
  'node-redis': async ({ name, sentinels }) => {
    const client = createSentinel({ name, sentinelRootNodes: [...sentinels] })
    client.on('error', () => {})
    await client.connect()
    closers.push(() => client.destroy())
    return client
  },
}

describe.runIf(requireRedis())('a master under Sentinels', () => {
  it.each(Object.keys(directed))(
    'dies, and the cache goes on with its replica, through %s',
    async (library) => {
      const watched = await startSentinels()
      closers.push(() => watched.stop())
      const cache = open({ nodes: [await directed[library]!(watched)], operationTimeout: '300ms' })
      await until(() => isWell(cache.set('a', 'kept', { tags: ['tag'] })))
      await cache.set('b', 'gone', { tags: ['other'] })
      await cache.deleteByTag('other')
      // Replication is asynchronous: the replica has it all now.
      const direct = await RespClient.open(watched.master.port)
      expect(await direct.send('WAIT', '1', '5000')).toBe(1)
      await direct.close()
      await watched.master.kill()
      await until(async () => (await cache.get('a').catch(() => undefined)) === 'kept')
      expect(await cache.get('b')).toBeUndefined()
      await until(() => isWell(cache.set('c', 1)))
      expect(await cache.get('c')).toBe(1)
      await until(() => isWell(cache.clear()))
      expect(await cache.get('a')).toBeUndefined()
    },
    60_000,
  )
})

function isWell(call: Promise<unknown>): Promise<boolean> {
  return call.then(
    () => true,
    () => false,
  )
}
