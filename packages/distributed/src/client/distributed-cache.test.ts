import {
  CacheConnectionError,
  CacheKeyError,
  CacheQuorumError,
  CacheSerializationError,
  CacheTransactionError,
  CacheValueError,
} from '@mtaio/exceptions'
import { describe, expect, it } from 'vitest'
import { NODES, settle, simulate as setUp } from '../../test-support/simulated-clients.js'

describe('reading', () => {
  it('looks at the other replicas before it calls a key absent, and repairs the one that was empty', async () => {
    const { network, client } = setUp()
    const { cache, cluster, placed } = client()
    await cache.set('key', 'value')
    const [first] = placed('key')
    network.restart(first!)
    expect(await cache.get('key')).toBe('value')
    await settle()
    expect(cluster.counts.repairs).toBe(1)
    network.setFault(placed('key')[1]!, 'down')
    expect(await cache.get('key')).toBe('value')
  })

  it('takes the newest of the versions that a read quorum shows, and repairs the older one', async () => {
    const { network, client } = setUp({ replicationFactor: 3, readQuorum: 2, writeQuorum: 2 })
    const { cache, placed } = client()
    await cache.set('key', 'old')
    await settle()
    const [first] = placed('key')
    network.setFault(first!, 'down')
    await client().cache.set('key', 'new')
    network.setFault(first!, undefined)
    expect(await cache.get('key')).toBe('new')
    await settle()
    network.setFault(placed('key')[1]!, 'down')
    network.setFault(placed('key')[2]!, 'down')
    expect(await cache.get('key')).toBe('new')
  })

  it('keeps the remaining life on the copies that it repairs', async () => {
    const { clock, network, client } = setUp()
    const { cache, placed } = client()
    await cache.set('key', 'value', 100)
    network.restart(placed('key')[0]!)
    clock.advance(40_000)
    await cache.get('key')
    await settle()
    network.setFault(placed('key')[1]!, 'down')
    expect(await cache.ttl('key')).toBe(60)
  })

  it('refuses foreign and damaged bytes by name, unless another replica has sound ones', async () => {
    const { network, client } = setUp()
    const { cache, placed } = client()
    await cache.set('key', 'value')
    const [first, second] = placed('key')
    network.execute(first!, ['SET', 'test:key', 'somebody else'])
    expect(await cache.get('key')).toBe('value')
    const bytes = network.execute(second!, ['GET', 'test:key']) as Uint8Array
    for (const damaged of [
      bytes.slice(0, -3),
      bytes.map((byte, i) => (i === 26 ? byte ^ 1 : byte)),
      new TextEncoder().encode('text'),
    ]) {
      for (const node of NODES) network.execute(node, ['SET', 'test:key', damaged])
      const error = await cache.get('key').catch((reason: unknown) => reason)
      expect(error).toBeInstanceOf(CacheSerializationError)
      expect(error).toMatchObject({ key: 'key' })
    }
    await cache.set('key', 'healed')
    expect(await cache.get('key')).toBe('healed')
  })
})

describe('writing', () => {
  it('moves past a newer version, so that a later write wins though its clock is behind', async () => {
    const { client } = setUp()
    const ahead = client({ skew: 60_000 }).cache
    const behind = client({ skew: -60_000 }).cache
    await ahead.set('key', 'first')
    await behind.set('key', 'second')
    expect(await ahead.get('key')).toBe('second')
    await behind.delete('key')
    expect(await ahead.get('key')).toBe(undefined)
    await ahead.clear()
    await behind.set('key', 'third')
    expect(await ahead.get('key')).toBe('third')
    await ahead.deleteByTag('tag')
    await behind.set('key', 'fourth', { tags: ['tag'] })
    expect(await ahead.get('key')).toBe('fourth')
  })

  it('does not let a node that was away bring back what was deleted or cleared', async () => {
    for (const remove of ['delete', 'clear'] as const) {
      const { network, client } = setUp({ replicationFactor: 3, readQuorum: 2, writeQuorum: 2 })
      const { cache, placed } = client()
      await cache.set('key', 'value')
      await settle()
      const [away] = placed('key')
      network.setFault(away!, 'down')
      if (remove === 'delete') await cache.delete('key')
      else await cache.clear()
      network.setFault(away!, undefined)
      expect(await cache.get('key'), remove).toBe(undefined)
    }
  })

  it('touch is older than any write that comes meanwhile', async () => {
    const { network, client } = setUp({ replicationFactor: 3, readQuorum: 1, writeQuorum: 3 })
    const one = client().cache
    const other = client().cache
    await one.set('key', 'old', 100)
    let raced: Promise<unknown> | undefined
    network.onCommand = (_node, name) => {
      if (name === 'EVALSHA' && raced === undefined) raced = other.set('key', 'new', 100)
    }
    await one.touch('key', 500)
    await raced
    expect(await one.get('key')).toBe('new')
  })

  it('a fill that was overtaken on the nodes by another client is not cached', async () => {
    const { client } = setUp()
    const one = client({ skew: 30_000 }).cache
    const other = client({ skew: -30_000 }).cache
    for (const change of [() => other.delete('key'), () => other.clear(), () => other.set('key', 'theirs')]) {
      await one.delete('key')
      const value = await one.getOrSet('key', async () => {
        await change()
        return 'stale'
      })
      expect(value).toBe('stale')
      expect(await one.get('key')).not.toBe('stale')
    }
    const value = await one.getOrSet('tagged', async ({ setTags }) => {
      setTags(['tag'])
      await other.deleteByTag('tag')
      return 'stale'
    })
    expect(value).toBe('stale')
    expect(await one.get('tagged')).toBe(undefined)
  })
})

