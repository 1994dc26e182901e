/** Nodes that lose their memory twice, or unseen. */
import { describe, expect, it } from 'vitest'
import { NODES, settle, simulate } from '../../test-support/simulated-clients.js'
import { AntiEntropy, type RepairProgress } from './anti-entropy.js'

const [NODE, SECOND, THIRD] = NODES as [string, string, string]
const KEYS = Array.from({ length: 2000 }, (_, number) => `key ${number}`)
const CLAIM = '!repair:test'
const MARK = '!whole:test'

function world() {
  const { clock, network, client } = simulate({ replicationFactor: 2 })
  const told: RepairProgress[] = []
  let names = 0
  /** A client and what it does about nodes that come back. */
  const open = () => {
    const { cache, cluster } = client()
    return { cache, cluster, entropy: new AntiEntropy(cluster, 'test', `c${names++}`, (each) => told.push(each)) }
  }
  /** Lets time pass until a promise is settled, or as long as it takes. */
  const through = async (promise: Promise<unknown>) => {
    let isOver = false
    void promise.finally(() => {
      isOver = true
    })
    for (let step = 0; step < 4000 && !isOver; step++) {
      await settle(100)
      if (!isOver) clock.advance(10)
    }
    await promise
  }
  const mark = (node: string) => network.execute(node, ['EXISTS', MARK])
  const held = (node: string) => network.execute(node, ['KEYS', 'test:*']) as unknown[]
  return { clock, network, open, through, told, mark, held }
}

/** A cluster that has been looked at, its keys written, and what a node holds of them. */
async function begun() {
  const here = world()
  const first = here.open()
  for (const node of NODES) await first.entropy.opened(node)
  for (const key of KEYS) await first.cache.set(key, 'value', Infinity)
  return { ...here, first, whole: here.held(NODE).length }
}

describe('a node that loses its memory while it is rebuilt', () => {
  it('is rebuilt from the beginning, though no call to it has failed', async () => {
    const { network, first, through, held, mark, whole } = await begun()
    network.restart(NODE)
    let copies = 0
    network.onCommand = (node, name) => {
      // When half of it is there, it is gone again.
      if (node === NODE && name === 'EVALSHA' && ++copies === 500) network.restart(NODE)
    }
    await through(first.entropy.returned(NODE))
    expect(copies).toBeGreaterThan(500)
    expect(held(NODE)).toHaveLength(whole)
    expect(mark(NODE)).toBe(1)
  })

  it('is not called whole by who began before, so that others do not rely on that', async () => {
    const { network, first, open, through, held, mark, whole } = await begun()
    const second = open()
    network.restart(NODE)
    let isLost = false
    network.onCommand = (node) => {
      if (isLost || node !== NODE || held(NODE).length < whole / 2) return
      isLost = true
      network.restart(NODE)
      // Another client has seen it come back this time.
      void second.entropy.returned(NODE)
    }
    await through(first.entropy.returned(NODE))
    await through(second.entropy.returned(NODE))
    expect(isLost).toBe(true)
    expect(held(NODE)).toHaveLength(whole)
    expect(mark(NODE)).toBe(1)
  })

  it('is left to who claims it then: the one before does not go on in his place', async () => {
    const { network, first, through, mark } = await begun()
    network.restart(NODE)
    let isLost = false
    network.onCommand = (node, name) => {
      if (isLost || node !== NODE || name !== 'EVALSHA') return
      isLost = true
      network.restart(NODE)
      network.execute(NODE, ['SET', CLAIM, 'somebody else', 'PX', '60000'])
    }
    const returned = first.entropy.returned(NODE)
    await through(
      Promise.race([returned, new Promise((resolve) => first.cluster.parts.clock.setTimer(() => resolve(0), 20_000))]),
    )
    expect(network.execute(NODE, ['EXISTS', CLAIM])).toBe(1)
    expect(mark(NODE)).toBe(0)
    network.execute(NODE, ['SET', CLAIM, 'whole', 'PX', '60000'])
    await through(returned)
  })
})

