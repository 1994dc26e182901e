/** What else goes on while, and after, keys are removed by the beginning of their names. */
import { describe, expect, it } from 'vitest'
import { NODES, settle, simulate } from '../../test-support/simulated-clients.js'
import { AntiEntropy } from '../coordinator/anti-entropy.js'

const MAJORITY = { replicationFactor: 3, readQuorum: 2, writeQuorum: 2, quorum: 'strict' } as const

describe('a prefix that is not that of a key', () => {
  it('leaves its life to be renewed', async () => {
    const { clock, client } = simulate()
    const { cache } = client()
    await cache.set('user:1', 'Ada', 60)
    await cache.deleteByPrefix('order:')
    expect(await cache.touch('user:1', 600)).toBe(true)
    clock.advance(300_000)
    expect(await cache.get('user:1')).toBe('Ada')
  })

  it('keeps no copy of it from a node that lacks one', async () => {
    const { network, client } = simulate(MAJORITY)
    const { cache, placed } = client()
    const [, second] = placed('user:1')
    await cache.set('user:1', 'Ada')
    await cache.deleteByPrefix('order:')
    await settle()
    network.execute(second!, ['DEL', 'test:user:1'])
    expect(await cache.get('user:1')).toBe('Ada')
    await settle()
    await client().cache.get('user:1')
    await settle()
    expect(network.execute(second!, ['EXISTS', 'test:user:1'])).toBe(1)
  })

  it('keeps no write of it from a node that was away', async () => {
    const { clock, network, client } = simulate({ replicationFactor: 3, readQuorum: 2, writeQuorum: 2 })
    const { cache, placed } = client()
    const [first] = placed('user:1')
    await cache.set('warm', 1)
    network.setFault(first!, 'down')
    await cache.set('user:1', 'Ada')
    await settle()
    network.setFault(first!, undefined)
    await client().cache.deleteByPrefix('order:')
    for (let second = 0; second < 30; second++) {
      clock.advance(1000)
      await settle(100)
    }
    expect(network.execute(first!, ['EXISTS', 'test:user:1'])).toBe(1)
  })

  it('does not keep a load from being stored', async () => {
    for (const quorum of [{}, MAJORITY, { ...MAJORITY, consistency: 'linearizable' } as const]) {
      const { client } = simulate(quorum)
      const [one, other] = [client().cache, client().cache]
      await other.deleteByPrefix('earlier:')
      let answer!: (value: string) => void
      const load = () => new Promise<string>((resolve) => (answer = resolve))
      const loading = one.getOrSet('user:1', load, { tags: ['t'] })
      await settle()
      await other.deleteByPrefix('order:')
      await other.deleteByPrefix('user:10')
      answer('Ada')
      expect(await loading).toBe('Ada')
      expect(await other.get('user:1')).toBe('Ada')
      const overtaken = one.getOrSet('user:2', load)
      await settle()
      await other.deleteByPrefix('user:')
      answer('Bob')
      expect(await overtaken).toBe('Bob')
      expect(await one.get('user:2')).toBe(undefined)
    }
  })
})

