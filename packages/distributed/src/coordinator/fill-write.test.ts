/** Loads of one absence, by clients that know nothing of each other. */
import { describe, expect, it } from 'vitest'
import { NODES, settle, simulate } from '../../test-support/simulated-clients.js'
import { encodeEnvelope, versionOf } from '../record/envelope.js'
import { compareVersions, makeVersion, NO_VERSION, type Version } from '../record/version.js'
import { valueRecord } from '../record/wire-record.js'
import { FillWrite } from './fill-write.js'
import { WriteCoordinator } from './write-coordinator.js'

const MAJORITY = { replicationFactor: 3, readQuorum: 2, quorum: 'strict' } as const
const PAYLOAD = Uint8Array.of(1)
const LINEARIZABLE = { replicationFactor: 3, consistency: 'linearizable' } as const

type World = ReturnType<typeof simulate>

/** A load that ends when it is told to. */
async function beginLoad({ cache }: { cache: ReturnType<World['client']>['cache'] }) {
  let loaded!: (value: string) => void
  const answer = cache.getOrSet('{t}key', () => new Promise<unknown>((resolve) => (loaded = resolve)))
  await settle()
  return (value: string) => {
    loaded(value)
    return answer
  }
}

/** What each quorum reads: that without the first node, that without the second, that without the third. */
async function readByAll({ network, client }: World): Promise<unknown[]> {
  const seen: unknown[] = []
  for (const down of NODES) {
    network.setFault(down, 'down')
    seen.push(await client().cache.get('{t}key'))
    network.setFault(down, undefined)
  }
  return seen
}

/** How many different things the nodes hold. */
function held({ network }: World): number {
  return new Set(NODES.map((node) => String(network.execute(node, ['GET', 'test:{t}key'])))).size
}

/** Lets two loads be stored, the first by all but the last replica, before the second comes; that one only by the last. */
async function storeBeside(world: World, before: (client: ReturnType<World['client']>) => Promise<unknown>) {
  const { clock, network, client } = world
  const [one, other] = [client(), client()]
  const late = one.placed('{t}key')[2]!
  await before(one)
  const first = await beginLoad(one)
  clock.advance(5)
  const second = await beginLoad(other)
  network.delay = (node) => (node === late ? 100 : 0)
  expect(await first('first')).toBe('first')
  network.delay = undefined
  return { late, second }
}

async function arriveLate({ clock }: World): Promise<void> {
  clock.advance(200)
  await settle()
}

describe('two loads of one absent key', () => {
  it('which some replicas each have stored: the one that began later goes on to all of them', async () => {
    const world = simulate(MAJORITY)
    const { second } = await storeBeside(world, async () => undefined)
    expect(await second('second')).toBe('second')
    await settle()
    expect(held(world)).toBe(1)
    await arriveLate(world)
    expect(held(world)).toBe(1)
    expect(await readByAll(world)).toEqual(['second', 'second', 'second'])
  })

  it('of which the one that began earlier comes later: it is stored nowhere that a quorum would find it', async () => {
    const world = simulate(MAJORITY)
    const { clock, network, client } = world
    const [one, other] = [client(), client()]
    const late = one.placed('{t}key')[2]!
    const first = await beginLoad(one)
    clock.advance(5)
    const second = await beginLoad(other)
    network.delay = (node) => (node === late ? 100 : 0)
    await second('second')
    network.delay = undefined
    await first('first')
    await settle()
    expect(await readByAll(world)).toEqual(['second', 'second', 'second'])
  })

  it('that draw one version on top of a deletion: a replica tells them apart, and one takes a new one', async () => {
    const world = simulate(MAJORITY)
    const { second } = await storeBeside(world, ({ cache }) =>
      cache.set('{t}key', 'x').then(() => cache.delete('{t}key')),
    )
    await second('second')
    await settle()
    expect(held(world)).toBe(1)
    await arriveLate(world)
    expect(held(world)).toBe(1)
    expect(new Set(await readByAll(world)).size).toBe(1)
  })

  it('of which one was built on by a transaction: the other one does not take its place', async () => {
    for (const quorums of [MAJORITY, LINEARIZABLE]) {
      const world = simulate(quorums)
      const { late, second } = await storeBeside(world, async () => undefined)
      const { cache } = world.client()
      world.network.delay = (node) => (node === late ? 50 : 0)
      await cache.transaction(async (txn) => txn.set('{t}key', `${await txn.get('{t}key')}, built on`))
      world.network.delay = undefined
      await second('second')
      await settle()
      await arriveLate(world)
      expect(await readByAll(world)).toEqual(Array(3).fill('first, built on'))
    }
  })
})

describe('a load in a linearizable cache', () => {
  it('is stored on no replica once a quorum holds what was written meanwhile', async () => {
    const world = simulate(LINEARIZABLE)
    const { network, client } = world
    const [one, other] = [client(), client()]
    const late = one.placed('{t}key')[2]!
    const load = await beginLoad(one)
    network.delay = (node) => (node === late ? 100 : 0)
    await other.cache.set('{t}key', 'written')
    network.delay = undefined
    await load('loaded')
    expect(network.execute(late, ['EXISTS', 'test:{t}key'])).toBe(0)
    await arriveLate(world)
    expect(await readByAll(world)).toEqual(['written', 'written', 'written'])
  })
})