describe('a node that came back empty without anybody’s having seen it go', () => {
  it('is found by who opens a connection, and rebuilt', async () => {
    const { network, first, open, through, held, mark, whole } = await begun()
    network.restart(NODE)
    await through(first.entropy.opened(NODE))
    expect(held(NODE)).toHaveLength(whole)
    network.restart(NODE)
    await through(open().entropy.opened(NODE))
    expect(held(NODE)).toHaveLength(whole)
    expect(NODES.map(mark)).toEqual([1, 1, 1])
  })

  it('is rebuilt by one of all those who see it', async () => {
    const { network, first, open, through, held, told, whole } = await begun()
    network.restart(NODE)
    const others = [open(), open()]
    await through(Promise.all([first, ...others].map(({ entropy }) => entropy.opened(NODE))))
    expect(held(NODE)).toHaveLength(whole)
    expect(told.filter(({ walked, of }) => walked === of)).toHaveLength(1)
  })

  it('is rebuilt once another node that has kept its memory is in reach', async () => {
    const { network, first, through, held, mark, whole } = await begun()
    network.restart(NODE)
    for (const other of [SECOND, THIRD]) network.setFault(other, 'down')
    await through(first.entropy.opened(NODE))
    expect([mark(NODE), held(NODE).length]).toEqual([0, 0])
    for (const other of [SECOND, THIRD]) network.setFault(other, undefined)
    await through(first.entropy.opened(SECOND))
    expect(held(NODE)).toHaveLength(whole)
  })

  it('is not looked for where it counts as down: its return is noticed', async () => {
    const { network, first, through } = await begun()
    network.setFault(NODE, 'down')
    const { cluster } = first
    for (let failure = 0; failure < 3; failure++) {
      await cluster.ask(NODE, () => cluster.verbs.ping(NODE, cluster.budget())).catch(() => undefined)
    }
    network.log.length = 0
    await through(first.entropy.opened(NODE))
    expect(network.log.filter((line) => line.startsWith(NODE) && line.includes('EVALSHA'))).toEqual([])
  })
})

describe('a cache that begins', () => {
  it('has nothing to be made whole: its nodes are marked and not walked', async () => {
    const { network, open, through, told, mark } = world()
    const clients = [open(), open()]
    await through(Promise.all(clients.flatMap(({ entropy }) => NODES.map((node) => entropy.opened(node)))))
    expect(NODES.map(mark)).toEqual([1, 1, 1])
    expect(told).toEqual([])
    expect(network.log.some((line) => line.includes('SCAN'))).toBe(false)
  })

  it('has its marks with a node that is down, too, which is asked when it is there', async () => {
    const { network, open, through, mark } = world()
    const { entropy } = open()
    network.setFault(THIRD, 'down')
    await through(entropy.opened(NODE))
    expect(NODES.map(mark)).toEqual([1, 1, 0])
    network.setFault(THIRD, undefined)
    await through(entropy.opened(THIRD))
    expect(NODES.map(mark)).toEqual([1, 1, 1])
  })
})

describe('a connection that was lost', () => {
  it('is opened again without a call, and who does not come back counts as down', async () => {
    const { clock, network, first, through } = await begun()
    network.log.length = 0
    await through(first.entropy.lost(NODE))
    expect(network.log).toEqual([`${NODE} PING`])
    network.setFault(NODE, 'down')
    const lost = first.entropy.lost(NODE)
    await through(lost)
    expect(first.cluster.isUp(NODE)).toBe(false)
    network.setFault(NODE, undefined)
    for (let step = 0; step < 200 && !first.cluster.isUp(NODE); step++) {
      clock.advance(100)
      await settle(100)
    }
    expect(first.cluster.isUp(NODE)).toBe(true)
  })
})
