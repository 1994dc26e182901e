import { ManualClock } from '@mtaio/core/testing'
import { describe, expect, it } from 'vitest'
import { assemble } from '../client/assemble.js'
import { DistributedView } from '../client/distributed-view.js'
import { checkDistributedOptions, type DistributedCacheOptions } from '../client/options.js'
import { tagRegister } from '../coordinator/register.js'
import { DROP } from '../record/comparison-scripts.js'
import { SimulatedNetwork } from '../testing/simulated-network.js'
import { parseNode } from '../transport/node-address.js'
import { adding, removing, settledOn } from './members.js'
import { MembersRegister } from './members-register.js'
import type { RebalanceProgress } from './rebalancing.js'

const EPOCH = 1_700_000_000_000
const NODES = ['a:1', 'b:1', 'c:1']

/** Clients of a simulated network, each made with the first three nodes. */
function world(options: Partial<DistributedCacheOptions> = {}) {
  const clock = new ManualClock()
  const wallNow = () => EPOCH + clock.now()
  const network = new SimulatedNetwork(NODES, wallNow, clock)
  let writers = 1
  const client = (more: Partial<DistributedCacheOptions> = {}) => {
    const checked = checkDistributedOptions({ nodes: NODES, namespace: 'test', ...options, ...more })
    const told: RebalanceProgress[] = []
    const changes: string[] = []
    const { cluster, verbs, viewOf, membership } = assemble<unknown>(
      checked,
      { transport: network, clock, wallNow, random: () => 0.5, writer: writers++ },
      {
        nodeDown: () => undefined,
        nodeUp: () => undefined,
        degraded: () => undefined,
        rebalancing: (progress) => told.push(progress),
        membersChanged: ({ epoch, nodes, from }) =>
          changes.push(`${epoch} ${nodes.map(({ id }) => id.slice(0, 1)).join('')}${from ? ' moving' : ''}`),
      },
    )
    const cache = new DistributedView<unknown>({ verbs, defaultTtl: checked.defaultTtl, viewOf })
    const { rebalancing, membership: members } = membership!
    const add = (id: string, weight = 1) => rebalancing.add({ id: parseNode(id).id, weight })
    return { cache, cluster, members, rebalancing, add, told, changes }
  }
  /** Lets time pass until a promise is settled. */
  const through = async <R>(promise: Promise<R>, step = 50): Promise<R> => {
    let isOver = false
    promise.then(
      () => {
        isOver = true
      },
      () => {
        isOver = true
      },
    )
    for (let steps = 0; steps < 5000 && !isOver; steps++) {
      for (let turn = 0; turn < 60; turn++) await Promise.resolve()
      if (!isOver) clock.advance(step)
    }
    return promise
  }
  const later = (ms: number) => through(new Promise<void>((resolve) => clock.setTimer(resolve, ms)))
  const holds = (node: string, key: string) => network.execute(node, ['EXISTS', key]) === 1
  return { clock, network, client, through, later, holds }
}

const KEYS = Array.from({ length: 200 }, (_, number) => `key ${number}`)

async function fill(cache: DistributedView<unknown>) {
  for (const [i, key] of KEYS.entries()) await cache.set(key, `value of ${key}`, i % 2 === 0 ? '1h' : Infinity)
}

