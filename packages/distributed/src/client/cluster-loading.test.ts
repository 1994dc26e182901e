import { describe, expect, it } from 'vitest'
import { NODES, settle, simulate } from '../../test-support/simulated-clients.js'
import { decodeEnvelope, encodeEnvelope } from '../record/envelope.js'
import { STORE } from '../record/guarded-write.js'
import { makeVersion } from '../record/version.js'
import type { Command } from '../resp/reply.js'
import { SeededRandom } from '../testing/simulation/seeded-random.js'

const MAJORITY = { replicationFactor: 3, readQuorum: 2, writeQuorum: 2, quorum: 'strict' } as const
const fails = () => Promise.reject(new Error('the source is down'))

describe('values beyond their life, in a cluster', () => {
  it('are answered to those who allow it, by any client, and counted; to everybody else they are absent', async () => {
    const { clock, client } = simulate()
    const [one, other] = [client().cache, client().cache]
    await one.getOrSet('key', () => 'old', { ttl: 1, staleIfError: 60, tags: ['t'] })
    clock.advance(5_000)
    expect(await other.get('key')).toBe(undefined)
    expect(await other.getOrSet('key', fails, { staleIfError: 60 })).toBe('old')
    expect(other.getStats().staleHits).toBe(1)
    await expect(other.getOrSet('key', fails, { staleIfError: 2 })).rejects.toThrow('down')
    expect(await other.getOrSet('key', () => 'new', { staleWhileRevalidate: 60, ttl: 9 })).toBe('old')
    await settle()
    expect(await one.get('key')).toBe('new')
  })

  it('are gone when they were deleted, cleared or invalidated by another client, also while the load ran', async () => {
    for (const kill of ['delete', 'clear', 'tag', 'prefix'] as const) {
      const { clock, client } = simulate()
      const [one, other] = [client().cache, client().cache]
      await one.getOrSet('key', () => 'old', { ttl: 1, staleIfError: 60, tags: ['t'] })
      clock.advance(5_000)
      let fail!: (error: Error) => void
      const load = () => new Promise<unknown>((_, reject) => (fail = reject))
      const waiting = one.getOrSet('key', load, { staleIfError: 60 }).catch((error: Error) => error.message)
      await settle()
      if (kill === 'delete') await other.delete('key')
      else if (kill === 'clear') await other.clear()
      else if (kill === 'tag') await other.deleteByTags(['t', 'u'])
      else await other.deleteByPrefix('k')
      fail(new Error('the source is down'))
      expect(await waiting, kill).toBe('the source is down')
    }
  })

  it('remain when a tag only expires them, from then on', async () => {
    const { clock, client } = simulate()
    const [one, other] = [client().cache, client().cache]
    await one.getOrSet('key', () => 'old', { ttl: 600, staleIfError: 60, tags: ['t'] })
    clock.advance(100_000)
    await other.expireByTag('t')
    expect(await one.get('key')).toBe(undefined)
    clock.advance(30_000)
    expect(await one.getOrSet('key', fails, { staleIfError: 60 })).toBe('old')
    clock.advance(31_000)
    await expect(one.getOrSet('key', fails, { staleIfError: 60 })).rejects.toThrow('down')
  })

  it('are loaded ahead of their end where the caller says so', async () => {
    const { clock, client } = simulate()
    const { cache } = client()
    await cache.set('key', 'old', 10)
    clock.advance(6_000)
    expect(await cache.getOrSet('key', () => 'new', { refreshAhead: 5, ttl: 10 })).toBe('old')
    await settle()
    expect(await cache.get('key')).toBe('new')
  })
})

