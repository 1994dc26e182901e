/** The synchronous face is asked what every cache is, and notices the faults that are put into it. */
import { describe, expect, it } from 'vitest'
import type { SyncCache } from './cache.js'
import type { TTLCacheOptions } from './options.js'
import { ManualClock, syncCacheContract } from './testing/index.js'
import { TTLCache, TTLFIFOCache, TTLLFUCache, TTLLRUCache } from './ttl-cache.js'

type Twist = (cache: SyncCache<unknown>) => SyncCache<unknown>

const contractOf = (
  options: TTLCacheOptions<unknown> = {},
  Type = TTLCache<unknown>,
  twist: Twist = (cache) => cache,
) =>
  syncCacheContract({
    supports: { removals: options.inspectable !== false },
    create: (given = {}) => {
      const clock = new ManualClock()
      const { sync } = new Type({ inspectable: true, ...options, ...given, clock })
      return { cache: twist(sync), advance: (ms) => clock.advance(ms) }
    },
  })

describe.each([
  { name: 'TTLCache', Type: TTLCache<unknown> },
  { name: 'TTLLRUCache', Type: TTLLRUCache<unknown> },
  { name: 'TTLLFUCache', Type: TTLLFUCache<unknown> },
  { name: 'TTLFIFOCache', Type: TTLFIFOCache<unknown> },
])('the synchronous face of a $name keeps the contract', ({ Type }) => {
  for (const { name, run } of contractOf({}, Type)) it(name, run)
})

describe('that of a cache with bounds, hooks and callbacks keeps it, too', () => {
  class Hooked extends TTLCache<unknown> {
    protected override preSet(): undefined {}
    protected override postGet(_key: string, value: unknown): unknown {
      return value
    }
  }
  const options = {
    maxSize: 10_000,
    maxWeight: 10_000,
    weigher: () => 1,
    onEvicted: () => undefined,
    inspectable: false,
  }
  for (const { name, run } of contractOf(options, Hooked)) it(name, run)
})

/** Each fault, and a theme whose cases must notice it. */
const faults: Readonly<
  Record<string, readonly [theme: string, twist: (cache: SyncCache<unknown>) => Partial<SyncCache<unknown>>]>
> = {
  'answers a promise': ['at once', (cache) => ({ get: (key: string) => Promise.resolve(cache.get(key)) as never })],
  'takes falsy values for absent': [
    'reading',
    (cache) => ({ get: (key: string, or?: never) => (cache.get(key) || or) as never }),
  ],
  'forgets the TTL': ['storing', (cache) => ({ set: (key, value) => cache.set(key, value) })],
  'tells nothing of deletes': ['storing', (cache) => ({ delete: (key) => cache.delete(key) || true })],
  'lets a load overwrite what it changed itself': [
    'loading at once',
    (cache) => ({
      getOrSet: (key, load, options) => {
        const value = cache.getOrSet(key, load, options)
        cache.set(key, value, options)
        return value
      },
    }),
  ],
  'caches what a load threw': [
    'loading at once',
    (cache) => ({
      getOrSet: (key, load, options) => {
        try {
          return cache.getOrSet(key, load, options)
        } catch (error) {
          cache.set(key, error)
          throw error
        }
      },
    }),
  ],
  'takes a body that waits': [
    'transactions at once',
    (cache) => ({
      transaction: ((body?: (txn: unknown) => unknown, options?: object) => {
        if (body === undefined) return cache.transaction()
        const txn = cache.transaction()
        const answer = body(txn)
        txn.commit()
        return options === undefined ? answer : cache.transaction(body, options)
      }) as never,
    }),
  ],
  'explains nothing of removals': [
    'explanations',
    (cache) => ({ inspect: (key) => ({ ...cache.inspect(key), removal: undefined }) }),
  ],
}

describe('the contract notices a synchronous cache that', () => {
  it.each(Object.entries(faults))('%s', async (_fault, [theme, twist]) => {
    const twisted: Twist = (cache) => {
      const broken = twist(cache) as Record<PropertyKey, unknown>
      return new Proxy(cache, {
        get: (target, name) => {
          if (Object.hasOwn(broken, name)) return broken[name]
          const value: unknown = Reflect.get(target, name, target)
          return typeof value === 'function' ? value.bind(target) : value
        },
      })
    }
    const broken = new Set<string>()
    for (const { name, run } of contractOf({}, TTLCache, twisted)) {
      await run().catch(() => broken.add(name.slice(0, name.indexOf(':'))))
    }
    expect([...broken]).toContain(theme)
  })
})