describe('a list of prefixes', () => {
  const lost = async (quorum = {}) => {
    const { network, client } = simulate({ replicationFactor: 2, ...quorum })
    const { cache, placed } = client()
    await cache.setMany({ 'user:1': 'Ada', 'order:1': 'a book' })
    await cache.deleteByPrefix('order:')
    return { network, client, cache, placed }
  }

  it('that one node lost is asked of others, by readers and by inspect alike, and given back', async () => {
    const { network, client, placed } = await lost()
    const [first] = placed('user:1')
    network.execute(first!, ['DEL', '!prefixes:test'])
    const { cache } = client()
    expect(await cache.inspect('user:1')).toMatchObject({ state: 'live', removal: undefined })
    expect(await cache.inspect('order:1')).toMatchObject({ state: 'absent', removal: { by: { prefix: 'order:' } } })
    expect([await cache.get('user:1'), await cache.get('order:1')]).toEqual(['Ada', undefined])
    await settle()
    expect(network.execute(first!, ['EXISTS', '!prefixes:test'])).toBe(1)
    network.execute(first!, ['SETRANGE', '!prefixes:test', '30', 'damaged'])
    expect(await client().cache.inspect('user:1')).toMatchObject({ state: 'live' })
    expect(await client().cache.get('user:1')).toBe('Ada')
  })

  it('that all nodes lost is taken for one of everything, by readers and by inspect alike', async () => {
    const { network, client } = await lost()
    for (const node of NODES) network.execute(node, ['DEL', '!prefixes:test'])
    const { cache } = client()
    expect(await cache.inspect('user:1')).toMatchObject({ state: 'absent', removal: { cause: 'cleared' } })
    expect(await cache.get('user:1')).toBe(undefined)
  })

  it('reaches a node that has less, by reads of several nodes', async () => {
    for (const consistency of [undefined, 'linearizable'] as const) {
      const { network, client } = simulate({ ...MAJORITY, ...(consistency && { consistency }) })
      const { cache } = client()
      await cache.setMany({ 'user:1': 'Ada', 'order:1': 'a book' })
      network.setFault('c:1', 'down')
      await cache.deleteByPrefix('order:')
      network.setFault('c:1', undefined)
      for (let read = 0; read < 6; read++) {
        const { cache } = client()
        expect([await cache.get('user:1'), await cache.get('order:1')]).toEqual(['Ada', undefined])
        await settle()
      }
      const held = NODES.map((node) => String(network.execute(node, ['GET', '!prefixes:test'])))
      expect(new Set(held).size).toBe(1)
    }
  })

  it('reaches a node that lost everything, with what it did not remove, when copies are compared', async () => {
    const { network, client, cache, placed } = await lost({ replicationFactor: 3 })
    const [first] = placed('user:1')
    network.restart(first!)
    const { cluster } = client()
    const repaired = new AntiEntropy(cluster, 'test', 'one', () => undefined).repair({})
    await settle(20_000)
    await repaired
    expect(network.execute(first!, ['EXISTS', 'test:user:1', '!prefixes:test', '!cleared:test'])).toBe(3)
    expect(await cache.get('user:1')).toBe('Ada')
  })
})

describe('removal by prefix', () => {
  it('does not wait for a node that hangs', async () => {
    const { clock, network, client } = simulate({ replicationFactor: 2 })
    const { cache } = client()
    await cache.set('order:1', 'a book')
    network.setFault('b:1', 'silent')
    let ended = false
    const removing = cache.deleteByPrefix('order:').finally(() => {
      ended = true
    })
    for (let ms = 0; ms < 1000 && !ended; ms += 10) {
      await settle(50)
      clock.advance(10)
    }
    await removing
    network.setFault('b:1', undefined)
    expect(await cache.get('order:1')).toBe(undefined)
  })

  it('succeeds for all of many clients at once, however long round trips take', async () => {
    const { clock, network, client } = simulate({ replicationFactor: 2 })
    const clients = Array.from({ length: 40 }, () => client().cache)
    await clients[0]!.setMany(clients.map((_, i) => [`${i}:key`, i] as const))
    // Each client is nearer to another node.
    let asked = 0
    network.delay = (node) => 20 + ((asked++ + NODES.indexOf(node)) % 3) * 70
    let ended = 0
    const outcomes = clients.map((cache, i) =>
      cache.deleteByPrefix(`${i}:`).finally(() => {
        ended++
      }),
    )
    const all = Promise.allSettled(outcomes)
    while (ended < clients.length) {
      await settle(50)
      clock.advance(1)
    }
    expect((await all).filter(({ status }) => status === 'rejected')).toEqual([])
    network.delay = () => 0
    const left = await client().cache.getMany(clients.map((_, i) => `${i}:key`))
    expect([...left.values()]).toEqual(clients.map(() => undefined))
  })
})