describe('adding a node', () => {
  it('moves its share there, with versions, lives and registers, and clears what is left behind', async () => {
    const { network, client, through, holds } = world()
    const { cache, cluster, rebalancing, add, told, changes } = client()
    await cache.clear()
    await cache.deleteByTag('tag')
    await fill(cache)
    await through(add('d:1'))
    await through(rebalancing.rebalanced(undefined))
    expect(changes).toEqual(['1 abcd moving', '2 abcd'])
    let moved = 0
    for (const [i, key] of KEYS.entries()) {
      const owners = cluster.ownersOf(key)
      if (owners.includes('d:1')) moved++
      for (const node of ['a:1', 'b:1', 'c:1', 'd:1']) {
        expect(holds(node, `test:${key}`), `${key} on ${node}`).toBe(owners.includes(node))
      }
      if (owners.includes('d:1') && i % 2 === 0) {
        expect(network.execute('d:1', ['PEXPIRETIME', `test:${key}`])).toBe(
          network.execute(owners.find((node) => node !== 'd:1')!, ['PEXPIRETIME', `test:${key}`]),
        )
      }
      expect(await cache.get(key)).toBe(`value of ${key}`)
    }
    expect(moved).toBeGreaterThan(60)
    for (const register of ['!cleared:test', tagRegister('test', 'tag')])
      expect(holds('d:1', register), register).toBe(true)
    expect(told.map(({ phase }) => phase)).toEqual(expect.arrayContaining(['waiting', 'copying', 'clearing', 'done']))
    expect(told.at(-1)).toMatchObject({ phase: 'done', copied: moved + 3, dropped: moved, missed: 0, failed: 0 })
  })

  it('follows weights', async () => {
    const { client, through } = world()
    const { cluster, rebalancing, add } = client()
    await through(add('d:1', 3))
    await through(rebalancing.rebalanced(undefined))
    const first = KEYS.filter((key) => cluster.ownersOf(key)[0] === 'd:1').length
    expect(first).toBeGreaterThan(70)
    expect(first).toBeLessThan(130)
  })

  it('is not believed what it held at other times', async () => {
    const { network, client, through } = world()
    const { cache, cluster, rebalancing, add } = client()
    await fill(cache)
    network.admit('d:1')
    for (const key of KEYS)
      network.execute('d:1', [
        'SET',
        `test:${key}`,
        network.execute(cluster.ownersOf(key)[0]!, ['GET', `test:${key}`]) as Uint8Array,
      ])
    network.execute('d:1', ['SET', 'other:key', 'theirs'])
    await cache.clear()
    await cache.deleteMany(KEYS)
    for (const node of NODES) for (const key of KEYS) network.execute(node, ['DEL', `test:${key}`])
    for (const node of NODES) network.execute(node, ['DEL', '!cleared:test'])
    await through(add('d:1'))
    await through(rebalancing.rebalanced(undefined))
    for (const key of KEYS) expect(await cache.get(key)).toBe(undefined)
    expect(network.execute('d:1', ['EXISTS', 'other:key'])).toBe(1)
  })

  it('is refused when the node does not answer, or is there already; nothing has changed then', async () => {
    const { network, client, through } = world()
    const { members, add } = client()
    network.admit('d:1')
    network.setFault('d:1', 'down')
    await expect(through(add('d:1'))).rejects.toThrow(/d:1 cannot be added/)
    await expect(through(add('a:1'))).rejects.toThrow(/already/)
    expect(members.current).toMatchObject({ epoch: 0 })
  })
})

describe('removing a node', () => {
  it('moves its keys to the others, and it is asked no more', async () => {
    const { network, client, through } = world()
    const { cache, cluster, rebalancing } = client()
    await fill(cache)
    await through(rebalancing.remove('a:1'))
    await through(rebalancing.rebalanced(undefined))
    expect(cluster.nodes).toEqual(['b:1', 'c:1'])
    network.setFault('a:1', 'down')
    network.log.length = 0
    for (const key of KEYS) expect(await cache.get(key)).toBe(`value of ${key}`)
    for (const key of KEYS)
      for (const node of ['b:1', 'c:1']) expect(network.execute(node, ['EXISTS', `test:${key}`])).toBe(1)
    expect(network.log.filter((line) => line.startsWith('a:1'))).toEqual([])
  })

  it('works on one that is dead: the copies on the others are enough', async () => {
    const { network, client, through, holds } = world()
    const { cache, rebalancing } = client()
    await fill(cache)
    network.setFault('a:1', 'down')
    for (let failure = 0; failure < 4; failure++) await through(cache.clear())
    await through(fill(cache))
    await through(rebalancing.remove('a:1'))
    await through(rebalancing.rebalanced(undefined))
    for (const key of KEYS)
      for (const node of ['b:1', 'c:1']) expect(holds(node, `test:${key}`), `${key} on ${node}`).toBe(true)
  })

  it('waits for one that does not answer, where it may hold what nobody else does', async () => {
    const { network, client, through, later, holds } = world({ replicationFactor: 1 })
    const { cache, rebalancing } = client()
    await fill(cache)
    network.setFault('a:1', 'down')
    await through(rebalancing.remove('a:1'))
    await later(20_000)
    network.setFault('a:1', undefined)
    await through(rebalancing.rebalanced(undefined))
    for (const key of KEYS)
      expect(
        ['b:1', 'c:1'].some((node) => holds(node, `test:${key}`)),
        key,
      ).toBe(true)
  })

  it('takes it for dead after a while', async () => {
    const { network, client, through } = world({ replicationFactor: 1 })
    const { cache, rebalancing, cluster } = client()
    await fill(cache)
    network.setFault('a:1', 'down')
    await through(rebalancing.remove('a:1'))
    await through(rebalancing.rebalanced(undefined), 500)
    expect(cluster.nodes).toEqual(['b:1', 'c:1'])
    await through(cache.set('key 0', 'anew'))
    expect(await cache.get('key 0')).toBe('anew')
  })

  it('undoes an addition that is under way, at once', async () => {
    const { client, through } = world()
    const { cache, cluster, rebalancing, add, changes } = client()
    await fill(cache)
    await through(add('d:1'))
    await through(rebalancing.remove('d:1'))
    await through(rebalancing.rebalanced(undefined))
    expect(changes).toEqual(['1 abcd moving', '2 abc'])
    expect(cluster.nodes).toEqual(NODES)
    for (const key of KEYS) expect(await cache.get(key)).toBe(`value of ${key}`)
  })
})

