import { CacheConfigError, CacheLoadError, CacheQuorumError } from '@mtaio/exceptions'
import { describe, expect, it } from 'vitest'
import { NODES, settle, simulate } from '../../test-support/simulated-clients.js'
import type { DistributedView } from './distributed-view.js'

type View = DistributedView<unknown>

/** Every call that goes to the nodes, under the options of a view. */
const CALLS: Record<string, (cache: View) => Promise<unknown>> = {
  get: (cache) => cache.get('key'),
  getOrThrow: (cache) => cache.getOrThrow('key'),
  getEntry: (cache) => cache.getEntry('key'),
  has: (cache) => cache.has('key'),
  peek: (cache) => cache.peek('key'),
  set: (cache) => cache.set('key', 1),
  delete: (cache) => cache.delete('key'),
  touch: (cache) => cache.touch('key'),
  ttl: (cache) => cache.ttl('key'),
  getMany: (cache) => cache.getMany(['key', 'other']),
  setMany: (cache) => cache.setMany({ key: 1, other: 2 }),
  deleteMany: (cache) => cache.deleteMany(['key', 'other']),
  clear: (cache) => cache.clear(),
  deleteByTag: (cache) => cache.deleteByTag('tag'),
  getOrSet: (cache) => cache.getOrSet('key', () => 1),
  getOrSetMany: (cache) => cache.getOrSetMany(['key'], () => new Map([['key', 1]])),
  items: (cache) => cache.items().next(),
  transaction: (cache) => cache.transaction((txn) => txn.set('key', 1)),
  start: (cache) => cache.start(),
}

/** A signal that counts its listeners. */
function counting() {
  const controller = new AbortController()
  const { signal } = controller
  let listeners = 0
  const { addEventListener, removeEventListener } = signal
  signal.addEventListener = (...args: unknown[]) => {
    listeners++
    Reflect.apply(addEventListener, signal, args)
  }
  signal.removeEventListener = (...args: unknown[]) => {
    listeners--
    Reflect.apply(removeEventListener, signal, args)
  }
  return { controller, signal, listeners: () => listeners }
}

describe.each(Object.entries(CALLS))('%s under options of its own', (_name, call) => {
  it('ends at once with the reason of a signal that aborts, whatever the nodes do', async () => {
    const { network, client } = simulate()
    for (const node of NODES) network.setFault(node, 'silent')
    const { signal, controller } = counting()
    const outcome = call(client().cache.with({ signal })).catch((reason: unknown) => reason)
    await settle()
    const reason = new Error('left')
    controller.abort(reason)
    expect(await outcome).toBe(reason)
  })

  it('does not begin under a signal that has aborted', async () => {
    const { network, client } = simulate()
    const reason = new Error('left before')
    await expect(call(client().cache.with({ signal: AbortSignal.abort(reason) }))).rejects.toBe(reason)
    expect(network.log).toEqual([])
  })

  it('leaves no listener on its signal', async () => {
    const { client } = simulate()
    const { cache } = client()
    await cache.set('key', 1)
    const { signal, listeners } = counting()
    await call(cache.with({ signal }))
    expect(listeners()).toBe(0)
  })

  it('ends within its time, though nobody answers', async () => {
    const { clock, network, client } = simulate()
    for (const node of NODES) network.setFault(node, 'silent')
    let endedAt: number | undefined
    const outcome = call(client().cache.with({ timeout: '300ms' })).catch((reason: unknown) => reason)
    void outcome.then(() => {
      endedAt = clock.now()
    })
    for (let step = 0; step < 400; step++) {
      await settle()
      clock.advance(1)
    }
    expect(endedAt).toBeLessThanOrEqual(320)
    expect(await outcome).toBeInstanceOf(Error)
  })
})

describe('with', () => {
  it('shares loads, statistics and listeners, and disposing of it closes nothing', async () => {
    const { client } = simulate()
    const { cache } = client()
    const seen: string[] = []
    cache.on('hit', (key) => seen.push(key))
    let loads = 0
    const load = async () => ++loads
    const view = cache.with({ consistency: 'quorum' })
    expect(await Promise.all([cache.getOrSet('key', load), view.getOrSet('key', load)])).toEqual([1, 1])
    await view.get('key')
    expect(seen).toEqual(['key'])
    expect(cache.getStats().hits).toBe(1)
    await view[Symbol.asyncDispose]()
    expect(await cache.get('key')).toBe(1)
  })

  it('takes over what it is not given, and says what is out of contract', async () => {
    const { network, client } = simulate()
    const { cache } = client()
    for (const node of NODES) network.setFault(node, 'down')
    const view = cache.with({ consistency: 'all' }).with({ timeout: 1 })
    await expect(view.get('key')).rejects.toThrow(CacheQuorumError)
    for (const bad of [
      { signal: 'no' },
      { timeout: 0 },
      { timeout: Infinity },
      { consistency: 'most' },
      { unknown: 1 },
    ] as never[]) {
      expect(() => cache.with(bad)).toThrow(CacheConfigError)
    }
  })

  it('gives a load what is left of its time', async () => {
    const { clock, client } = simulate()
    const outcome = client()
      .cache.with({ timeout: '50ms' })
      .getOrSet('key', () => new Promise(() => undefined))
      .catch((reason: unknown) => reason)
    await settle()
    clock.advance(60)
    expect(await outcome).toBeInstanceOf(CacheLoadError)
  })
})

