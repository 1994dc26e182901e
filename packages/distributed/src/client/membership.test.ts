/** Nodes added and removed at run time, over real sockets and processes, under load of two clients. */
import { CacheConfigError } from '@mtaio/exceptions'
import { afterEach, describe, expect, it } from 'vitest'
import { requireRedis, startRedisServer } from '../../test-support/redis-server.js'
import { RespClient } from '../../test-support/resp-client.js'
import { CacheNode } from '../node/index.js'
import { DistributedCache } from './distributed-cache.js'

const closers: (() => unknown)[] = []

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function startNode(): Promise<number> {
  const node = new CacheNode({ port: 0 })
  await node.start()
  closers.push(() => node.stop())
  return node.port
}

async function startServer(): Promise<number> {
  const server = await startRedisServer()
  closers.push(() => server.kill())
  return server.port
}

const KEYS = Array.from({ length: 1000 }, (_, number) => `key ${number}`)

function changes(start: () => Promise<number>) {
  it('with two clients writing and reading all the while, lose nothing and answer nothing old', async () => {
    const ports = await Promise.all([0, 1, 2, 3].map(start))
    const ids = ports.map((port) => `127.0.0.1:${port}`)
    const open = () => {
      const cache = new DistributedCache<number>({
        nodes: ids.slice(0, 3),
        membershipLease: '500ms',
        backgroundRate: 1_000_000,
      })
      closers.push(() => cache[Symbol.asyncDispose]())
      return cache
    }
    const [one, other] = [open(), open()] as const
    await one.setMany(
      KEYS.map((key) => [key, 0] as const),
      '1h',
    )
    await other.getMany(KEYS)
    let isOver = false
    const wrong: string[] = []
    const load = async (writer: DistributedCache<number>, reader: DistributedCache<number>, offset: number) => {
      for (let round = 1; !isOver; round++) {
        const key = KEYS[(round * 2 + offset) % KEYS.length]!
        await writer.set(key, round, '1h')
        const found = await reader.get(key)
        if (found !== round) wrong.push(`${key}: ${found}, not ${round}`)
      }
    }
    const loads = [load(one, other, 0), load(other, one, 1)]
    await one.addNode(ids[3]!)
    expect(one.members.moving).toBe(true)
    await one.rebalanced()
    await other.removeNode(ids[0]!)
    await other.rebalanced()
    await one.rebalanced()
    isOver = true
    await Promise.all(loads)
    expect(wrong).toEqual([])
    for (const cache of [one, other]) {
      expect(cache.members).toMatchObject({ epoch: 4, moving: false })
      expect(new Set(cache.members.nodes.map(({ id }) => id))).toEqual(new Set(ids.slice(1)))
      expect([...(await cache.getMany(KEYS)).values()].filter((value) => value === undefined)).toEqual([])
    }
    // Each of the three that stay holds what it should: with two copies over three nodes, two thirds.
    for (const port of ports.slice(1)) {
      const client = await RespClient.open(port)
      const held = ((await client.send('KEYS', 'mtaio:*')) as unknown[]).length
      await client.close()
      expect(held).toBeGreaterThan(550)
    }
    const newcomer = open()
    expect(await newcomer.get(KEYS[0]!)).toBeDefined()
    expect(newcomer.members.nodes).toHaveLength(3)
  })

  it('that cannot be are refused, with the way out', async () => {
    const ports = await Promise.all([0, 1].map(start))
    const cache = new DistributedCache<number>({ nodes: ports.map((port) => ['127.0.0.1', port] as const) })
    closers.push(() => cache[Symbol.asyncDispose]())
    await expect(cache.removeNode(['127.0.0.1', ports[0]!])).rejects.toThrow(/1 nodes? for 2 copies/)
    await expect(cache.removeNode('127.0.0.1:1')).rejects.toThrow(CacheConfigError)
    await expect(cache.addNode(['127.0.0.1', ports[0]!])).rejects.toThrow(/already/)
    await expect(cache.addNode('127.0.0.1:1')).rejects.toThrow(/cannot be added/)
    await expect(cache.addNode('127.0.0.1:2', { weight: 0 })).rejects.toThrow(/weight/)
    expect(cache.members).toMatchObject({ epoch: 0, moving: false })
    await cache.rebalanced()
  })
}

describe('changes of CacheNodes', () => changes(startNode))

describe.runIf(requireRedis())('changes of Redis servers', () => changes(startServer))