describe('removal by prefix, in a cluster', () => {
  it('removes what begins so, and nothing else, for every client and also on a node that was away', async () => {
    const { network, client } = simulate(MAJORITY)
    const [one, other] = [client().cache, client().cache]
    await one.setMany({ 'user:1:a': 1, 'user:1:b': 1, 'user:2:a': 1, üser: 1 })
    await settle()
    network.setFault('a:1', 'down')
    await one.deleteByPrefix('user:1:')
    await one.deleteByPrefix('ü')
    network.setFault('a:1', undefined)
    const left = [...(await other.getMany(['user:1:a', 'user:1:b', 'user:2:a', 'üser'])).values()]
    expect(left).toEqual([undefined, undefined, 1, undefined])
    await other.set('user:1:a', 2)
    expect(await one.get('user:1:a')).toBe(2)
    await one.clear()
    expect(await other.get('user:2:a')).toBe(undefined)
    await one.setMany({ x: 1, y: 1 })
    await other.deleteByPrefix('x')
    expect([await one.get('x'), await one.get('y')]).toEqual([undefined, 1])
  })

  it('takes nothing back from a clear that runs at the same time', async () => {
    for (let seed = 0; seed < 30; seed++) {
      const random = new SeededRandom(seed)
      const { clock, network, client } = simulate(seed % 2 === 0 ? MAJORITY : {})
      const [one, other, reader] = [client().cache, client().cache, client().cache]
      await one.setMany({ 'x:1': 1, 'y:1': 1 })
      network.delay = () => random.integer(20)
      let ended = false
      const both = Promise.all([one.clear(), other.deleteByPrefix('x:')]).then(() => {
        ended = true
      })
      while (!ended) {
        await settle(50)
        clock.advance(1)
      }
      await both
      network.delay = () => 0
      expect([...(await reader.getMany(['x:1', 'y:1'])).values()], `seed ${seed}`).toEqual([undefined, undefined])
    }
  })

  it('brings nothing back on a node that lost its memory, or its list', async () => {
    const { network, client } = simulate(MAJORITY)
    const { cache } = client()
    await cache.set('user:1', 1)
    await cache.deleteByPrefix('user:')
    network.restart('a:1')
    for (let read = 0; read < 3; read++) {
      expect(await client().cache.get('user:1')).toBe(undefined)
      await settle()
    }
    for (const node of NODES) network.execute(node, ['DEL', '!prefixes:test'])
    expect(await client().cache.get('user:1')).toBe(undefined)
  })
})

describe('registers', () => {
  it('of tags are bounded, however many tags there are', async () => {
    const { network, client } = simulate({ replicationFactor: 1 })
    const { cache } = client()
    const before = network.execute('a:1', ['DBSIZE']) as number
    for (let from = 0; from < 3; from++) {
      await cache.deleteByTags(Array.from({ length: 5000 }, (_, i) => `tag ${from} ${i}`))
    }
    expect((network.execute('a:1', ['DBSIZE']) as number) - before).toBeLessThan(15_000)
    await cache.set('key', 'value', { tags: ['tag 0 0'] })
    await cache.deleteByTag('tag 0 0')
    expect(await cache.get('key')).toBe(undefined)
  })
})

describe('a load that another client has overtaken', () => {
  it.each([{}, { singleFlight: 'cluster' } as const])('is not joined by who has found that: %o', async (options) => {
    const { clock, client } = simulate(MAJORITY)
    const [one, other] = [client().cache, client().cache]
    let source = 'old'
    const load = async () => {
      const read = source
      await new Promise<void>((resolve) => clock.setTimer(resolve, 500))
      return read
    }
    const told: unknown[] = []
    const ask = () => void one.getOrSet('key', load, options).then((value) => told.push(value))
    ask()
    await settle()
    ask()
    await settle()
    source = 'new'
    await other.delete('key')
    ask()
    for (let step = 0; told.length < 3 && step < 400; step++) {
      await settle()
      clock.advance(20)
    }
    expect(told).toEqual(['old', 'old', 'new'])
    expect(await one.get('key')).toBe('new')
  })
})