describe('nodes that fail', () => {
  it('a sloppy write goes to a stand-in, and the node is told what it missed before it counts as up', async () => {
    const { clock, network, client, events } = setUp()
    const { cache, cluster, placed } = client()
    const [first, , third] = placed('key')
    network.setFault(first!, 'down')
    for (let number = 0; number < 3; number++) await cache.set('key', number)
    expect(events).toEqual([`${first} down`])
    expect(network.execute(third!, ['EXISTS', 'test:key'])).toBe(1)
    expect(cluster.hints.size).toBe(1)
    network.setFault(first!, undefined)
    network.restart(first!)
    expect(network.execute(first!, ['EXISTS', 'test:key'])).toBe(0)
    for (let second = 0; second < 20; second++) {
      clock.advance(1000)
      await settle()
    }
    expect(events).toEqual([`${first} down`, `${first} up`])
    expect(network.execute(first!, ['EXISTS', 'test:key'])).toBe(1)
    expect(cluster.counts.hintsReplayed).toBe(1)
    network.setFault(placed('key')[1]!, 'down')
    network.setFault(third!, 'down')
    expect(await cache.get('key')).toBe(2)
  })

  it('a strict quorum that cannot be had is a CacheQuorumError with the facts, at once', async () => {
    const { network, client, clock } = setUp({ replicationFactor: 3, readQuorum: 2, writeQuorum: 2, quorum: 'strict' })
    const { cache, placed } = client()
    await cache.set('key', 'value')
    const [, second, third] = placed('key')
    network.setFault(second!, 'down')
    expect(await cache.get('key')).toBe('value')
    await cache.set('key', 'other')
    network.setFault(third!, 'down')
    const before = clock.now()
    const write = await cache.set('key', 'x').catch((error: unknown) => error)
    expect(write).toBeInstanceOf(CacheQuorumError)
    expect(write).toMatchObject({ required: 2, key: 'key' })
    expect((write as CacheQuorumError).acknowledged).toBeLessThan(2)
    expect([...(write as CacheQuorumError).causes.keys()].sort()).toEqual([second, third].sort())
    await expect(cache.get('key')).rejects.toThrow(CacheQuorumError)
    expect(clock.now()).toBe(before)
  })

  it('with nobody in reach every call fails within its budget, and says who was asked', async () => {
    for (const fault of ['down', 'silent'] as const) {
      const { network, client, clock } = setUp()
      const { cache } = client()
      for (const node of NODES) network.setFault(node, fault)
      for (const call of [
        () => cache.get('key'),
        () => cache.set('key', 1),
        () => cache.delete('key'),
        () => cache.touch('key'),
        () => cache.clear(),
        () => cache.getOrSet('key', () => 1),
        () => cache.start(),
      ]) {
        let error: unknown
        call().catch((reason: unknown) => {
          error = reason
        })
        await settle()
        if (fault === 'silent') {
          clock.advance(1999)
          await settle()
          expect(error).toBe(undefined)
          clock.advance(1)
          await settle()
        }
        expect(error).toBeInstanceOf(CacheConnectionError)
        expect((error as CacheConnectionError).causes.size).toBeGreaterThan(0)
      }
    }
  })

  it('a read does not wait for a node that says nothing', async () => {
    const { network, client, clock } = setUp()
    const { cache, placed } = client()
    await cache.set('key', 'value')
    network.setFault(placed('key')[0]!, 'silent')
    let value: unknown
    cache.get('key').then((found) => {
      value = found
    })
    await settle()
    clock.advance(250)
    await settle()
    expect(value).toBe('value')
  })

  it('a batch says which keys failed and which succeeded', async () => {
    const { network, client } = setUp({ replicationFactor: 1, quorum: 'strict' })
    const { cache, placed } = client()
    const keys = Array.from({ length: 30 }, (_, number) => `key${number}`)
    network.setFault('a:1', 'down')
    const error = await cache.setMany(keys.map((key) => [key, 1] as const)).catch((reason: unknown) => reason)
    const lost = keys.filter((key) => placed(key)[0] === 'a:1')
    expect(error).toMatchObject({ code: 'BATCH', succeeded: keys.filter((key) => !lost.includes(key)) })
    expect([...(error as { failed: Map<string, unknown> }).failed.keys()]).toEqual(lost)
  })
})

