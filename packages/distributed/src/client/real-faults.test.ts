import { connect, createServer } from 'node:net'
import { CacheConnectionError, CacheQuorumError, CacheSerializationError } from '@mtaio/exceptions'
import { afterEach, describe, expect, it } from 'vitest'
import { type RedisServer, requireRedis, startRedisServer } from '../../test-support/redis-server.js'
import { RespClient } from '../../test-support/resp-client.js'
import { CacheNode } from '../node/index.js'
import { DistributedCache } from './distributed-cache.js'
import type { DistributedCacheOptions } from './options.js'

interface Member {
  readonly port: number
  /** Ends it without a word. */
  kill(): Promise<void>
}

const closers: (() => unknown)[] = []

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function startNodes(): Promise<Member[]> {
  return Promise.all(
    [0, 1, 2].map(async () => {
      const node = new CacheNode({ port: 0 })
      await node.start()
      closers.push(() => node.stop())
      return { port: node.port, kill: () => node.stop() }
    }),
  )
}

async function startServers(): Promise<(Member & RedisServer)[]> {
  return Promise.all(
    [0, 1, 2].map(async () => {
      const server = await startRedisServer()
      closers.push(() => server.kill())
      return server
    }),
  )
}

function cacheOver(members: readonly Member[], options: Partial<DistributedCacheOptions> = {}) {
  const cache = new DistributedCache<unknown>({ nodes: members.map(({ port }) => ['127.0.0.1', port]), ...options })
  closers.push(() => cache[Symbol.asyncDispose]())
  return cache
}

const KEYS = Array.from({ length: 200 }, (_, number) => `key ${number}`)
const entries = (word: string) => new Map(KEYS.map((key) => [key, `${word} of ${key}`]))

function faults(start: () => Promise<Member[]>) {
  it('with one of three gone, reads and sloppy writes go on right, and nothing is lost', async () => {
    const members = await start()
    const cache = cacheOver(members)
    await cache.setMany(entries('first'))
    await members[1]!.kill()
    expect(await cache.getMany(KEYS)).toEqual(entries('first'))
    await cache.setMany(entries('second'))
    expect(await cache.getMany(KEYS)).toEqual(entries('second'))
    expect(await cache.deleteMany(KEYS.slice(0, 50))).toBe(50)
    expect([...(await cache.getMany(KEYS)).values()].filter((value) => value === undefined)).toHaveLength(50)
    expect(
      cache
        .getStats()
        .nodes.filter(({ up }) => !up)
        .map(({ node }) => node),
    ).toEqual([`127.0.0.1:${members[1]!.port}`])
  })

  it('a strict write without its quorum is refused with the facts; what the quorum allows goes on', async () => {
    const members = await start()
    const options = { replicationFactor: 3, readQuorum: 2, quorum: 'strict' } as const
    const cache = cacheOver(members, options)
    await cache.setMany(entries('first'))
    await members[0]!.kill()
    await cache.setMany(entries('second'))
    expect(await cache.getMany(KEYS)).toEqual(entries('second'))
    await members[1]!.kill()
    const error = await cache.set('key', 1).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(CacheQuorumError)
    expect(error).toMatchObject({ required: 2, key: 'key' })
    expect((error as CacheQuorumError).causes.size).toBe(2)
    await expect(cache.get('key')).rejects.toThrow(CacheQuorumError)
  })

  it('with all of them gone every call ends, with the nodes and causes', async () => {
    const members = await start()
    const cache = cacheOver(members)
    await cache.set('key', 1)
    await Promise.all(members.map((member) => member.kill()))
    for (const call of [
      () => cache.get('key'),
      () => cache.set('key', 2),
      () => cache.delete('key'),
      () => cache.clear(),
      () => cache.getOrSet('key', () => 3),
      () => cache.getMany(['key']),
      () => cache.keys().next(),
    ]) {
      const error = await call().catch((reason: unknown) => reason)
      expect(error).toBeInstanceOf(CacheConnectionError)
      expect((error as CacheConnectionError).causes.size, String(call)).toBeGreaterThan(0)
    }
  })

  it('bytes of another application under a key are an error that names it; other keys are as they were', async () => {
    const members = await start()
    const cache = cacheOver(members)
    await cache.setMany({ mine: 1, theirs: 2 })
    for (const { port } of members) {
      const client = await RespClient.open(port)
      await client.send('SET', 'mtaio:theirs', '{"json": true}')
      await client.close()
    }
    const error = await cache.get('theirs').catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(CacheSerializationError)
    expect(error).toMatchObject({ key: 'theirs' })
    expect(await cache.get('mine')).toBe(1)
    await cache.set('theirs', 3)
    expect(await cache.get('theirs')).toBe(3)
  })

  it('garbage on the port of a node harms nobody else', async () => {
    const members = await start()
    const cache = cacheOver(members)
    await cache.setMany(entries('first'))
    const garbage = [
      'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
      '*3\r\n$-7\r\n',
      '*1000000000\r\n',
      `$${'9'.repeat(40)}\r\n`,
      '\0\xff\xfe\r\n\r\n*1\r\n$4\r\nPI',
      '*2\r\n$3\r\nGET\r\n$536870912\r\n',
    ]
    const sockets = members.flatMap(({ port }) =>
      garbage.map((text) => {
        const socket = connect(port, '127.0.0.1')
        socket.on('error', () => {})
        socket.write(text, 'latin1')
        return socket
      }),
    )
    expect(await cache.getMany(KEYS)).toEqual(entries('first'))
    await cache.setMany(entries('second'))
    for (const socket of sockets) socket.destroy()
    expect(await cache.getMany(KEYS)).toEqual(entries('second'))
    expect(cache.getStats().nodes.every(({ up }) => up)).toBe(true)
  })
}