describe('one flight for the whole cluster', () => {
  const options = { singleFlight: 'cluster', lease: 5 } as const
  const run = async (clock: { advance(ms: number): void }, until: () => boolean) => {
    for (let step = 0; step < 400 && !until(); step++) {
      clock.advance(20)
      await settle()
    }
  }

  it('one client of many loads, and the others are given its value', async () => {
    const { clock, client } = simulate(MAJORITY)
    let loads = 0
    const load = () => {
      loads++
      return new Promise<unknown>((resolve) => clock.setTimer(() => resolve('loaded'), 500))
    }
    const clients = Array.from({ length: 6 }, () => client().cache)
    const values: unknown[] = []
    for (const cache of clients) void cache.getOrSet('key', load, options).then((value) => values.push(value))
    await run(clock, () => values.length === 6)
    expect(values).toEqual(Array(6).fill('loaded'))
    expect(loads).toBe(1)
    expect(clients.reduce((sum, cache) => sum + cache.getStats().loads, 0)).toBe(1)
  })

  it('one that dies while it loads delays the others by its lease, and overwrites nothing when it comes back', async () => {
    const { clock, client } = simulate(MAJORITY)
    const [dead, alive] = [client().cache, client().cache]
    let wake!: (value: string) => void
    const first = dead.getOrSet('key', () => new Promise<unknown>((resolve) => (wake = resolve)), options)
    await settle()
    let value: unknown
    void alive.getOrSet('key', () => 'second', options).then((each) => (value = each))
    const began = clock.now()
    await run(clock, () => value !== undefined)
    expect(value).toBe('second')
    expect(clock.now() - began).toBeLessThan(6_000)
    wake('first')
    expect(await first).toBe('first')
    expect(await alive.get('key')).toBe('second')
  })

  it('one whose load fails lets the next one load at once', async () => {
    const { clock, client } = simulate()
    const [one, other] = [client().cache, client().cache]
    await expect(one.getOrSet('key', fails, options)).rejects.toThrow('down')
    let value: unknown
    void other.getOrSet('key', () => 'loaded', options).then((each) => (value = each))
    await run(clock, () => value !== undefined)
    expect(value).toBe('loaded')
    expect(clock.now()).toBeLessThan(100)
  })

  it('with no node in reach, everybody loads for himself', async () => {
    const { network, client } = simulate()
    const { cache } = client()
    await cache.get('key')
    let gone = false
    network.onCommand = (_node, name) => {
      if (name === 'EVALSHA' && !gone) for (const node of NODES) network.setFault(node, 'down')
      gone ||= name === 'EVALSHA'
    }
    expect(await cache.getOrSet('key', () => 'loaded', options)).toBe('loaded')
  })
})

/** What is set: never too old, for sets that overlap have no order. */
const WRITTEN = 1e9

/** Loads and invalidations of one key by three clients, in an order and with delays from a seed; what was read too late. */
async function staleFills(seed: number, plant?: (command: Command) => Command): Promise<string[]> {
  const random = new SeededRandom(seed)
  const isMajority = random.chance(0.5)
  const { clock, network, client } = simulate(isMajority ? MAJORITY : {})
  const skew = 900
  network.delay = () => (random.chance(0.5) ? random.integer(30) : 0)
  if (plant !== undefined) {
    const send = network.send.bind(network)
    network.send = (node, command, options) => send(node, plant(command), options)
  }
  const clients = [client({ skew: 0 }), client({ skew }), client({ skew: -skew })].map(({ cache }) => cache)
  let truth = 0
  let acknowledged = 0
  let open = 0
  const wrong: string[] = []
  const begin = (run: () => Promise<unknown>) => {
    open++
    void run()
      .catch((error: unknown) => wrong.push(String(error)))
      .finally(() => open--)
  }
  const invalidations = [
    (cache: (typeof clients)[0]) => cache.delete('key'),
    (cache: (typeof clients)[0]) => cache.set('key', WRITTEN, { ttl: random.pick([0.01, 100]), tags: ['t'] }),
    (cache: (typeof clients)[0]) => cache.clear(),
    (cache: (typeof clients)[0]) => cache.deleteByTags(['t']),
    (cache: (typeof clients)[0]) => cache.expireByTag('t'),
    (cache: (typeof clients)[0]) => cache.deleteByPrefix('k'),
  ]
  const load = async () => {
    const seen = truth
    await new Promise<void>((resolve) => clock.setTimer(resolve, random.integer(120)))
    return seen
  }
  for (let step = 0; step < 30; step++) {
    const cache = random.pick(clients)
    const kind = random.weighted({ load: 5, refresh: 1, invalidate: 3, read: 4 })
    if (kind === 'load') begin(() => cache.getOrSet('key', load, { tags: ['t'], ttl: random.pick([0.05, 100]) }))
    else if (kind === 'refresh') begin(() => cache.getOrSet('key', load, { tags: ['t'], refreshAhead: 1000 }))
    else if (kind === 'invalidate') {
      const now = ++truth
      begin(async () => {
        await random.pick(invalidations)(cache)
        acknowledged = Math.max(acknowledged, now)
      })
    } else {
      const expected = acknowledged
      begin(async () => {
        const value = await cache.get('key')
        if (value !== undefined && (value as number) < expected)
          wrong.push(`${value} after ${expected} at step ${step}`)
      })
    }
    for (let turn = random.integer(4); turn > 0; turn--) {
      clock.advance(random.integer(25))
      await settle(40)
    }
  }
  // In steps shorter than a round trip: longer ones would stretch it, and with it what contenders take, beyond their budgets.
  for (let turn = 0; turn < 3000 && open > 0; turn++) {
    clock.advance(5)
    await settle(60)
  }
  expect(open, `seed ${seed}: calls that never ended`).toBe(0)
  return wrong
}

