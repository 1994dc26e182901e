import { CacheConfigError, CacheKeyError } from '@mtaio/exceptions'
import { describe, expect, it } from 'vitest'
import { TTLCache, type TTLCacheOptions } from '../index.js'
import { ManualClock } from '../testing/manual-clock.js'

describe('a cache with a loader of its own', () => {
  it('fetches: the cached value, else the loaded one, one load for all who ask', async () => {
    const asked: string[] = []
    const load = async ({ key }: { key: string }) => {
      asked.push(key)
      return `value of ${key}`
    }
    const cache = new TTLCache<string>({ load })
    expect(await Promise.all([cache.fetch('a'), cache.fetch('a')])).toEqual(['value of a', 'value of a'])
    expect(await cache.get('a')).toBe('value of a')
    expect(await cache.get('b')).toBeUndefined()
    expect([...(await cache.fetchMany(['b', 'a', 'b']))]).toEqual([
      ['b', 'value of b'],
      ['a', 'value of a'],
    ])
    expect(asked).toEqual(['a', 'b'])
    await expect(cache.fetch('')).rejects.toThrow(CacheKeyError)
  })

  it('loads many in one call of loadMany, and one by it where there is no load', async () => {
    const asked: (readonly string[])[] = []
    const loadMany = async (keys: readonly string[]) => {
      asked.push(keys)
      return keys.filter((key) => key !== 'none').map((key) => [key, key.toUpperCase()] as const)
    }
    const cache = new TTLCache<string>({ loadMany })
    expect(await cache.fetch('a')).toBe('A')
    expect(Object.fromEntries(await cache.fetchMany(['a', 'b', 'none']))).toEqual({ a: 'A', b: 'B' })
    await expect(cache.fetch('none')).rejects.toMatchObject({ code: 'KEY_NOT_FOUND', key: 'none' })
    expect(asked).toEqual([['a'], ['b', 'none'], ['none']])
    const both = new TTLCache<string>({ loadMany, load: () => 'one' })
    expect(await both.fetch('a')).toBe('one')
    expect([...(await both.fetchMany(['b'])).values()]).toEqual(['B'])
  })

  it('loads as its options say unless the call says otherwise, namespaces and the synchronous face, too', async () => {
    const clock = new ManualClock()
    const cache = new TTLCache<string>({ clock, load: () => 'v', loading: { ttl: 5, tags: ['t'], negativeTtl: 60 } })
    await cache.fetch('k')
    await cache.getOrSet('own', () => 'v', { ttl: 9 })
    cache.sync.getOrSet('sync', () => 'v')
    const view = cache.namespace('n')
    await view.getOrSet('k', () => 'v')
    await view.getOrSetMany(['many'], () => ({ many: 'v' }))
    expect([await cache.ttl('k'), await cache.ttl('own'), await cache.ttl('sync')]).toEqual([5, 9, 5])
    expect([await view.ttl('k'), await view.ttl('many')]).toEqual([5, 5])
    await cache.deleteByTag('t')
    expect([...cache.sync.keys()]).toEqual([])
    let loads = 0
    const fail = () => {
      loads++
      throw new Error('down')
    }
    for (let call = 0; call < 2; call++) await expect(cache.getOrSet('f', fail)).rejects.toThrow('down')
    expect(loads).toBe(1)
  })

  it('says where the loader is missing, for namespaces have keys of their own', async () => {
    const plain = new TTLCache<string>()
    const view = new TTLCache<string>({ load: () => 'v' }).namespace('n')
    for (const cache of [plain, view]) {
      await expect(cache.fetch('k')).rejects.toThrow(/fetch needs a cache that was made with { load }/)
      await expect(cache.fetchMany(['k'])).rejects.toThrow(CacheConfigError)
    }
    const bad: [TTLCacheOptions<string>, RegExp][] = [
      [{ load: 'x' as never }, /load must be a function/],
      [{ loadMany: {} as never }, /loadMany must be a function/],
      [{ loading: { ttl: 0 } }, /ttl/],
      [{ loading: { signal: new AbortController().signal } as never }, /loading has no option/],
      [{ loading: { earlyRefresh: -1 } }, /earlyRefresh/],
      [{ loading: 5 as never }, /loading takes an object/],
    ]
    for (const [options, says] of bad) expect(() => new TTLCache<string>(options)).toThrow(says)
  })
})

describe('tags that a load tells at its end', () => {
  it('a caller who came after such a tag was invalidated is given a value that was loaded after it', async () => {
    const cache = new TTLCache<string>()
    const answers: ((value: string) => void)[] = []
    const ask = () =>
      cache.getOrSet('k', async ({ setTags }) => {
        const value = await new Promise<string>((resolve) => answers.push(resolve))
        setTags(['t'])
        return value
      })
    const before = ask()
    await cache.deleteByTag('unrelated')
    const between = ask()
    await cache.deleteByTag('t')
    const after = ask()
    answers[0]!('old')
    expect(await Promise.all([before, between])).toEqual(['old', 'old'])
    await new Promise((resolve) => setImmediate(resolve))
    expect(answers).toHaveLength(2)
    answers[1]!('new')
    expect(await after).toBe('new')
    expect(await cache.get('k')).toBe('new')
  })
})

it('a batch that had joined such a load asks for that key again, and leaves it out no more', async () => {
  const cache = new TTLCache<string>()
  const answers: ((value: string) => void)[] = []
  const wait = () => new Promise<string>((resolve) => answers.push(resolve))
  const first = cache.getOrSet('k', async ({ setTags }) => {
    const value = await wait()
    setTags(['t'])
    return value
  })
  await cache.deleteByTag('t')
  const batch = cache.getOrSetMany(['k', 'other'], async (keys) => {
    const value = await wait()
    return keys.map((key) => [key, `${value} of ${key}`] as const)
  })
  await new Promise((resolve) => setImmediate(resolve))
  answers[1]!('batch')
  answers[0]!('old')
  await new Promise((resolve) => setImmediate(resolve))
  answers[2]!('again')
  expect(await first).toBe('old')
  expect(Object.fromEntries(await batch)).toEqual({ k: 'again of k', other: 'batch of other' })
})
