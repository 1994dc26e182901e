import { CacheKeyError } from '@mtaio/exceptions'
import { describe, expect, it } from 'vitest'
import type { TTLCacheOptions } from '../options.js'
import { TTLCache } from '../ttl-cache.js'

describe('fetch of a cache that loads many', () => {
  const stage = (
    answer = (key: string): string | undefined => `value of ${key}`,
    options: TTLCacheOptions<string> = {},
  ) => {
    const calls: (readonly string[])[] = []
    const cache = new TTLCache<string>({
      ...options,
      loadMany: async (keys, { of }) => {
        calls.push(keys)
        for (const key of keys) if (key.startsWith('short')) of(key).setTtl(1)
        return keys.flatMap((key) => {
          const value = answer(key)
          return value === undefined ? [] : [[key, value] as const]
        })
      },
    })
    return { calls, cache }
  }

  it('asks for the keys of one turn together, each once, and for those of the next turn in another call', async () => {
    const { calls, cache } = stage()
    const first = ['a', 'b', 'a', 'short:c'].map((key) => cache.fetch(key))
    expect(await Promise.all(first)).toEqual(['value of a', 'value of b', 'value of a', 'value of short:c'])
    expect(await cache.ttl('short:c')).toBeLessThanOrEqual(1)
    expect(await Promise.all(['a', 'd'].map((key) => cache.fetch(key)))).toEqual(['value of a', 'value of d'])
    expect(calls).toEqual([['a', 'b', 'short:c'], ['d']])
  })

  it('asks for 1,000 keys a call at most', async () => {
    const { calls, cache } = stage()
    const keys = Array.from({ length: 2500 }, (_, i) => `k${i}`)
    expect(await Promise.all(keys.map((key) => cache.fetch(key)))).toEqual(keys.map((key) => `value of ${key}`))
    expect(calls.map(({ length }) => length)).toEqual([1000, 1000, 500])
    expect(calls.flat()).toEqual(keys)
  })

  it.each<[number, number[]]>([
    [2, [2, 2, 1]],
    [1, [1, 1, 1, 1, 1]],
    [Number.POSITIVE_INFINITY, [5]],
  ])('asks for %d keys a call where that is what the source takes, and so does fetchMany', async (most, sizes) => {
    const keys = ['a', 'b', 'c', 'none', 'short:d']
    const stock = (key: string) => (key === 'none' ? undefined : `value of ${key}`)
    const [one, many] = [stage(stock, { maxBatchSize: most }), stage(stock, { maxBatchSize: most })]
    await Promise.allSettled(keys.map((key) => one.cache.fetch(key)))
    const found = await many.cache.fetchMany(keys)
    expect([...found]).toEqual(keys.filter((key) => key !== 'none').map((key) => [key, stock(key)]))
    for (const { calls, cache } of [one, many]) {
      expect(calls.map(({ length }) => length)).toEqual(sizes)
      expect(calls.flat()).toEqual(keys)
      expect(await cache.get('c')).toBe('value of c')
      expect(await cache.ttl('short:d')).toBeLessThanOrEqual(1)
    }
  })

  it('fails as a whole where one of several calls for fetchMany fails, and stores nothing of it', async () => {
    const loadMany = async (keys: readonly string[]) => {
      if (keys.includes('b')) throw new Error('down')
      return keys.map((key) => [key, key] as const)
    }
    const cache = new TTLCache<string>({ loadMany, maxBatchSize: 1 })
    await expect(cache.fetchMany(['a', 'b'])).rejects.toThrow('down')
    expect(await cache.has('a')).toBe(false)
  })

  it.each([0, -1, 1.5, Number.NaN, '10', null, {}])('refuses to ask for %s keys a call', (maxBatchSize) => {
    const options = { loadMany: () => ({}), maxBatchSize: maxBatchSize as number }
    expect(() => new TTLCache<string>(options)).toThrow(/maxBatchSize/)
    expect(() => new TTLCache<string>({ maxBatchSize: 5 })).toThrow(/maxBatchSize needs loadMany/)
  })

  it('tells each caller of its own key: a key that the source has not is the failure of that one alone', async () => {
    const { cache } = stage((key) => (key === 'none' ? undefined : key))
    const [there, none] = await Promise.allSettled([cache.fetch('there'), cache.fetch('none')])
    expect(there).toEqual({ status: 'fulfilled', value: 'there' })
    expect(none).toMatchObject({ reason: expect.any(CacheKeyError) })
    expect(none).toMatchObject({ reason: { code: 'KEY_NOT_FOUND', key: 'none' } })
  })

  it('a failure of the call is that of all who were gathered in it, and of nobody after it', async () => {
    const down = new Error('down')
    let fails = true
    const { calls, cache } = stage((key) => {
      if (fails) throw down
      return key
    })
    const told = await Promise.allSettled(['a', 'b'].map((key) => cache.fetch(key)))
    expect(told).toEqual([
      { status: 'rejected', reason: down },
      { status: 'rejected', reason: down },
    ])
    fails = false
    expect(await cache.fetch('a')).toBe('a')
    expect(calls).toEqual([['a', 'b'], ['a']])
  })

  it('a key that was changed before its call went out is asked for again by who comes after, and kept from then', async () => {
    const { calls, cache } = stage()
    const before = cache.fetch('a')
    await cache.sync.delete('a')
    const after = cache.fetch('a')
    expect(await Promise.all([before, after])).toEqual(['value of a', 'value of a'])
    expect(calls).toEqual([['a'], ['a']])
    const [first, , again] = [cache.fetch('x'), cache.sync.delete('x'), cache.fetch('x')]
    expect(await Promise.all([first, again])).toEqual(['value of x', 'value of x'])
    expect(calls.slice(2)).toEqual([['x'], ['x']])
    expect(await cache.get('x')).toBe('value of x')
  })
})
