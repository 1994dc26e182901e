import { CacheTimeoutError } from '@mtaio/exceptions'
import { describe, expect, it } from 'vitest'
import { NODES, settle, simulate } from '../../test-support/simulated-clients.js'
import { ReplyError } from '../resp/reply.js'

/** A network on which each node takes its own time, and a key whose value both replicas hold. */
async function world(delays: (place: number) => number) {
  const { network, clock, client, events } = simulate()
  const { cache, cluster, placed } = client()
  const nodes = placed('key')
  await cache.set('key', 'value')
  network.delay = (node) => delays(nodes.indexOf(node)) / 2
  const get = async () => {
    const start = clock.now()
    let took: number | undefined
    void cache.get('key').then(() => {
      took = clock.now() - start
    })
    for (let step = 0; took === undefined && step < 3000; step++) {
      for (let turn = 0; turn < 40; turn++) await Promise.resolve()
      if (took === undefined) clock.advance(1)
    }
    return took
  }
  return { network, cluster, cache, events, get, nodes }
}

describe('nodes that answer slowly', () => {
  it('are left for one that answers sooner, before they are down, and come back when they are quick again', async () => {
    let slow = 2
    const { network, get, nodes, events } = await world((place) => (place === 0 ? slow : 2))
    for (let read = 0; read < 70; read++) await get()
    slow = 40
    for (let read = 0; read < 30; read++) await get()
    network.log.length = 0
    for (let read = 0; read < 31; read++) await get()
    const asked = (node: string) => network.log.filter((line) => line.startsWith(node)).length
    expect(asked(nodes[0]!)).toBeLessThanOrEqual(1)
    expect(events).toEqual([])
    slow = 2
    for (let read = 0; read < 700; read++) await get()
    network.log.length = 0
    for (let read = 0; read < 31; read++) await get()
    expect(asked(nodes[0]!)).toBeGreaterThan(25)
  })

  it('have another asked beside them once they take longer than is usual for them', async () => {
    let slow = 4
    const { cluster, get } = await world((place) => (place === 0 ? slow : 4))
    for (let read = 0; read < 30; read++) await get()
    slow = 200
    expect(await get()).toBeLessThan(20)
    expect(cluster.counts.hedges).toBe(1)
  })

  it('do not have everybody ask twice when all of them grow slow', async () => {
    let slow = 4
    const { cluster, get } = await world(() => slow)
    for (let read = 0; read < 30; read++) await get()
    for (let read = 0; read < 300; read++) {
      // Each slower than nearly all before it.
      slow = 4 + read
      await get()
    }
    expect(cluster.counts.hedges).toBeLessThan(60)
  })
})

describe('nodes that are known to have missed a write', () => {
  it('are not read alone, and are told of it though they never went down', async () => {
    const { clock, network, client, events } = simulate()
    const { cache, placed, cluster } = client()
    const [first] = placed('key')
    await cache.set('key', 'old')
    network.setFault(first!, 'down')
    await cache.set('key', 'new')
    network.setFault(first!, undefined)
    expect(cluster.hints.size).toBe(1)
    expect(await cache.get('key')).toBe('new')
    clock.advance(100)
    await settle()
    expect(cluster.hints.size).toBe(0)
    expect(cluster.counts.hintsReplayed).toBe(1)
    network.setFault(placed('key')[1]!, 'down')
    expect(await cache.get('key')).toBe('new')
    expect(events).toEqual([])
  })

  it('a write that a node will not take does not keep the others from it', async () => {
    const { clock, network, client } = simulate()
    const { cache, placed, cluster } = client()
    const [first] = placed('key')
    network.setFault(first!, 'down')
    await cache.set('key', 'value')
    network.setFault(first!, undefined)
    network.answer = (node, name) =>
      node === first && name === 'EVALSHA' ? new ReplyError('ERR too large') : undefined
    clock.advance(100)
    await settle()
    expect(cluster.hints).toMatchObject({ size: 0, dropped: 1 })
  })
})

describe('writers that keep meeting', () => {
  it('try again at once a few times, then wait longer and longer, and not beyond their budget', async () => {
    const { clock, client } = simulate()
    const { cluster } = client()
    const budget = cluster.budget()
    for (let attempt = 1; attempt <= 3; attempt++) expect(await cluster.again(attempt, budget)).toBe(true)
    const waits: number[] = []
    for (let attempt = 4; attempt <= 9; attempt++) {
      const start = clock.now()
      let goesOn: boolean | undefined
      void cluster.again(attempt, budget).then((answer) => {
        goesOn = answer
      })
      for (let step = 0; step < 1000 && goesOn === undefined; step++) {
        clock.advance(0.25)
        await settle()
      }
      waits.push(clock.now() - start)
    }
    // The test's chance is 0.5: three quarters of 2, 4, 8 … ms.
    expect(waits).toEqual([1.5, 3, 6, 12, 24, 48])
    clock.advance(1900)
    expect(await cluster.again(16, budget)).toBe(false)
  })

  it('stop when their caller has left', async () => {
    const { client } = simulate()
    const { cluster } = client()
    const controller = new AbortController()
    const budget = cluster.budget({ signal: controller.signal })
    controller.abort()
    expect(await cluster.again(1, budget)).toBe(false)
  })

  it('are not given up for what was lost before they answered something later', async () => {
    const { client, clock } = simulate()
    const { cluster } = client()
    const [node] = NODES
    const lose = () => {
      const lost = Array.from({ length: 3 }, () => {
        let fail = (_: Error) => {}
        const asked = cluster.ask(node!, () => new Promise((_resolve, reject) => (fail = reject)))
        asked.catch(() => undefined)
        return () => fail(new CacheTimeoutError('no answer by the deadline', { node: node! }))
      })
      return () => {
        for (const each of lost) each()
      }
    }
    const before = lose()
    clock.advance(1000)
    await cluster.ask(node!, async () => 'answer')
    const after = lose()
    clock.advance(1000)
    before()
    await settle()
    expect(cluster.isUp(node!)).toBe(true)
    after()
    await settle()
    expect(cluster.isUp(node!)).toBe(false)
  })
})