describe('a load on top of what a register killed, linearizable', () => {
  /** Negative where a write that begins now is newer than what was loaded. */
  async function loadedAfter(kill: (cache: ReturnType<World['client']>['cache']) => Promise<unknown>) {
    const world = simulate(LINEARIZABLE)
    const { network, clock, client } = world
    clock.advance(1000)
    await kill(client().cache)
    const finish = await beginLoad(client())
    expect(await finish('loaded')).toBe('loaded')
    await settle()
    expect(await readByAll(world)).toEqual(['loaded', 'loaded', 'loaded'])
    const stored = network.execute(NODES[0]!, ['GET', 'test:{t}key']) as Uint8Array
    const { versions } = client().cluster.parts
    clock.advance(1)
    return compareVersions(versionOf(stored)!, versions.next())
  }

  it('is older than writes under way where other prefixes were removed, though their register is ahead of the clocks', async () => {
    expect(await loadedAfter((cache) => cache.deleteByPrefix('{o}'))).toBeLessThan(0)
  })

  it('is newer than the removal of its own', async () => {
    expect(await loadedAfter((cache) => cache.deleteByPrefix('{t}k'))).toBeGreaterThan(0)
  })

  it('is older than writes under way where it replaces a value whose tag was invalidated, without that tag', async () => {
    const kill = async (cache: ReturnType<World['client']>['cache']) => {
      await cache.set('{t}key', 'old', { tags: ['tag'] })
      await cache.deleteByTag('tag')
    }
    expect(await loadedAfter(kill)).toBeLessThan(0)
  })
})

describe('a load that was overtaken', () => {
  it('is not left on a node that has lost its memory, and with it what stood in the way', async () => {
    const world = simulate({ replicationFactor: 2, quorum: 'strict' })
    const { network, client } = world
    const [one, other] = [client(), client()]
    const [forgetful] = one.placed('{t}key') as [string]
    const loaded = await beginLoad(one)
    await other.cache.delete('{t}key')
    network.restart(forgetful)
    expect(await loaded('old')).toBe('old')
    await settle()
    expect(network.execute(forgetful, ['GET', 'test:{t}key'])).toBe(null)
    expect(await client().cache.get('{t}key')).toBe(undefined)
  })

  it('is all that is taken back: a touch that was overtaken on one replica leaves the value on the other', async () => {
    const { network, client } = simulate({ replicationFactor: 2, quorum: 'strict' })
    const { cluster, placed } = client()
    const [first, second] = placed('key') as [string, string]
    const key = 'test:key'
    const content = { codec: 0, compressed: false, payload: PAYLOAD }
    const envelope = (version: Version) =>
      encodeEnvelope(valueRecord(version, { expiresAt: 0, grace: 0 }, [], content), key)
    const [written, touched, newer] = [makeVersion(1, 0, 1), makeVersion(1, 0, 1, 1), makeVersion(2, 0, 2)]
    network.execute(first, ['SET', key, envelope(written)])
    network.execute(second, ['SET', key, envelope(newer)])
    const touch = { key, name: 'key', envelope: envelope(touched), forgetAt: 0, registers: [], limits: [touched] }
    const { outcome } = await new WriteCoordinator(cluster).tryOnce(touch, cluster.budget())
    await settle()
    expect(outcome).toBe('overtaken')
    expect(versionOf(network.execute(first, ['GET', key]) as Uint8Array)).toEqual(touched)
  })

  it('does not go on as the newer of two loads, where it met what was written since it began', async () => {
    const { network, client } = simulate(MAJORITY)
    const { cluster, placed } = client()
    const [a, b, c] = placed('key') as [string, string, string]
    const [key, registers] = ['test:key', ['!cleared:test']]
    const at = (time: number, edition = 0) => makeVersion(time, 0, 1, edition)
    const envelope = (version: Version) =>
      encodeEnvelope(
        valueRecord(version, { expiresAt: 0, grace: 0 }, [], { codec: 0, compressed: false, payload: PAYLOAD }),
        key,
      )
    const store = (node: string, version: Version) => network.execute(node, ['SET', key, envelope(version)])
    // A clear ahead of all clocks was there when both loads began; the other load began after the write.
    const [cleared, written, other] = [at(9_000_000), at(5_000_000), at(9_000_000, 2)]
    store(b, written)
    store(c, other)
    const evidence = {
      result: { version: at(1_000_000), registers: [cleared], tagged: NO_VERSION },
      version: at(2_000_000),
    }
    const make = (version: Version) => ({ key, name: 'key', envelope: envelope(version), forgetAt: 0, registers })
    const { outcome } = await new FillWrite(cluster).store(make, evidence, cluster.budget())
    await settle()
    expect(outcome).toBe('overtaken')
    const held = [a, b, c].map((node) => network.execute(node, ['GET', key]) as Uint8Array | null)
    expect(held.map((bytes) => bytes && versionOf(bytes))).toEqual([null, written, other])
  })
})
