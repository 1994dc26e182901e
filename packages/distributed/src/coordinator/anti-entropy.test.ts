import { describe, expect, it } from 'vitest'
import { NODES, settle, simulate } from '../../test-support/simulated-clients.js'
import { AntiEntropy, type RepairProgress } from './anti-entropy.js'
import type { Cluster } from './cluster.js'
import { tagRegister } from './register.js'

const RF2 = { replicationFactor: 2 }

function world(quorum = RF2) {
  const { clock, network, client } = simulate(quorum)
  const { cache, cluster, placed } = client()
  const told: RepairProgress[] = []
  const entropy = (over: Cluster, name: string) =>
    new AntiEntropy(over, 'test', name, (progress) => told.push(progress))
  /** Lets time pass until a promise is settled. */
  const through = async <R>(promise: Promise<R>): Promise<R> => {
    let isOver = false
    promise.then(
      () => {
        isOver = true
      },
      () => {
        isOver = true
      },
    )
    for (let step = 0; step < 2000 && !isOver; step++) {
      for (let turn = 0; turn < 100; turn++) await Promise.resolve()
      if (!isOver) clock.advance(10)
    }
    return promise
  }
  const keysOn = (node: string) =>
    (network.execute(node, ['KEYS', 'test:*']) as Uint8Array[]).map((key) => new TextDecoder().decode(key)).sort()
  const bytesOn = (node: string, key: string) => {
    const reply = network.execute(node, ['GET', key])
    return reply instanceof Uint8Array ? Buffer.from(reply).toString('hex') : reply
  }
  return { clock, network, client, cache, cluster, placed, told, entropy, through, keysOn, bytesOn }
}

const KEYS = Array.from({ length: 300 }, (_, number) => `key ${number}`)

