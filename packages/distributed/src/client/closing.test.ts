/** What becomes of calls and hints when a cache is disposed. */
import { createServer, type Socket } from 'node:net'
import { CacheClosedError, CacheError } from '@mtaio/exceptions'
import { afterEach, describe, expect, it } from 'vitest'
import { settle, simulate } from '../../test-support/simulated-clients.js'
import { CacheNode } from '../node/index.js'
import { DistributedCache } from './distributed-cache.js'

const closers: (() => unknown)[] = []

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function startNode(): Promise<CacheNode> {
  const node = new CacheNode({ port: 0 })
  await node.start()
  closers.push(() => node.stop())
  return node
}

const HUNDRED = Array.from({ length: 100 }, (_, i) => `key${i}`)

describe('a cache that is disposed', () => {
  it('lets calls under way come to their end', async () => {
    const nodes = [await startNode(), await startNode()]
    const open = () => new DistributedCache<string>({ nodes: nodes.map(({ address }) => address) })
    const cache = open()
    const writes = HUNDRED.map((key) => cache.set(key, key))
    const reads = HUNDRED.map((key) => cache.get(key))
    await cache[Symbol.asyncDispose]()
    await Promise.all([...writes, ...reads])
    await using other = open()
    expect([...(await other.getMany(HUNDRED)).values()]).toEqual(HUNDRED)
  })

  it('refuses calls from then on, and aborts loads, with an error that says so', async () => {
    const node = await startNode()
    const cache = new DistributedCache<string>({ nodes: [node.address] })
    await cache.set('a', 'b')
    const loading = cache.getOrSet('c', () => new Promise<string>(() => {}))
    const keys = cache.keys()
    const twice = [cache[Symbol.asyncDispose](), cache[Symbol.asyncDispose]()]
    await expect(loading).rejects.toThrow(CacheClosedError)
    await expect(cache.get('a')).rejects.toThrow(CacheClosedError)
    await Promise.all(twice)
    await expect(keys.next()).rejects.toThrow(CacheClosedError)
  })

  it('waits for a node that hangs no longer than its calls do', async () => {
    const sockets = new Set<Socket>()
    const server = createServer((socket) => sockets.add(socket.on('error', () => {})))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    closers.push(() => server.close())
    closers.push(() => sockets.forEach((socket) => void socket.destroy()))
    const { port } = server.address() as { port: number }
    const cache = new DistributedCache<string>({ nodes: [['127.0.0.1', port]], operationTimeout: '100ms' })
    const outcome = cache.set('a', 'b').catch((error: unknown) => error)
    await cache[Symbol.asyncDispose]()
    expect(await outcome).toBeInstanceOf(CacheError)
  })
})

describe('a client that ends', () => {
  /** One that has a hint for a node that is up again, and does not know how long it will take to deliver it. */
  async function withHint() {
    const here = simulate({ replicationFactor: 3, writeQuorum: 2, quorum: 'strict' })
    const { cache, cluster, placed } = here.client()
    const node = placed('key')[2]!
    here.network.setFault(node, 'down')
    await cache.set('key', 'value')
    here.network.setFault(node, undefined)
    expect(cluster.hints.sizeFor(node)).toBe(1)
    return { ...here, cluster, node }
  }

  it('sends once more what a node that is up has missed', async () => {
    const { network, cluster, node } = await withHint()
    await cluster.close()
    expect(network.execute(node, ['EXISTS', 'test:key'])).toBe(1)
    expect(cluster.hints.size).toBe(0)
  })

  it('waits for that no longer than for a call', async () => {
    const { clock, network, cluster, node } = await withHint()
    network.setFault(node, 'silent')
    const closed = cluster.close()
    let isClosed = false
    void closed.then(() => {
      isClosed = true
    })
    await settle()
    expect(isClosed).toBe(false)
    clock.advance(2000)
    await settle()
    expect(isClosed).toBe(true)
  })

  it('waits for a writer that pauses between two attempts', async () => {
    const { clock, network, client } = simulate({ replicationFactor: 1 })
    const { cache, cluster, placed } = client()
    const other = client({ skew: 1000 })
    let times = 0
    network.onCommand = (node, name) => {
      // Somebody is always there first, with a later clock.
      if (node !== placed('key')[0] || name !== 'EVALSHA' || ++times > 6) return
      const { onCommand } = network
      network.onCommand = undefined
      void other.cache.set('key', 'theirs')
      network.onCommand = onCommand
    }
    const written = cache.set('key', 'ours')
    let outcome = 'pending'
    written.then(
      () => {
        outcome = 'written'
      },
      (error) => {
        outcome = String(error)
      },
    )
    const closed = cluster.close()
    for (let step = 0; step < 100; step++) {
      await settle(100)
      clock.advance(10)
    }
    await closed
    expect(outcome).toBe('written')
  })
})
