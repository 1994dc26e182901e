/** The near cache over real processes: writers in the way of readers, lines that hang, and all nodes gone at once. */
import { CacheError, DistributedCache, type DistributedCacheOptions } from '@mtaio/distributed'
import { HistoryRecorder, staleReads } from '@mtaio/distributed/testing'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { sleep } from './load.js'
import { type Engine, Member } from './member.js'
import { SeededDice } from './seeded-dice.js'

const MAX_STALENESS = 400
/** Clients, servers and proxies share the cores of one machine, so that what ended in time may be told late, ms. */
const ALLOWANCE = 200
const closers: (() => unknown)[] = []

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

type Near = NonNullable<DistributedCacheOptions['nearCache']>

async function room(engine: Engine, nearCache: Near = {}) {
  const dice = new SeededDice(11)
  const members = await Promise.all([1, 2, 3].map(() => Member.start(engine, dice.another().next)))
  closers.push(() => Promise.all(members.map((member) => member.stop())))
  const open = (isNear: boolean) => {
    const cache = new DistributedCache<string>({
      nodes: members.map(({ address }) => address),
      quorum: 'strict',
      replicationFactor: 3,
      operationTimeout: '1s',
      nearCache: isNear ? { maxStaleness: `${MAX_STALENESS}ms`, ...nearCache } : undefined,
    })
    closers.push(() => cache[Symbol.asyncDispose]())
    return cache
  }
  return { members, dice, open }
}

/** Resolves once all that nodes had to say before has been heard. */
const newsOf = (cache: DistributedCache<string>) => () => Reflect.get(cache, 'nearCache').ears.prove() as Promise<void>

/** Readers with near caches, writers with and without, for so long; what they saw is written down. */
async function fight(
  { open, dice }: Awaited<ReturnType<typeof room>>,
  ms: number,
  lagMs: number,
  spoil: (cache: DistributedCache<string>) => void = () => {},
) {
  const recorder = new HistoryRecorder(() => performance.now())
  const caches = [open(true), open(true), open(true), open(false)]
  caches.slice(0, 3).forEach(spoil)
  const lag = { usual: lagMs, proven: 0 }
  const clients = caches.map((cache, i) => recorder.over(`c${i}`, cache, i === 3 ? {} : { lag, prove: newsOf(cache) }))
  const keys = Array.from({ length: 12 }, (_, i) => `key${i}`)
  const end = performance.now() + ms
  let values = 0
  const lane = async (client: (typeof clients)[number], mine: SeededDice, writes: number) => {
    while (performance.now() < end) {
      const key = mine.pick(keys)
      if (mine.chance(writes)) {
        await (mine.chance(0.8) ? client.set(key, `${values++}`, ['tag']) : client.delete(key))
        if (mine.chance(0.02)) await client.deleteByTag('tag')
      } else if (mine.chance(0.1)) await client.getAfterNews(key)
      else for (let reads = 0; reads < 3; reads++) await client.get(key)
      if (mine.chance(0.3)) await sleep(mine.between(0, 6))
    }
  }
  const all = Promise.all(clients.map((client, i) => lane(client, dice.another(), i === 3 ? 0.5 : 0.05)))
  const stats = () => caches.slice(0, 3).map((cache) => cache.getStats().near!)
  return { recorder, all, stats }
}

/** A fight in which all lines are half open, then one is mute, another cut. */
async function hang(engine: Engine, spoil: (cache: DistributedCache<string>) => void = () => {}) {
  const here = await room(engine)
  const { all, recorder, stats } = await fight(here, 4000, MAX_STALENESS + ALLOWANCE, spoil)
  const [, second, third] = here.members
  const halfOpen = { what: 'half-open' } as const
  const mute = { what: 'silence', way: 'back' } as const
  const cut = { what: 'cut' } as const
  await sleep(500)
  // All of them: what one line hides, another replica tells.
  for (const { proxy } of here.members) {
    proxy.begin(halfOpen)
    proxy.end(halfOpen)
  }
  await sleep(1500)
  second!.proxy.begin(mute)
  await sleep(900)
  second!.proxy.end(mute)
  third!.proxy.begin(cut)
  await sleep(300)
  third!.proxy.end(cut)
  await all
  return { recorder, stats }
}