describe('consistency of single calls', () => {
  const three = { replicationFactor: 3, readQuorum: 1, writeQuorum: 1 }

  it("'all' reads and writes every replica, or fails", async () => {
    const { network, client } = simulate(three)
    const { cache, placed } = client()
    await cache.with({ consistency: 'all' }).set('key', 'value')
    for (const node of NODES) expect(network.execute(node, ['EXISTS', 'test:key'])).toBe(1)
    network.setFault(placed('key')[2]!, 'down')
    await expect(cache.with({ consistency: 'all' }).set('key', 'other')).rejects.toMatchObject({
      required: 3,
    })
    await expect(cache.with({ consistency: 'all' }).get('key')).rejects.toThrow(CacheQuorumError)
  })

  it("'quorum' meets what 'quorum' wrote, though other replicas hold something older", async () => {
    const { network, client } = simulate(three)
    const { cache, placed } = client()
    const [first] = placed('key')
    await cache.with({ consistency: 'all' }).set('key', 'old')
    network.setFault(first!, 'down')
    await client().cache.with({ consistency: 'quorum' }).set('key', 'new')
    network.setFault(first!, undefined)
    expect(await cache.with({ consistency: 'one' }).get('key')).toBe('old')
    expect(await client().cache.with({ consistency: 'quorum' }).get('key')).toBe('new')
  })

  it("'quorum' refuses what a sloppy cache would let pass", async () => {
    const { network, client } = simulate(three)
    const { cache, placed } = client()
    for (const node of placed('key').slice(1)) network.setFault(node, 'down')
    await cache.set('key', 'value')
    await expect(cache.with({ consistency: 'quorum' }).set('key', 'other')).rejects.toThrow(CacheQuorumError)
    await expect(cache.with({ consistency: 'quorum' }).get('key')).rejects.toThrow(CacheQuorumError)
  })

  it("'one' answers where a strict quorum cannot be had", async () => {
    const { network, client } = simulate({ ...three, readQuorum: 2, writeQuorum: 2, quorum: 'strict' })
    const { cache, placed } = client()
    await cache.set('key', 'value')
    for (const node of placed('key').slice(1)) network.setFault(node, 'down')
    await expect(cache.get('key')).rejects.toThrow(CacheQuorumError)
    expect(await cache.with({ consistency: 'one' }).get('key')).toBe('value')
  })
})

describe('getEntry', () => {
  it('answers value, version, life, tags and who said so', async () => {
    const { client } = simulate({ replicationFactor: 3, readQuorum: 2 })
    const { cache, placed } = client()
    await cache.set('key', 'one', { ttl: '10s', tags: ['tag'] })
    const one = await cache.getEntry('key')
    expect(one).toMatchObject({ value: 'one', ttl: 10, tags: ['tag'], quorum: 'met' })
    expect(one.replicas).toEqual(placed('key').slice(0, 2))
    await cache.set('key', 'two', Infinity)
    const two = await cache.getEntry('key')
    expect(two).toMatchObject({ value: 'two', ttl: Infinity, expiresAt: Infinity, tags: [] })
    expect(two.version! > one.version!).toBe(true)
    expect((await cache.getEntry('key')).version).toBe(two.version)
  })

  it('says that a quorum was not met, for what is absent, too', async () => {
    const { network, client, degraded } = simulate({ replicationFactor: 3, readQuorum: 2 })
    const { cache, placed } = client()
    await cache.set('key', 'value')
    const [first, ...others] = placed('key')
    for (const node of others) network.setFault(node, 'down')
    expect(await cache.getEntry('key')).toMatchObject({ value: 'value', quorum: 'degraded', replicas: [first] })
    expect(await cache.getEntry('absent')).toMatchObject({
      value: undefined,
      version: undefined,
      ttl: undefined,
      quorum: 'degraded',
    })
    expect(degraded).toContain('read key')
  })

  it('counts stand-ins for the answer, but not for the quorum', async () => {
    const { network, client } = simulate({ replicationFactor: 2, readQuorum: 2 })
    const { cache, placed } = client()
    network.setFault(placed('key')[1]!, 'down')
    for (let failure = 0; failure < 3; failure++) await cache.set('key', 'value')
    const entry = await cache.getEntry('key')
    expect(entry).toMatchObject({ value: 'value', quorum: 'degraded' })
    expect(entry.replicas).toEqual([placed('key')[0], placed('key')[2]])
  })
})