describe('other clients', () => {
  it('learn of it within a lease, whatever they were made with', async () => {
    const { client, through, later } = world()
    const one = client()
    const other = client()
    await fill(one.cache)
    await other.cache.get('key 1')
    await through(one.add('d:1'))
    await later(11_000)
    await through(other.cache.get('key 1'))
    expect(other.cluster.nodes).toContain('d:1')
    await through(one.rebalancing.rebalanced(undefined))
    await later(11_000)
    for (const key of KEYS) expect(await through(other.cache.get(key))).toBe(`value of ${key}`)
    expect(other.members.current).toMatchObject({ epoch: 2, from: undefined })
    const newcomer = client()
    await newcomer.cache.get('key')
    expect(newcomer.cluster.nodes).toContain('d:1')
  })

  it('that have not learned yet write what is read, and read what is written, throughout', async () => {
    const { clock, client, later } = world()
    const mover = client()
    const others = [client(), client()]
    await fill(mover.cache)
    for (const { cache } of others) await cache.get('key 0')
    const expected = new Map<string, unknown>(KEYS.map((key) => [key, `value of ${key}`]))
    const wrong: string[] = []
    let isOver = false
    const moving = (async () => {
      await mover.add('d:1')
      await mover.rebalancing.rebalanced(undefined)
      isOver = true
    })()
    let round = 0
    while (!isOver && round < 400) {
      // Another key and another client in every round; who writes is not who reads.
      const key = KEYS[(round * 37) % KEYS.length]!
      const all = [mover, ...others]
      const writer = all[round % 3]!
      const reader = all[(round + 1) % 3]!
      const value = `round ${round}`
      const gone = round % 5 === 4
      const write = gone ? writer.cache.delete(key) : writer.cache.set(key, value, '1h')
      let isWritten = false
      void write.then(() => {
        isWritten = true
      })
      while (!isWritten) {
        for (let turn = 0; turn < 100; turn++) await Promise.resolve()
        if (!isWritten) clock.advance(1)
      }
      expected.set(key, gone ? undefined : value)
      let found: unknown = 'pending'
      void reader.cache.get(key).then((answer) => {
        found = answer
      })
      while (found === 'pending') {
        for (let turn = 0; turn < 100; turn++) await Promise.resolve()
        if (found === 'pending') clock.advance(1)
      }
      if (found !== expected.get(key))
        wrong.push(`round ${round}: ${key} is ${String(found)}, not ${String(expected.get(key))}`)
      await later(100)
      round++
    }
    await moving
    expect(wrong).toEqual([])
    expect(round).toBeGreaterThan(50)
    for (const [key, value] of expected) expect(await mover.cache.get(key), key).toBe(value)
  })

  it('take over when the one that moved keys is gone', async () => {
    const { client, through, later } = world()
    const one = client()
    const other = client()
    await fill(one.cache)
    await through(one.add('d:1'))
    // It never runs again: as if its process had ended.
    Object.assign(one.cluster, { closed: true })
    for (let step = 0; step < 12; step++) {
      await later(8000)
      await through(other.cache.get('key 1'))
    }
    await through(other.rebalancing.rebalanced(undefined))
    expect(other.members.current).toMatchObject({ from: undefined })
    for (const key of KEYS) expect(await through(other.cache.get(key))).toBe(`value of ${key}`)
    expect(other.told.at(-1)).toMatchObject({ phase: 'done' })
  })

  it('that have not heard of the next move clear nothing away that it has brought back', async () => {
    const { network, client, through, later, holds } = world({ membershipLease: '1s' })
    const { cache, rebalancing, add } = client()
    const second = client()
    await fill(cache)
    const send = network.send.bind(network)
    const held: (() => void)[] = []
    let isLate = true
    network.send = async (node, command, options) => {
      // Under way for so long that it comes when all has changed again.
      if (command[1] === DROP.sha1 && isLate) await new Promise<void>((resolve) => held.push(resolve))
      return send(node, command, { ...options, deadline: Number.POSITIVE_INFINITY })
    }
    await through(add('d:1'))
    while (held.length === 0) await later(100)
    await through(second.rebalancing.remove('d:1'))
    while (second.members.current.from !== undefined) await later(100)
    isLate = false
    for (const release of held) release()
    await through(second.rebalancing.rebalanced(undefined))
    await through(rebalancing.rebalanced(undefined))
    for (const key of KEYS) {
      for (const node of second.cluster.ownersOf(key))
        expect(holds(node, `test:${key}`), `${key} on ${node}`).toBe(true)
    }
  })

  it('that make a change at the same time: one is told', async () => {
    const { client, through } = world()
    const [one, other] = [client(), client()]
    const outcomes = await through(Promise.allSettled([one.add('d:1'), other.add('e:1')]))
    const failures = outcomes.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[]
    expect(failures.length).toBeGreaterThan(0)
    for (const { reason } of failures) expect(['CONFLICT', 'REBALANCING']).toContain(reason.code)
  })

  it('that make the same epoch of it: keys lie by the one that holds, whichever was seen before', async () => {
    const { network, client, through } = world()
    const { cluster, members } = client()
    const register = new MembersRegister(cluster, 'test')
    const learn = async (...ids: string[]) => {
      const nodes = ids.map((id) => ({ id, weight: 1 }))
      const bytes = register.envelopeOf(settledOn(nodes, 4), cluster.parts.versions.next())
      for (const node of NODES) network.execute(node, ['SET', '!members:test', bytes])
      await through(members.refresh())
    }
    await learn('a:1', 'b:1', 'c:1', 'd:1')
    await learn('a:1', 'c:1', 'd:1')
    expect(cluster.places.placement.nodes.map(({ id }) => id)).toEqual(['a:1', 'c:1', 'd:1'])
    expect(cluster.nodes).toEqual(['a:1', 'c:1', 'd:1'])
  })

  it('just before a move is settled: what has not been copied for is not settled with it', async () => {
    const { client, through, holds } = world({ replicationFactor: 1 })
    const { cache, members, rebalancing, add } = client()
    await fill(cache)
    const change = members.change.bind(members)
    let hasCome = false
    members.change = (make) => {
      const isSettling = members.current.from !== undefined && make(members.current).from === undefined
      if (isSettling && !hasCome) {
        hasCome = true
        // Another client has settled it already, and this one goes on to the next change.
        void change((before) => settledOn(before.nodes, before.epoch + 1))
        void change((before) => removing(before, 'a:1', 'mover', 1))
      }
      return change(make)
    }
    await through(add('d:1'))
    await through(rebalancing.rebalanced(undefined))
    expect(members.current.nodes.map(({ id }) => id)).toEqual(['b:1', 'c:1', 'd:1'])
    for (const key of KEYS) expect(['b:1', 'c:1', 'd:1'].filter((node) => holds(node, `test:${key}`))).toHaveLength(1)
  })

  it('twice at the same time: one after the other', async () => {
    const { client, through } = world()
    const { members } = client()
    const d = { id: 'd:1', weight: 1 }
    const changes = [
      members.change((before) => adding(before, d, 'mover')),
      members.change((before) => ({ ...before, beat: before.beat + 1 })),
      members.change(() => {
        throw new Error('not so')
      }),
      members.change((before) => settledOn(before.nodes, before.epoch + 1)),
    ]
    const outcomes = await through(Promise.allSettled(changes))
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled'])
    expect(members.current).toMatchObject({ epoch: 2, from: undefined })
    expect(members.current.nodes).toContainEqual(d)
  })
})