describe('transactions over nodes', () => {
  it('need one placement tag', async () => {
    const { cache } = setUp().client()
    const error = await cache.transaction((txn) => txn.setMany({ a: 1, b: 2 })).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(CacheTransactionError)
    expect(error).toMatchObject({ code: 'CROSS_PLACEMENT' })
    await cache.transaction((txn) => txn.setMany({ '{t}a': 1, '{t}b': 2 }))
    expect(await cache.getMany(['{t}a', '{t}b'])).toEqual(
      new Map([
        ['{t}a', 1],
        ['{t}b', 2],
      ]),
    )
  })

  it('conflict with another client, whose clock is behind', async () => {
    const { client } = setUp()
    const one = client({ skew: 30_000 }).cache
    const other = client({ skew: -30_000 }).cache
    await one.set('{t}a', 1)
    const run = one.transaction(async (txn) => {
      const value = (await txn.get('{t}a')) as number
      await other.set('{t}a', 10)
      await txn.set('{t}b', value + 1)
    })
    await expect(run).rejects.toMatchObject({ code: 'CONFLICT', keys: ['{t}a'] })
    expect(await one.has('{t}b')).toBe(false)
  })

  it('say so when the outcome is not known', async () => {
    const { network, client, clock } = setUp()
    const { cache } = client()
    let scripts = 0
    network.onCommand = (_node, name) => {
      // Once a quorum has promised, and is asked to decide.
      if (name === 'EVALSHA' && ++scripts > 3) for (const node of NODES) network.setFault(node, 'mute')
    }
    const outcome = cache.transaction((txn) => txn.set('{t}a', 1)).catch((reason: unknown) => reason)
    await settle()
    clock.advance(2000)
    expect(await outcome).toMatchObject({ code: 'UNKNOWN_OUTCOME' })
  })
})

describe('what comes in', () => {
  it('is refused by name: keys that are too long or not Unicode, values that are too large or cannot travel', async () => {
    const { cache } = setUp().client()
    await expect(cache.set('k'.repeat(65_537), 1)).rejects.toThrow(CacheKeyError)
    await expect(cache.set('\ud800', 1)).rejects.toThrow(CacheKeyError)
    await expect(cache.set('key', 'v'.repeat(2000))).rejects.toThrow(CacheValueError)
    await expect(cache.set('key', () => 1)).rejects.toThrow(CacheSerializationError)
    await expect(cache.set('key', Symbol('s'))).rejects.toThrow(CacheSerializationError)
    await expect(cache.setMany({ good: 1, bad: Symbol('s') })).rejects.toThrow(CacheSerializationError)
    expect(await cache.has('good')).toBe(false)
  })

  it('comes back as it was: text of any kind, bytes, falsy values, nested structures', async () => {
    const { cache } = setUp().client()
    const values = [
      '',
      'é😀',
      '\ud800',
      0,
      Number.NaN,
      false,
      null,
      12n,
      new Uint8Array([1, 2]),
      [undefined, 1],
      new Map([['a', new Set([1])]]),
      { a: { b: new Date(0) } },
    ]
    for (const value of values) {
      await cache.set('key', value)
      expect(await cache.get('key')).toEqual(value)
    }
  })
})