describe('DistributedCache over CacheNodes, faults and all', () => {
  faults(startNodes)

  it('a node that is no node, but talks, is left out', async () => {
    const impostor = createServer((socket) => {
      socket.on('error', () => {})
      socket.on('data', () => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'))
    })
    await new Promise<void>((resolve) => impostor.listen(0, '127.0.0.1', resolve))
    closers.push(() => impostor.close())
    const [one, other] = await startNodes()
    const { port } = impostor.address() as { port: number }
    const cache = cacheOver([one!, { port, kill: async () => {} }, other!])
    await cache.setMany(entries('first'))
    expect(await cache.getMany(KEYS)).toEqual(entries('first'))
    expect(cache.getStats().nodes.find(({ up }) => !up)?.node).toBe(`127.0.0.1:${port}`)
  })

  it('a node that comes back empty is told what it missed before it counts as up', async () => {
    const [one, two, three] = await startNodes()
    const cache = cacheOver([one!, two!, three!])
    await cache.setMany(entries('first'))
    await two!.kill()
    await cache.setMany(entries('second'))
    const hints = cache.getStats().hints
    expect(hints).toBeGreaterThan(0)
    const isBack = new Promise<string>((resolve) => cache.on('node-up', resolve))
    const again = new CacheNode({ port: two!.port })
    await again.start()
    closers.push(() => again.stop())
    expect(await isBack).toBe(`127.0.0.1:${two!.port}`)
    expect(cache.getStats()).toMatchObject({ hints: 0, hintsReplayed: hints })
    expect(again.getStats().items).toBeGreaterThanOrEqual(hints)
    expect(await cache.getMany(KEYS)).toEqual(entries('second'))
  })
})

describe.runIf(requireRedis())('DistributedCache over Redis servers, faults and all', () => {
  faults(startServers)

  it('a server that hangs holds up nothing for long, and is found again when it goes on', async () => {
    const members = await startServers()
    const cache = cacheOver(members, { operationTimeout: '500ms' })
    await cache.setMany(entries('first'))
    const [hanging] = members
    const isDown = new Promise<string>((resolve) => cache.on('node-down', resolve))
    hanging!.process.kill('SIGSTOP')
    try {
      expect(await cache.getMany(KEYS)).toEqual(entries('first'))
      await cache.setMany(entries('second'))
      expect(await cache.getMany(KEYS)).toEqual(entries('second'))
      expect(await isDown).toBe(`127.0.0.1:${hanging!.port}`)
    } finally {
      hanging!.process.kill('SIGCONT')
    }
    await new Promise<void>((resolve) => cache.on('node-up', () => resolve()))
    expect(await cache.getMany(KEYS)).toEqual(entries('second'))
  })

  it('a key of another type is an error that says so', async () => {
    const members = await startServers()
    const cache = cacheOver(members)
    for (const { port } of members) {
      const client = await RespClient.open(port)
      await client.send('RPUSH', 'mtaio:list', 'a')
      await client.close()
    }
    expect(await cache.get('list')).toBe(undefined)
    await expect(cache.set('list', 1)).rejects.toThrow(CacheSerializationError)
    // Of several that are sent as one command, that one.
    const keys = ['list', ...Array.from({ length: 12 }, (_, i) => `k${i}`)]
    const outcomes = await Promise.allSettled(keys.map((key) => cache.set(key, key)))
    expect(outcomes.map(({ status }) => status)).toEqual(keys.map((_, i) => (i === 0 ? 'rejected' : 'fulfilled')))
    expect([...(await cache.getMany(keys.slice(1))).values()]).toEqual(keys.slice(1))
  })

  it('a server that has forgotten its scripts is told them again', async () => {
    const members = await startServers()
    const cache = cacheOver(members)
    await cache.set('key', 1)
    for (const { port } of members) {
      const client = await RespClient.open(port)
      await client.send('SCRIPT', 'FLUSH')
      await client.close()
    }
    const keys = Array.from({ length: 12 }, (_, i) => `k${i}`)
    await Promise.all(keys.map((key) => cache.set(key, key)))
    await cache.set('key', 2)
    expect(await cache.get('key')).toBe(2)
    expect([...(await cache.getMany(keys)).values()]).toEqual(keys)
    expect(cache.getStats().degraded).toBe(0)
  })
})