describe('fenced fills, by clients that know nothing of each other', () => {
  it('a tagged value that arrives before an acknowledged write where that is late gives way to it', async () => {
    const { clock, network, client } = simulate(MAJORITY)
    const [ahead, behind] = [client({ skew: 900 }), client({ skew: -900 })]
    const [late, ...others] = behind.placed('key')
    for (const word of ['absent', 'dead']) {
      if (word === 'dead') await behind.cache.delete('key')
      let loaded!: (value: string) => void
      const load = () => new Promise<string>((resolve) => (loaded = resolve))
      const loading = ahead.cache.getOrSet('key', load, { tags: ['t'] })
      await settle()
      network.delay = (node) => (node === late ? 100 : 0)
      await behind.cache.set('key', `newer than what was ${word}`)
      network.delay = undefined
      // Refused by the others, and stored here: the write is still on its way.
      loaded('old')
      expect(await loading).toBe('old')
      clock.advance(200)
      await settle()
      for (const down of others) {
        network.setFault(down, 'down')
        expect(await client().cache.get('key'), word).toBe(`newer than what was ${word}`)
        network.setFault(down, undefined)
      }
    }
  })

  it('a register is newer than what was drawn from another one of the same millisecond', async () => {
    for (const kill of ['clear', 'deleteByTag', 'deleteByPrefix'] as const) {
      const { client } = simulate(MAJORITY)
      const [one, other] = [client().cache, client().cache]
      await one.deleteByTag('another')
      await one.set('key', 'old', { tags: ['t'] })
      if (kill === 'clear') await other.clear()
      else if (kill === 'deleteByTag') await other.deleteByTag('t')
      else await other.deleteByPrefix('k')
      expect(await client().cache.get('key'), kill).toBe(undefined)
    }
  })

  it('a tagged value is stored beyond invalidations of its tags that came before its load', async () => {
    for (const kill of ['deleteByTag', 'expireByTag'] as const) {
      const { client } = simulate(MAJORITY)
      const [one, other] = [client().cache, client({ skew: -900 }).cache]
      await one[kill]('t')
      // This client does not know whether the register that it meets is older than its load; of the next one it does.
      await other.getOrSet('key', () => 'unknown', { tags: ['u', 't'] })
      expect(await one.get('key'), kill).toBe(undefined)
      await other.getOrSet('key', () => 'first', { tags: ['u', 't'] })
      expect(await one.get('key'), kill).toBe('first')
      await one[kill]('u')
      await one[kill]('t')
      expect(await other.get('key'), kill).toBe(undefined)
      await other.getOrSet('key', () => 'second', { tags: ['u', 't'] })
      expect(await one.get('key'), kill).toBe('second')
    }
  })

  /** `SEEDS=20000` for an evening. */
  const seeds = Number(process.env.SEEDS ?? 200)

  it('no read shows what was loaded before an invalidation that was acknowledged', async () => {
    for (let seed = 1; seed <= seeds; seed++) expect(await staleFills(seed), `seed ${seed}`).toEqual([])
  }, 3_600_000)

  const faults: Record<string, (command: Command) => Command> = {
    // Looking at nothing alone is not noticed: a fill is older than what was written since its load began.
    'fills look at nothing, and count as new': (command) => {
      const keys = Number(command[2])
      const isRegister = String(command[3]).startsWith('!')
      if (command[1] !== STORE.sha1 || isRegister || command.length <= 5 + keys) return command
      const key = String(command[3])
      const record = decodeEnvelope(command[3 + keys] as Uint8Array, key)
      const envelope = encodeEnvelope({ ...record, version: makeVersion(1_700_000_070_000, 0, 1) }, key)
      return [...command.slice(0, 2), '1', command[3]!, envelope, command[4 + keys]!]
    },
    'registers are not written': (command) =>
      command[1] === STORE.sha1 && String(command[3]).startsWith('!tag')
        ? [...command.slice(0, 3), '!elsewhere', ...command.slice(4)]
        : command,
  }
  it.each(Object.entries(faults))(
    'the search notices when %s',
    async (_name, plant) => {
      let wrong = 0
      for (let seed = 1; seed < 500 && wrong === 0; seed++) {
        wrong += await staleFills(seed, plant).then(
          (found) => found.length,
          () => 1,
        )
      }
      expect(wrong).toBeGreaterThan(0)
    },
    120_000,
  )
})
