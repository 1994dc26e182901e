/** Nodes with shares of the keys of their own, from the beginning. */
import { CacheConfigError } from '@mtaio/exceptions'
import { Redis } from 'ioredis'
import { afterEach, describe, expect, it } from 'vitest'
import { CacheNode } from '../node/index.js'
import { Placement } from '../placement/placement.js'
import type { NodeInput } from '../transport/node-address.js'
import { DistributedCache } from './distributed-cache.js'

const closers: (() => unknown)[] = []

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function startNodes(count: number): Promise<CacheNode[]> {
  const nodes = Array.from({ length: count }, () => new CacheNode({ port: 0 }))
  for (const node of nodes) {
    await node.start()
    closers.push(() => node.stop())
  }
  return nodes
}

function open(nodes: readonly NodeInput[]): DistributedCache<number> {
  const cache = new DistributedCache<number>({ nodes, replicationFactor: 1, membershipLease: '100ms' })
  closers.push(() => cache[Symbol.asyncDispose]())
  return cache
}

const KEYS = Array.from({ length: 400 }, (_, i) => `key${i}`)
const entries = KEYS.map((key, i) => [key, i] as const)

describe('nodes with weights', () => {
  it('hold keys in these shares, however the weights are written, and other clients find them', async () => {
    const nodes = await startNodes(3)
    const [light, heavy, last] = nodes as [CacheNode, CacheNode, CacheNode]
    const client = new Redis(last.port, '127.0.0.1')
    closers.push(() => client.disconnect())
    const cache = open([
      { host: '127.0.0.1', port: light.port },
      `redis://${heavy.address}?weight=6`,
      { id: last.address, client, weight: 1 },
    ])
    await cache.setMany(entries)
    const placement = new Placement([{ id: light.address }, { id: heavy.address, weight: 6 }, { id: last.address }])
    const here = (node: CacheNode) => KEYS.filter((key) => placement.order(key)[0] === node.address).length
    // What lies there beside the keys: who made the node whole.
    for (const node of nodes) expect(node.getStats().items - here(node)).toBeLessThanOrEqual(1)
    expect(here(heavy)).toBeGreaterThan(KEYS.length / 2)
    const other = open([
      { host: '127.0.0.1', port: last.port, weight: 1 },
      { host: '127.0.0.1', port: heavy.port, weight: 6 },
      light.address,
    ])
    expect([...(await other.getMany(KEYS)).values()]).toEqual(entries.map(([, value]) => value))
    expect(other.members.nodes.find(({ id }) => id === heavy.address)).toEqual({ id: heavy.address, weight: 6 })
  })

  it('keep them when another is added, whose own may stand with it', async () => {
    const [first, second, third] = (await startNodes(3)) as [CacheNode, CacheNode, CacheNode]
    const cache = open([{ host: '127.0.0.1', port: first.port, weight: 2 }, second.address])
    await cache.setMany(entries)
    await cache.addNode({ host: '127.0.0.1', port: third.port, weight: 3 })
    await cache.rebalanced()
    const weights = new Map(cache.members.nodes.map(({ id, weight }) => [id, weight]))
    expect(weights).toEqual(
      new Map([
        [first.address, 2],
        [second.address, 1],
        [third.address, 3],
      ]),
    )
    expect([...(await cache.getMany(KEYS)).values()]).toEqual(entries.map(([, value]) => value))
    expect(third.getStats().items).toBeGreaterThan(KEYS.length / 4)
  })

  it.each([
    [{ host: 'a', port: 1, weight: 0 }, /weight of a:1 is 0/],
    [{ host: 'a', port: 1, weight: -2 }, /weight of a:1 is -2/],
    [{ host: 'a', port: 1, weight: Number.POSITIVE_INFINITY }, /weight of a:1 is Infinity/],
    [{ host: 'a', port: 1, weight: '2' }, /weight of a:1 is '2'|weight of a:1 is "2"/],
    [{ host: 'a', port: 1, weigth: 2 }, /nobody knows its weigth/],
    [{ host: '', port: 1 }, /its host must be/],
    [{ host: 'a', port: 0 }, /a port is an integer/],
    [{ id: 'n', client: { callBuffer: () => undefined }, weight: Number.NaN }, /weight of n is NaN/],
    ['redis://user:secret@a:1?weight=', /weight of a:1 is NaN/],
    ['redis://user:secret@a:1?weight=0', /weight of a:1 is 0/],
    ['redis://user:secret@a:1?database=2', /says database: only weight/],
  ])('%j is refused, and its fault named', (node, says) => {
    const make = () => new DistributedCache({ nodes: [node as NodeInput] })
    expect(make).toThrow(CacheConfigError)
    expect(make).toThrow(says)
    expect(make).not.toThrow(/secret/)
  })
})
