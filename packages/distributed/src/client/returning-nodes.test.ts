/** Nodes that come back empty, real processes and sockets: copies are whole again without a read. */
import { afterEach, describe, expect, it } from 'vitest'
import { requireRedis, startRedisServer } from '../../test-support/redis-server.js'
import { RespClient } from '../../test-support/resp-client.js'
import { CacheNode } from '../node/index.js'
import { DistributedCache } from './distributed-cache.js'

interface Member {
  readonly port: number
  /** Ends it without a word; answers how it comes back, empty. */
  kill(): Promise<() => Promise<Member>>
}

const closers: (() => unknown)[] = []

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function startNode(port = 0): Promise<Member> {
  const node = new CacheNode({ port })
  await node.start()
  closers.push(() => node.stop())
  const kill = async () => {
    const { port: same } = node
    await node.stop()
    return () => startNode(same)
  }
  return { port: node.port, kill }
}

async function startServer(port?: number): Promise<Member> {
  const server = await startRedisServer(port === undefined ? {} : { port })
  closers.push(() => server.kill())
  const kill = async () => {
    await server.kill()
    return () => startServer(server.port)
  }
  return { port: server.port, kill }
}

/** Everything that a node holds of the cache, as text. */
async function contentOf(port: number): Promise<Map<string, string>> {
  const client = await RespClient.open(port)
  try {
    const keys = ((await client.send('KEYS', '*mtaio*')) as Uint8Array[]).map((key) => Buffer.from(key).toString())
    // Who makes it whole, and that it is, which is said last.
    const records = keys.filter((key) => !/^!(?:repair|whole):/.test(key)).sort()
    const values = (await client.pipeline(records.map((key) => ['GET', key]))) as Uint8Array[]
    return new Map(records.map((key, i) => [key, Buffer.from(values[i]!).toString('base64')]))
  } finally {
    await client.close()
  }
}

const entries = (word: string) => new Map(Array.from({ length: 2000 }, (_, i) => [`key ${i}`, { word, i }]))

function restarts(start: () => Promise<Member>) {
  it('one after the other, leave every copy where it was, though nothing was read', async () => {
    const members = await Promise.all([0, 1, 2].map(() => start()))
    const nodes = members.map(({ port }) => ['127.0.0.1', port] as const)
    const cache = new DistributedCache<unknown>({ nodes, backgroundRate: 100_000 })
    closers.push(() => cache[Symbol.asyncDispose]())
    await cache.setMany(entries('first'), { ttl: '1h', tags: ['tag'] })
    await cache.deleteByTag('other')
    await cache.delete('key 7')
    // On a machine that is busy, others stood in for nodes that took long; that goes.
    await cache.repair()
    const before = await Promise.all(nodes.map(([, port]) => contentOf(port)))
    for (const member of members) {
      const id = `127.0.0.1:${member.port}`
      const isWhole = new Promise<void>((resolve) =>
        cache.on('repair', ({ work, node, walked, of }) => {
          if (work === 'rebuild' && node === id && walked === of) resolve()
        }),
      )
      const comeBack = await member.kill()
      // Somebody has to notice that it is gone.
      for (let call = 0; call < 40; call++) await cache.touch(`key ${call + 100}`, '1h')
      await comeBack()
      await isWhole
    }
    const touched = new Set(Array.from({ length: 40 }, (_, call) => `mtaio:key ${call + 100}`))
    const untouched = (content: Map<string, string>) => new Map([...content].filter(([key]) => !touched.has(key)))
    const after = await Promise.all(nodes.map(([, port]) => contentOf(port)))
    for (const [i, content] of after.entries()) expect(untouched(content)).toEqual(untouched(before[i]!))
    const found = await cache.getMany(entries('first').keys())
    expect([...found.values()].filter((value) => value === undefined)).toHaveLength(1)
  })
}

describe('CacheNodes that are restarted', () => restarts(() => startNode()))

describe.runIf(requireRedis())('Redis servers that are restarted', () => restarts(() => startServer()))