describe('nodes that fail while keys move', () => {
  it('the new one, for a while: it is waited for, and reads stay right', async () => {
    const { network, client, through, later } = world()
    const { cache, rebalancing, add, members } = client()
    await fill(cache)
    await through(add('d:1'))
    network.setFault('d:1', 'down')
    await later(20_000)
    for (const key of KEYS) expect(await through(cache.get(key))).toBe(`value of ${key}`)
    expect(members.current.from).toBeDefined()
    network.setFault('d:1', undefined)
    network.restart('d:1')
    await through(rebalancing.rebalanced(undefined))
    network.setFault('a:1', 'down')
    for (const key of KEYS) expect(await through(cache.get(key))).toBe(`value of ${key}`)
  })

  it('an old one, for good: its copies on others are moved', async () => {
    const { network, client, through } = world()
    const { cache, rebalancing, add } = client()
    await fill(cache)
    await through(add('d:1'))
    network.setFault('b:1', 'down')
    await through(rebalancing.rebalanced(undefined))
    for (const key of KEYS) expect(await through(cache.get(key))).toBe(`value of ${key}`)
  })

  it('ask nobody again and again: what is known holds for a lease', async () => {
    const { network, client, later } = world()
    const { cache } = client()
    await cache.get('key')
    network.log.length = 0
    for (let call = 0; call < 50; call++) await cache.get('key')
    expect(network.log).toHaveLength(100)
    await later(4000)
    network.log.length = 0
    await cache.get('key')
    expect(network.log).toHaveLength(5)
  })
})