describe.each(['redis', 'node'] as const)('near caches over processes of %s', (engine) => {
  it('show nothing older than what was written and told of, and drop what changes while it is read', async () => {
    const { all, recorder, stats } = await fight(await room(engine), 2500, MAX_STALENESS + ALLOWANCE)
    await all
    expect(staleReads(recorder.calls)).toEqual([])
    const hits = stats().reduce((sum, { hits }) => sum + hits, 0)
    expect(hits).toBeGreaterThan(0)
    expect(stats().some(({ invalidations }) => invalidations > 0)).toBe(true)
  })

  it('are behind by no more than they say where lines hang half open, or are cut', async () => {
    const { recorder, stats } = await hang(engine)
    expect(staleReads(recorder.calls)).toEqual([])
    expect(stats().reduce((sum, { hits }) => sum + hits, 0)).toBeGreaterThan(0)
  })

  it('answer while all nodes are gone, where told to and as long as told to, and hold the truth again afterwards', async () => {
    const { members, open } = await room(engine, { serveStaleOnOutage: '2s' })
    const [cache, other, strict] = [open(true), open(false), open(false)]
    const outages: [string, number][] = []
    cache.on('outage', (...told) => outages.push(told))
    await cache.start()
    await other.set('key', 'before')
    await newsOf(cache)()
    expect(await cache.get('key')).toBe('before')
    expect(await strict.get('key')).toBe('before')
    await Promise.all(members.map((member) => member.kill()))
    const began = performance.now()
    await vi.waitUntil(() => cache.getStats().near!.listening === 0)
    expect(await cache.get('key')).toBe('before')
    expect((await cache.getMany(['key'])).get('key')).toBe('before')
    expect(await cache.getOrSet('key', () => 'loaded')).toBe('before')
    expect(cache.getStats().near!.outageHits).toBe(3)
    expect(outages.map(([key]) => key)).toEqual(['key', 'key', 'key'])
    expect(Math.max(...outages.map(([, age]) => age))).toBeLessThan(2000)
    // Others than those that were told to have nothing to say, and keys that nobody has read are not made up.
    await expect(strict.get('key')).rejects.toThrow(CacheError)
    await expect(cache.get('another')).rejects.toThrow(CacheError)
    await vi.waitUntil(
      () =>
        cache.get('key').then(
          () => false,
          () => true,
        ),
      { timeout: 10_000, interval: 50 },
    )
    expect(performance.now() - began).toBeGreaterThan(1000)
    await Promise.all(members.map((member) => member.restart({ isEmpty: true })))
    // Nobody has to read for that.
    await vi.waitUntil(
      () =>
        other.set('key', 'after').then(
          () => true,
          () => false,
        ),
      { timeout: 20_000, interval: 50 },
    )
    await vi.waitUntil(
      () =>
        cache.get('key').then(
          (value) => value === 'after',
          () => false,
        ),
      { timeout: 20_000, interval: 20 },
    )
    await vi.waitUntil(() => cache.getStats().near!.listening === 3, { timeout: 20_000 })
    const { hits } = cache.getStats().near!
    await vi.waitUntil(
      async () => {
        expect(await cache.get('key')).toBe('after')
        return cache.getStats().near!.hits > hits
      },
      { timeout: 20_000, interval: 20 },
    )
  }, 90_000)
})

describe('the checkers', () => {
  it('find out a near cache that believes a silent line', async () => {
    const believe = (cache: DistributedCache<string>) => {
      const { ears } = Reflect.get(cache, 'nearCache')
      ears.haveHeard = () => true
      ears.wake()
      for (const ear of Reflect.get(ears, 'ears').values()) ear.prove = async () => undefined
    }
    const found = new Set<string>()
    // What is read and written meanwhile is chance, and on a busy machine little.
    for (let attempt = 1; attempt <= 4 && found.size === 0; attempt++) {
      const { recorder } = await hang('redis', believe)
      for (const { rule } of staleReads(recorder.calls)) found.add(rule)
    }
    expect([...found]).not.toEqual([])
  }, 90_000)
})
