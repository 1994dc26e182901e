/** What inspect says of a key is what a reader of the same nodes is told. */
import { CacheConnectionError, CacheKeyError } from '@mtaio/exceptions'
import { describe, expect, it } from 'vitest'
import { NODES, simulate } from '../../test-support/simulated-clients.js'

type Cache = ReturnType<ReturnType<typeof simulate>['client']>['cache']

describe('inspect of a cache over nodes', () => {
  const stage = () => {
    const { clock, network, client } = simulate({ replicationFactor: 2 })
    const { cache, placed } = client()
    return { cache, clock, network, placed }
  }

  it('tells of a live key: where, since when, for how long, by each node', async () => {
    const { cache, clock, placed } = stage()
    await cache.set('user:1', 'Ada', { ttl: 60, tags: ['t'] })
    clock.advance(10_000)
    const { replicas, ...said } = await cache.inspect('user:1')
    expect(said).toMatchObject({ key: 'user:1', state: 'live', tier: 'nodes', tags: ['t'], isLoading: false })
    expect(said).toMatchObject({ removal: undefined, failure: undefined, weight: undefined })
    expect([said.ttl, said.age]).toEqual([50, 10])
    const { version } = await cache.getEntry('user:1')
    expect(
      replicas.map(({ node, place, verdict, version, isBehind }) => [node, place, verdict, version, isBehind]),
    ).toEqual([
      [placed('user:1')[0], 'replica', 'live', version, false],
      [placed('user:1')[1], 'replica', 'live', version, false],
      [placed('user:1')[2], 'stand-in', 'absent', undefined, true],
    ])
    await cache.resetStats()
    await cache.inspect('user:1')
    expect(cache.getStats()).toMatchObject({ hits: 0, misses: 0 })
  })

  it.each<[string, (cache: Cache) => Promise<unknown>, object, string | undefined]>([
    [
      'delete',
      (cache) => cache.delete('user:1'),
      { state: 'absent', removal: { cause: 'deleted', by: undefined } },
      undefined,
    ],
    ['clear', (cache) => cache.clear(), { state: 'absent', removal: { cause: 'cleared', by: undefined } }, undefined],
    [
      'a tag',
      (cache) => cache.deleteByTag('t'),
      { state: 'absent', removal: { cause: 'deleted', by: { tag: 't' } } },
      undefined,
    ],
    [
      'a tag expired',
      (cache) => cache.expireByTag('t'),
      { state: 'stale', removal: { cause: 'expired', by: { tag: 't' } } },
      undefined,
    ],
    [
      'its prefix',
      (cache) => cache.deleteByPrefix('user:'),
      { state: 'absent', removal: { cause: 'deleted', by: { prefix: 'user:' } } },
      undefined,
    ],
    ['another prefix', (cache) => cache.deleteByPrefix('order:'), { state: 'live' }, 'Ada'],
    ['another tag', (cache) => cache.deleteByTag('other'), { state: 'live' }, 'Ada'],
  ])('names what removed it: %s', async (_what, remove, says, read) => {
    const { cache } = stage()
    await cache.set('user:1', 'Ada', { ttl: 60, tags: ['t'] })
    await remove(cache)
    expect(await cache.inspect('user:1')).toMatchObject(says)
    expect(await cache.get('user:1')).toBe(read)
  })

  it('says which node does not answer, and fails where none does', async () => {
    const { cache, network, placed } = stage()
    await cache.set('user:1', 'Ada')
    const [first] = placed('user:1')
    network.setFault(first!, 'down')
    const { state, replicas } = await cache.inspect('user:1')
    expect(state).toBe('live')
    expect(replicas.map(({ verdict }) => verdict)).toEqual(['unreachable', 'live', 'absent'])
    expect(replicas[0]!.error).toBeInstanceOf(CacheConnectionError)
    for (const node of NODES) network.setFault(node, 'down')
    await expect(cache.inspect('user:1')).rejects.toThrow(CacheConnectionError)
    await expect(cache.inspect('')).rejects.toThrow(CacheKeyError)
  })

  it('tells of a load under way and of a failure that is remembered', async () => {
    const { cache } = stage()
    let answer!: (value: string) => void
    const loading = cache.getOrSet('k', () => new Promise<string>((resolve) => (answer = resolve)))
    await expect.poll(async () => (await cache.inspect('k')).isLoading).toBe(true)
    answer('v')
    await loading
    const down = new Error('down')
    await expect(cache.getOrSet('bad', () => Promise.reject(down), { negativeTtl: 5 })).rejects.toBe(down)
    expect(await cache.inspect('bad')).toMatchObject({ state: 'absent', isLoading: false, failure: { error: down } })
  })
})
