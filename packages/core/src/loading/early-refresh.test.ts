import { CacheConfigError } from '@mtaio/exceptions'
import { describe, expect, it, vi } from 'vitest'
import { TTLCache } from '../index.js'
import { ManualClock } from '../testing/manual-clock.js'
import { LoadTimes } from './load-times.js'
import { Loader } from './loader.js'

const turn = () => new Promise((resolve) => setImmediate(resolve))

/** A loader whose loads take 100 ms, and lots that are drawn from a list. */
function world() {
  const clock = new ManualClock()
  const lots: number[] = []
  let loads = 0
  const loader = new Loader<string>(
    {
      openFence: () => ({ holds: () => true, close: () => undefined }),
      fill: (_key, value) => value,
      loadFailed: () => undefined,
      stale: () => undefined,
    },
    { clock, defaultTtl: 300_000, random: () => lots.shift() ?? 0 },
  )
  const load = () => {
    loads++
    return new Promise<string>((resolve) => clock.setTimer(() => resolve('v'), 100))
  }
  const loaded = async () => {
    clock.advance(100)
    await turn()
  }
  return { clock, lots, loader, load, loaded, loads: () => loads }
}

describe('earlyRefresh', () => {
  it('loads before the end as often as the paper says: by e to the minus time left over load time times beta', async () => {
    for (const beta of [0.5, 1, 3]) {
      const { lots, loader, load, loaded, loads } = world()
      const first = loader.load('k', load, { earlyRefresh: beta }, undefined)
      await loaded()
      await first
      for (const left of [1, 50, 100, 250]) {
        const before = loads()
        // Every lot there is, evenly: what is drawn is the probability itself.
        for (let lot = 0; lot < 100; lot++) {
          lots.push((lot + 0.5) / 100)
          loader.ahead('k', load, { earlyRefresh: beta }, undefined, left, 'v')
          if (loader.inFlight > 0) await loaded()
        }
        expect(Math.abs((loads() - before) / 100 - Math.exp(-left / (beta * 100)))).toBeLessThan(0.01)
      }
    }
  })

  it('does not load early what cost no time, what was never measured, and where it is not asked for', async () => {
    const { lots, loader, load, loads } = world()
    lots.push(0.999999)
    loader.ahead('never loaded', load, { earlyRefresh: 1 }, undefined, 1, 'v')
    await loader.load('k', () => 'at once', { earlyRefresh: 1 }, undefined)
    lots.push(0.999999)
    loader.ahead('k', load, { earlyRefresh: 1 }, undefined, 1, 'v')
    loader.ahead('k', load, {}, undefined, 1, 'v')
    expect(loads()).toBe(0)
  })

  it('answers what there is meanwhile, of one key and of many', async () => {
    const clock = new ManualClock()
    const cache = new TTLCache<string>({ clock })
    let version = 1
    const slow = () => new Promise<string>((resolve) => clock.setTimer(() => resolve(`v${version++}`), 500))
    const ask = () => cache.getOrSet('k', slow, { ttl: 10, earlyRefresh: 1 })
    const random = vi.spyOn(Math, 'random').mockReturnValue(0)
    try {
      const first = ask()
      clock.advance(500)
      expect(await first).toBe('v1')
      clock.advance(9900)
      expect(await ask()).toBe('v1')
      random.mockReturnValue(0.9)
      expect(await ask()).toBe('v1')
      clock.advance(500)
      await turn()
      expect(await cache.get('k')).toBe('v2')
      clock.advance(9900)
      const asked: string[][] = []
      const many = async (keys: readonly string[]) => {
        asked.push([...keys])
        return keys.map((key) => [key, 'many'] as const)
      }
      const found = await cache.getOrSetMany(['k', 'absent'], many, { ttl: 10, earlyRefresh: 1 })
      expect([...found]).toEqual([
        ['k', 'v2'],
        ['absent', 'many'],
      ])
      await turn()
      expect(asked).toEqual([['absent', 'k']])
      expect(await cache.get('k')).toBe('many')
    } finally {
      random.mockRestore()
    }
  })

  it('is a number above 0', async () => {
    const cache = new TTLCache<string>()
    for (const bad of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, '1', null]) {
      await expect(cache.getOrSet('k', () => 'v', { earlyRefresh: bad as never })).rejects.toThrow(CacheConfigError)
    }
  })
})

describe('refreshAhead of many', () => {
  it('loads anew, in the one call, the hits that have not long to live', async () => {
    const clock = new ManualClock()
    const cache = new TTLCache<string>({ clock })
    await cache.set('soon', 'old', 5)
    await cache.set('later', 'old', 50)
    const asked: string[][] = []
    const found = await cache.getOrSetMany(
      ['soon', 'later', 'absent'],
      async (keys) => {
        asked.push([...keys])
        return keys.map((key) => [key, 'new'] as const)
      },
      { refreshAhead: 10 },
    )
    expect(Object.fromEntries(found)).toEqual({ soon: 'old', later: 'old', absent: 'new' })
    await turn()
    expect(asked).toEqual([['absent', 'soon']])
    expect(Object.fromEntries(await cache.getMany(['soon', 'later']))).toEqual({ soon: 'new', later: 'old' })
  })
})

describe('LoadTimes', () => {
  it('keeps the latest of each key, and answers the mean for what it has forgotten', () => {
    const times = new LoadTimes()
    expect(times.of('k')).toBe(0)
    times.measured('k', 10)
    times.measured('k', 90)
    expect(times.of('k')).toBe(90)
    expect(times.of('other')).toBe(15)
    for (let index = 0; index < 10_000; index++) times.measured(`other${index}`, 40)
    expect(times.of('k')).toBeCloseTo(40)
    expect(times.of('other9999')).toBe(40)
  })
})
