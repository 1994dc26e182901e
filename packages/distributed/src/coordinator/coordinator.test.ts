import { CacheConnectionError, CacheQuorumError } from '@mtaio/exceptions'
import { describe, expect, it } from 'vitest'
import { NODES, settle, simulate } from '../../test-support/simulated-clients.js'
import { timeOf } from '../record/version.js'
import { ReplyError } from '../resp/reply.js'
import { tagRegister } from './register.js'

describe('what was invalidated stays away', () => {
  it('a tagged record is not repaired onto a node that has lost the register which killed it', async () => {
    const { network, client } = simulate()
    const { cache, placed } = client()
    await cache.set('key', 'old', { tags: ['tag'] })
    await cache.deleteByTag('tag')
    network.restart(placed('key')[0]!)
    for (let read = 0; read < 3; read++) {
      expect(await cache.get('key'), `read ${read}`).toBe(undefined)
      await settle()
    }
  })

  it('a read gives a node that was restarted the tag registers back', async () => {
    const { network, client } = simulate()
    const { cache, placed } = client()
    await cache.set('key', 'old', { tags: ['tag'] })
    await cache.deleteByTag('tag')
    network.restart(placed('key')[0]!)
    await cache.get('key')
    await settle()
    expect(network.execute(placed('key')[0]!, ['EXISTS', tagRegister('test', 'tag')])).toBe(1)
  })

  it('an old record is not believed beside a node that shows nothing, as long as another has not been asked', async () => {
    const { network, client } = simulate({ replicationFactor: 3, readQuorum: 2, writeQuorum: 2, quorum: 'strict' })
    const { cache, placed } = client()
    const [first, second] = placed('key')
    await cache.set('key', 'old')
    await settle()
    network.setFault(second!, 'down')
    await cache.set('key', 'new')
    await settle()
    network.setFault(second!, undefined)
    network.restart(first!)
    expect(await cache.get('key')).toBe('new')
  })

  it('a value that a shorter-lived one replaced does not come back when that one has expired', async () => {
    const { clock, network, client } = simulate({ replicationFactor: 3, readQuorum: 2, writeQuorum: 2 })
    const { cache, placed } = client()
    await cache.set('key', 'old', 3000)
    await settle()
    const [away] = placed('key')
    network.setFault(away!, 'down')
    for (let failure = 0; failure < 3; failure++) await cache.set('key', 'new', 1)
    clock.advance(5000)
    network.setFault(away!, undefined)
    clock.advance(20_000)
    await settle()
    network.setFault(placed('key')[1]!, 'down')
    expect(await cache.get('key')).toBe(undefined)
  })
})

describe('clocks that disagree', () => {
  it('a value is cached after a clear by a client whose clock is ahead', async () => {
    const { client } = simulate()
    const ahead = client({ skew: 60_000 }).cache
    const behind = client().cache
    await ahead.clear()
    await behind.getOrSet('key', () => 'loaded')
    expect(await behind.get('key')).toBe('loaded')
  })

  it('a value with a tag is cached, at the second load at the latest, after such a client invalidated the tag', async () => {
    const { client } = simulate()
    const ahead = client({ skew: 60_000 }).cache
    const behind = client().cache
    await ahead.deleteByTag('tag')
    for (let load = 0; load < 2; load++) await behind.getOrSet('key', () => 'loaded', { tags: ['tag'] })
    expect(await behind.peek('key')).toBe('loaded')
  })

  it('a clear takes along what a client wrote whose clock is ahead', async () => {
    const { clock, client } = simulate()
    const ahead = client({ skew: 20_000 }).cache
    const behind = client({ skew: -20_000 }).cache
    for (let round = 0; round < 3; round++) {
      await ahead.set('key', 'value', { tags: ['tag'] })
      if (round === 1) await behind.deleteByTag('tag')
      else await behind.clear()
      expect(await ahead.get('key'), `round ${round}`).toBe(undefined)
      clock.advance(10)
    }
  })

  it('a thousand clears in a row do not drag clocks out of their bounds', async () => {
    const { clock, client } = simulate()
    const { cache, cluster } = client()
    for (let round = 0; round < 1000; round++) await cache.clear()
    const drawn = timeOf(cluster.parts.versions.next())
    expect(drawn - cluster.parts.wallNow()).toBeLessThan(700_000)
    await cache.set('key', 'value')
    expect(await client({ skew: -1000 }).cache.get('key')).toBe('value')
    expect(clock.now()).toBe(0)
  })

  it('a transaction that only writes is not lost under a newer clear or tag', async () => {
    const { client } = simulate()
    const ahead = client({ skew: 60_000 }).cache
    for (const kill of [() => ahead.clear(), () => ahead.deleteByTag('tag')]) {
      await kill()
      const behind = client().cache
      await behind.transaction((txn) => txn.set('key', 'written', { tags: ['tag'] }))
      expect(await behind.get('key')).toBe('written')
    }
  })
})

