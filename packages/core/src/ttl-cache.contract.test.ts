import { describe, it } from 'vitest'
import { cacheContract, ManualClock } from './testing/index.js'
import { TTLCache, TTLFIFOCache, TTLLFUCache, TTLLRUCache } from './ttl-cache.js'

describe.each([
  { name: 'TTLCache', Type: TTLCache<unknown> },
  { name: 'TTLLRUCache', Type: TTLLRUCache<unknown> },
  { name: 'TTLLFUCache', Type: TTLLFUCache<unknown> },
  { name: 'TTLFIFOCache', Type: TTLFIFOCache<unknown> },
])('$name keeps the contract', ({ Type }) => {
  const contract = cacheContract({
    create: (options = {}) => {
      const clock = new ManualClock()
      return { cache: new Type({ ...options, clock, inspectable: true }), advance: (ms) => clock.advance(ms) }
    },
  })
  for (const { name, run } of contract) it(name, run)
})

describe('TTLCache whose hooks change nothing keeps the contract', () => {
  class Hooked extends TTLCache<unknown> {
    protected override async preSet(): Promise<void> {}
    protected override async postGet(_key: string, value: unknown): Promise<unknown> {
      return value
    }
  }
  const contract = cacheContract({
    create: (options = {}) => {
      const clock = new ManualClock()
      return { cache: new Hooked({ ...options, clock, inspectable: true }), advance: (ms) => clock.advance(ms) }
    },
  })
  for (const { name, run } of contract) it(name, run)
})

describe('TTLCache with listeners, callbacks and a weigher keeps the contract', () => {
  const contract = cacheContract({
    supports: { removals: false },
    create: (options = {}) => {
      const clock = new ManualClock(1_000_000)
      const cache = new TTLCache<unknown>({
        ...options,
        clock,
        maxSize: 10_000,
        maxWeight: 10_000,
        weigher: () => 1,
        onEvicted: async () => undefined,
        evictionReasons: ['capacity', 'expired', 'deleted', 'replaced', 'cleared'],
      })
      for (const event of ['hit', 'miss', 'set', 'delete', 'evict', 'expire', 'clear', 'load', 'error'] as const) {
        cache.on(event, () => undefined)
      }
      return { cache, advance: (ms) => clock.advance(ms) }
    },
  })
  for (const { name, run } of contract) it(name, run)
})
