import { CacheQuorumError } from '@mtaio/exceptions'
import { describe, expect, it } from 'vitest'
import { settle, simulate } from '../../test-support/simulated-clients.js'
import type { SimulatedNetwork } from '../testing/simulated-network.js'

const linearizable = { replicationFactor: 3, consistency: 'linearizable' } as const

/** A network on which a write has reached one replica only, and who holds what. */
async function torn() {
  const world = simulate(linearizable)
  const { cache, placed } = world.client()
  const [first, second, third] = placed('key') as [string, string, string]
  await cache.set('key', 'old')
  await settle()
  await reachingOneOnly(world.network, first, 1, world.client().cache.set('key', 'new'))
  const bytes = (node: string) => Buffer.from(world.network.execute(node, ['GET', 'test:key']) as Uint8Array)
  return { ...world, first, second, third, bytes }
}

/** A write whose `nth` round of stores only one node hears of. */
async function reachingOneOnly(network: SimulatedNetwork, one: string, nth: number, write: Promise<unknown>) {
  const stores = new Map<string, number>()
  network.onCommand = (node, name) => {
    if (name !== 'EVALSHA') return
    const count = (stores.get(node) ?? 0) + 1
    stores.set(node, count)
    if (node !== one && count >= nth) network.setFault(node, 'down')
  }
  await write.catch(() => undefined)
  network.onCommand = undefined
  for (const node of stores.keys()) network.setFault(node, undefined)
}

describe('consistency: linearizable', () => {
  it('asks majorities, strictly', async () => {
    const { network, client } = simulate(linearizable)
    const { cache, placed } = client()
    for (const node of placed('key').slice(1)) network.setFault(node, 'down')
    await expect(cache.set('key', 'value')).rejects.toThrow(CacheQuorumError)
    await expect(cache.get('key')).rejects.toThrow(CacheQuorumError)
  })

  it('a read that saw replicas disagree answers when a majority holds what it answers', async () => {
    const { client, first, second, bytes } = await torn()
    expect(bytes(first).equals(bytes(second))).toBe(false)
    expect(await client().cache.get('key')).toBe('new')
    // No turn of the event loop later: it was waited for.
    expect(bytes(second).equals(bytes(first))).toBe(true)
  })

  it('what one read has answered no later read takes back, whichever replicas answer it', async () => {
    const { network, client, first } = await torn()
    expect(await client().cache.get('key')).toBe('new')
    network.setFault(first, 'down')
    expect(await client().cache.get('key')).toBe('new')
  })

  it('does not answer what it cannot make a majority hold', async () => {
    const { network, client, second, third } = await torn()
    network.onCommand = (node, name) => {
      if (name === 'EVALSHA' && node !== second) network.setFault(node, 'down')
    }
    network.setFault(third, 'down')
    await expect(client().cache.get('key')).rejects.toThrow()
  })

  it('a read that met a clear on one node makes a majority hold that, too', async () => {
    const { network, client } = simulate(linearizable)
    const { cache, placed } = client()
    const [first] = placed('key') as [string, string, string]
    await cache.set('key', 'value')
    await settle()
    // The first round tells how new the register is, the second one is the register.
    await reachingOneOnly(network, first, 2, client().cache.clear())
    expect(await client().cache.get('key')).toBe(undefined)
    network.setFault(first, 'down')
    expect(await client().cache.get('key')).toBe(undefined)
  })

  it('costs nothing more where replicas agree', async () => {
    const { network, client } = simulate(linearizable)
    const { cache } = client()
    await cache.set('key', 'value')
    await settle()
    network.log.length = 0
    await cache.get('key')
    expect(network.log.map((line) => line.split(' ')[1])).toEqual(['MGET', 'MGET'])
  })
})