describe('nodes that say nothing', () => {
  it('are not waited for by a sloppy write: a stand-in is asked while there is time', async () => {
    const { clock, network, client } = simulate()
    const { cache, placed } = client()
    network.setFault(placed('key')[0]!, 'silent')
    let done = false
    cache.set('key', 'value').then(() => {
      done = true
    })
    await settle()
    clock.advance(1999)
    await settle()
    expect(done).toBe(true)
    expect(network.execute(placed('key')[2]!, ['EXISTS', 'test:key'])).toBe(1)
  })

  it('do not make sound nodes look down', async () => {
    const { clock, network, client, events } = simulate()
    const { cache, placed } = client()
    const keys = Array.from({ length: 300 }, (_, number) => `key${number}`).filter((key) => placed(key)[0] === 'a:1')
    network.setFault('a:1', 'silent')
    const writes = keys.map((key) => cache.set(key, 'value').catch(() => undefined))
    await settle()
    for (let step = 0; step < 20; step++) {
      clock.advance(150)
      await settle()
    }
    await Promise.all(writes)
    expect(events).toEqual(['a:1 down'])
  })

  it('are still told when they are back, though the write did not wait for them', async () => {
    const { clock, network, client } = simulate()
    const { cache, placed } = client()
    const [first] = placed('key')
    network.setFault(first!, 'silent')
    const writes = [1, 2, 3, 4].map((value) => cache.set('key', value))
    for (let step = 0; step < 30; step++) {
      clock.advance(100)
      await settle()
    }
    await Promise.all(writes)
    network.setFault(first!, undefined)
    for (let step = 0; step < 30; step++) {
      clock.advance(1000)
      await settle()
    }
    expect(network.execute(first!, ['EXISTS', 'test:key'])).toBe(1)
  })
})

describe('nodes that answer with an error', () => {
  it('are there: a value that they refuse opens no circuit', async () => {
    const { network, client, events } = simulate()
    const { cache } = client()
    network.answer = (_node, name) => (name === 'EVALSHA' ? new ReplyError('ERR value too large') : undefined)
    for (let write = 0; write < 5; write++) {
      await expect(cache.set('key', 'value')).rejects.toThrow(/value too large/)
    }
    expect(events).toEqual([])
    network.answer = (_node, name) => (name === 'MGET' ? new ReplyError('LOADING the dataset') : undefined)
    for (let read = 0; read < 5; read++) await expect(cache.get('key')).rejects.toThrow(CacheConnectionError)
    expect(events).toHaveLength(3)
  })
})

describe('transactions', () => {
  it('are refused before anything is applied when a strict quorum cannot be had', async () => {
    const { network, client } = simulate({ replicationFactor: 3, readQuorum: 2, writeQuorum: 2, quorum: 'strict' })
    const { cache, placed } = client()
    const [, second, third] = placed('key')
    for (const node of [second!, third!]) network.setFault(node, 'down')
    for (let failure = 0; failure < 4; failure++) await cache.set('key', 'x').catch(() => undefined)
    for (const node of NODES) network.restart(node)
    await expect(cache.transaction((txn) => txn.set('key', 'y'))).rejects.toThrow(CacheQuorumError)
    expect(network.execute(placed('key')[0]!, ['EXISTS', 'test:key'])).toBe(0)
  })

  it('become visible on each replica at once', async () => {
    const { network, client } = simulate({ replicationFactor: 3, readQuorum: 1, writeQuorum: 3 })
    const { cache, placed } = client()
    await cache.setMany({ '{t}a': 1, '{t}b': 1 })
    const torn: string[] = []
    network.onCommand = () => {
      for (const node of NODES) {
        // The value, a small number, is the last byte before the checksum.
        const values = ['test:{t}a', 'test:{t}b'].map((key) =>
          (network.execute(node, ['GET', key]) as Uint8Array).at(-5),
        )
        if (values[0] !== values[1]) torn.push(node)
      }
    }
    await cache.transaction((txn) => txn.setMany({ '{t}a': 2, '{t}b': 2 }))
    await cache.transaction((txn) => txn.setMany({ '{t}a': 3, '{t}b': 3 }))
    expect(torn).toEqual([])
    expect(placed('{t}a')).toHaveLength(3)
  })
})

describe('calls that go on with fewer nodes than their quorum', () => {
  it('are counted and told of', async () => {
    const { network, client, degraded } = simulate({ replicationFactor: 3, readQuorum: 2, writeQuorum: 2 })
    const { cache, cluster } = client()
    await cache.set('key', 'value')
    expect(degraded).toEqual([])
    for (const node of NODES.slice(1)) network.setFault(node, 'down')
    await cache.set('key', 'other')
    expect(await cache.get('key')).toBe('other')
    await cache.clear()
    expect(new Set(degraded)).toEqual(new Set(['write key', 'read key', 'write undefined']))
    expect(cluster.counts.degraded).toBe(degraded.length)
  })
})

describe('deleting', () => {
  it('removes what cannot be decoded, whoever wrote it', async () => {
    const { network, client } = simulate()
    const { cache } = client()
    for (const node of NODES) network.execute(node, ['SET', 'test:key', 'somebody else'])
    expect(await cache.delete('key')).toBe(true)
    expect(await cache.get('key')).toBe(undefined)
  })
})

describe('closing', () => {
  it('does not report nodes as down', async () => {
    const { clock, network, client, events } = simulate()
    const { cache, cluster } = client()
    const calls = Array.from({ length: 10 }, (_, number) => cache.get(`key${number}`).catch(() => undefined))
    const closed = cluster.close()
    // It looks now and then whether calls have ended.
    for (let step = 0; step < 10; step++) {
      await settle(100)
      clock.advance(10)
    }
    await closed
    await Promise.all(calls)
    expect(network.log.length).toBeGreaterThan(0)
    expect(events).toEqual([])
  })
})
