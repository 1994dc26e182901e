import { describe, expect, it } from 'vitest'
import { settle, simulate } from '../../test-support/simulated-clients.js'

const MAJORITY = { replicationFactor: 3, readQuorum: 2, writeQuorum: 2, quorum: 'strict' } as const

describe('what was written overrules what is older, also when its own life is over', () => {
  it('a load that outlasts the whole life of a value stored by another client is not cached', async () => {
    const { clock, client } = simulate()
    const [loader, writer] = [client().cache, client().cache]
    let finish!: (value: string) => void
    const loading = loader.getOrSet('key', () => new Promise<unknown>((resolve) => (finish = resolve)))
    await settle()
    await writer.set('key', 'newer', 1)
    clock.advance(5_000)
    finish('older')
    expect(await loading).toBe('older')
    expect(await loader.get('key')).toBe(undefined)
  })

  it('a value does not come back from a replica that was away while a shorter-lived one replaced it', async () => {
    const { clock, network, client } = simulate(MAJORITY)
    const { cache, placed } = client()
    const [away, second] = placed('key')
    await cache.set('key', 'old', 3_000)
    await settle()
    network.setFault(away!, 'down')
    // Its hints go with the client that made them.
    await client().cache.set('key', 'new', 1)
    await settle()
    clock.advance(5_000)
    network.setFault(away!, undefined)
    network.setFault(second!, 'down')
    expect(await client().cache.get('key')).toBe(undefined)
  })

  it('nor one whose life was made shorter', async () => {
    const { clock, network, client } = simulate(MAJORITY)
    const { cache, placed } = client()
    const [away, second] = placed('key')
    await cache.set('key', 'old', 3_000)
    await settle()
    network.setFault(away!, 'down')
    await client().cache.touch('key', 1)
    await settle()
    clock.advance(5_000)
    network.setFault(away!, undefined)
    network.setFault(second!, 'down')
    expect(await client().cache.get('key')).toBe(undefined)
  })

  it('is forgotten in the end', async () => {
    const { clock, network, client } = simulate()
    const { cache, placed } = client()
    await cache.set('key', 'value', 1)
    clock.advance(40_000)
    expect(network.execute(placed('key')[0]!, ['EXISTS', 'test:key'])).toBe(1)
    clock.advance(40_000)
    expect(network.execute(placed('key')[0]!, ['EXISTS', 'test:key'])).toBe(0)
  })

  it('what is loaded where nothing was known takes no room beyond its life', async () => {
    const { clock, network, client } = simulate()
    const { cache, placed } = client()
    await cache.getOrSet('key', () => 'value', { ttl: 1 })
    clock.advance(1_000)
    expect(network.execute(placed('key')[0]!, ['EXISTS', 'test:key'])).toBe(0)
  })

  it('a value can be touched as often as one likes, and none of it buries a write that comes meanwhile', async () => {
    const { clock, network, client } = simulate({ replicationFactor: 3, readQuorum: 1, writeQuorum: 3 })
    const [one, other] = [client().cache, client().cache]
    await one.set('key', 'old', 1_000)
    clock.advance(120_000)
    for (let touch = 0; touch < 255; touch++) await one.touch('key', 1_000)
    let raced: Promise<unknown> | undefined
    network.onCommand = (_node, name) => {
      if (name === 'EVALSHA' && raced === undefined) raced = other.set('key', 'new', 100)
    }
    expect(await one.touch('key', 1_000)).toBe(true)
    await raced
    await settle()
    expect(await one.get('key')).toBe('new')
  })
})