describe('AntiEntropy', () => {
  it('rebuilds a node that came back empty, without reads, as it was: bytes, lives, registers', async () => {
    const { network, cache, cluster, entropy, through, keysOn, bytesOn } = world()
    await cache.deleteByTag('dead')
    await cache.clear()
    for (const [i, key] of KEYS.entries()) await cache.set(key, `value of ${key}`, i % 2 === 0 ? '1h' : Infinity)
    await cache.delete(KEYS[0]!)
    const [node] = NODES
    const before = new Map(
      keysOn(node!).map((key) => [key, [bytesOn(node!, key), network.execute(node!, ['PEXPIRETIME', key])]]),
    )
    expect(before.size).toBeGreaterThan(100)
    network.restart(node!)
    await through(entropy(cluster, 'one').returned(node!))
    const after = new Map(
      keysOn(node!).map((key) => [key, [bytesOn(node!, key), network.execute(node!, ['PEXPIRETIME', key])]]),
    )
    expect(after).toEqual(before)
    for (const register of ['!cleared:test', tagRegister('test', 'dead')]) {
      expect(network.execute(node!, ['EXISTS', register]), register).toBe(1)
    }
  })

  it('copies only what is older or missing, and counts it', async () => {
    const { network, client, cache, cluster, placed, entropy, through, bytesOn } = world()
    for (const key of KEYS) await cache.set(key, 'old')
    const stale = KEYS.filter((key) => placed(key)[0] === NODES[0]).slice(0, 20)
    network.setFault(NODES[0]!, 'down')
    // Another client's hints are not this one's.
    const other = client().cache
    for (const key of stale) await other.set(key, 'new')
    network.setFault(NODES[0]!, undefined)
    const report = await through(entropy(cluster, 'one').repair({}))
    expect(report).toMatchObject({ copied: stale.length, failed: 0, missed: 0 })
    expect(report.keys).toBeGreaterThan(KEYS.length)
    for (const key of stale) expect(bytesOn(NODES[0]!, `test:${key}`)).toBe(bytesOn(placed(key)[1]!, `test:${key}`))
    expect(await through(entropy(cluster, 'one').repair({}))).toMatchObject({ copied: 0, bytes: 0 })
  })

  it('removes what stand-ins were left with, once all owners have it', async () => {
    const { network, cache, cluster, placed, entropy, through } = world()
    const [first, , standIn] = placed('key')
    network.setFault(first!, 'down')
    for (let failure = 0; failure < 3; failure++) await cache.set('key', 'value')
    expect(network.execute(standIn!, ['EXISTS', 'test:key'])).toBe(1)
    network.setFault(first!, undefined)
    await through(settle())
    // Not yet back for this client: nothing is removed that an owner may lack.
    const early = await through(entropy(cluster, 'one').repair({}))
    expect(early).toMatchObject({ dropped: 0 })
    expect(early.missed).toBeGreaterThan(0)
    await through(new Promise((resolve) => cluster.parts.clock.setTimer(() => resolve(undefined), 15_000)))
    expect(await through(entropy(cluster, 'one').repair({}))).toMatchObject({ dropped: 1 })
    expect(network.execute(standIn!, ['EXISTS', 'test:key'])).toBe(0)
    expect(await cache.get('key')).toBe('value')
  })

  it('gives what a node holds to those who were rebuilt while it was away, too', async () => {
    const { network, cache, cluster, placed, entropy, through, bytesOn } = world()
    for (const key of KEYS) await cache.set(key, 'value')
    const [empty, away] = NODES as [string, string]
    const both = KEYS.filter((key) => placed(key).slice(0, 2).sort().join() === [empty, away].sort().join())
    expect(both.length).toBeGreaterThan(20)
    network.setFault(away, 'down')
    for (let failure = 0; failure < 3; failure++)
      await cluster.ask(away, () => cluster.verbs.ping(away, cluster.budget())).catch(() => 0)
    network.restart(empty)
    const rebuilding = entropy(cluster, 'one')
    await through(rebuilding.returned(empty))
    expect(both.map((key) => bytesOn(empty, `test:${key}`))).toEqual(both.map(() => null))
    network.setFault(away, undefined)
    await through(new Promise((resolve) => cluster.parts.clock.setTimer(() => resolve(undefined), 15_000)))
    await through(rebuilding.returned(away))
    expect(both.map((key) => bytesOn(empty, `test:${key}`))).toEqual(both.map((key) => bytesOn(away, `test:${key}`)))
  })

  it('is done by one client of several that see the node come back', async () => {
    const { network, client, cache, cluster, told, entropy, through } = world()
    for (const key of KEYS) await cache.set(key, 'value')
    network.restart(NODES[0]!)
    const others = [client().cluster, client().cluster]
    const all = [cluster, ...others].map((each, i) => entropy(each, `client ${i}`).returned(NODES[0]!))
    network.log.length = 0
    await through(Promise.all(all))
    expect(told.filter(({ walked, of }) => walked === of)).toHaveLength(1)
    for (const each of [cluster, ...others]) expect(each.state(NODES[0]!).recovering).toBe(0)
  })

  it('is taken over when the client that did it is gone', async () => {
    const { network, cache, cluster, entropy, through, keysOn } = world()
    for (const key of KEYS) await cache.set(key, 'value')
    const before = keysOn(NODES[0]!)
    network.restart(NODES[0]!)
    network.execute(NODES[0]!, ['SET', '!repair:test', 'somebody who died', 'PX', '15000'])
    await through(entropy(cluster, 'one').returned(NODES[0]!))
    expect(keysOn(NODES[0]!)).toEqual(before)
  })

  it('leaves a node out of reads that would rely on it alone, until it is rebuilt', async () => {
    const { network, client, cache, cluster, placed, entropy, through } = world()
    const key = KEYS.find((each) => placed(each)[0] === NODES[0])!
    await cache.set(key, 'old')
    network.setFault(NODES[0]!, 'down')
    await client().cache.set(key, 'new')
    network.setFault(NODES[0]!, undefined)
    expect(await cache.get(key)).toBe('old')
    const rebuilding = entropy(cluster, 'one').returned(NODES[0]!)
    expect(await cache.get(key)).toBe('new')
    await through(rebuilding)
    network.setFault(placed(key)[1]!, 'down')
    expect(await cache.get(key)).toBe('new')
  })

  it('goes on from where it was when a step fails, and says which nodes it could not walk', async () => {
    const { network, cache, cluster, entropy, through } = world()
    for (const key of KEYS) await cache.set(key, 'value')
    let failures = 3
    network.onCommand = (node, name) => {
      network.setFault(node, name === 'MGET' && failures-- > 0 ? 'mute' : undefined)
    }
    network.restart(NODES[1]!)
    const report = await through(entropy(cluster, 'one').repair({}))
    expect(report.failures.size).toBe(0)
    expect(report.copied).toBeGreaterThan(100)
    network.onCommand = undefined
    network.setFault(NODES[2]!, 'down')
    for (let failure = 0; failure < 3; failure++)
      await cluster.ask(NODES[2]!, () => cluster.verbs.ping(NODES[2]!, cluster.budget())).catch(() => undefined)
    expect([...(await through(entropy(cluster, 'one').repair({}))).failures.keys()]).toEqual([NODES[2]])
  })

  it('keeps to its pace', async () => {
    const { clock, network, cache, cluster, entropy, through } = world()
    for (const key of KEYS) await cache.set(key, 'value')
    network.restart(NODES[0]!)
    const start = clock.now()
    const { copied, keys } = await through(entropy(cluster, 'one').repair({}))
    const most = (clock.now() - start + 110) * 5
    expect(copied + keys / 10).toBeLessThan(most)
  })

  it('ends with the reason of its signal', async () => {
    const { cache, cluster, entropy, through } = world()
    await cache.set('key', 'value')
    const reason = new Error('enough')
    await expect(through(entropy(cluster, 'one').repair({ signal: AbortSignal.abort(reason) }))).rejects.toBe(reason)
  })

  it('does not bring back what was cleared or whose tag was invalidated meanwhile', async () => {
    const { network, cache, cluster, entropy, through, keysOn } = world()
    for (const key of KEYS.slice(0, 50)) await cache.set(key, 'value', { tags: ['tag'] })
    await cache.deleteByTag('tag')
    network.restart(NODES[0]!)
    await through(entropy(cluster, 'one').returned(NODES[0]!))
    // What a tag has killed is there, for it has replaced what was older, and says nothing.
    for (const node of NODES.slice(1)) network.setFault(node, 'down')
    for (const key of KEYS.slice(0, 50)) expect(await through(cache.get(key))).toBe(undefined)
    for (const node of NODES.slice(1)) network.setFault(node, undefined)
    await through(cache.clear())
    network.restart(NODES[0]!)
    await through(entropy(cluster, 'one').returned(NODES[0]!))
    expect(keysOn(NODES[0]!)).toEqual([])
  })

  it('brings what a tag has killed to a node that holds what it had replaced', async () => {
    const { network, cache, cluster, entropy, through } = world({ replicationFactor: 3 })
    const [away, ...others] = NODES
    await cache.set('key', 'older')
    const older = network.execute(away!, ['GET', 'test:key'])
    await cache.set('key', 'newer', { tags: ['tag'] })
    await cache.deleteByTag('tag')
    network.execute(away!, ['SET', 'test:key', older as Uint8Array])
    await through(entropy(cluster, 'one').repair({}))
    // It alone is asked now.
    for (const node of others) network.setFault(node, 'down')
    expect(await through(cache.get('key'))).toBe(undefined)
  })

  it('leaves damaged records and other applications’ keys where they are', async () => {
    const { network, cache, cluster, placed, entropy, through } = world()
    await cache.set('key', 'value')
    const [first, second] = placed('key')
    const bytes = network.execute(first!, ['GET', 'test:key']) as Uint8Array
    bytes[bytes.length - 1]! ^= 1
    network.execute(first!, ['SET', 'test:key', bytes])
    network.execute(first!, ['SET', 'test:theirs', 'plain'])
    network.execute(second!, ['DEL', 'test:key'])
    const report = await through(entropy(cluster, 'one').repair({}))
    expect(report).toMatchObject({ copied: 0, failed: 1 })
    expect(network.execute(second!, ['EXISTS', 'test:key', 'test:theirs'])).toBe(0)
  })
})
