import { createCache } from 'async-cache-dedupe'
import type { Library, Memoized } from '../library.js'

/** Seconds: without one it caches nothing. */
const TTL = 3600

export const libraries: Library[] = [
  {
    name: 'async-cache-dedupe',
    packages: ['async-cache-dedupe'],
    unit: 's',
    ttl: 'cache',
    oneArgument: true,
    note: 'a TTL of an hour, without which it caches nothing; memory storage; a clock of whole seconds',
    open({ max, ttl }) {
      const loads = new Map<string, () => unknown>()
      const cache = createCache({
        ttl: ttl ?? TTL,
        storage: { type: 'memory', options: max === undefined ? {} : { size: max } },
      }).define('load', async (key: string) => loads.get(key)!())
      return {
        getOrSet(key, load) {
          loads.set(key, load)
          return cache.load(key)
        },
        delete: (key) => cache.clear('load', key),
        clear: () => cache.clear(),
      }
    },
    memoize(fn) {
      const cache = createCache({ ttl: TTL, storage: { type: 'memory' } }).define('fn', async (arg: unknown) => fn(arg))
      return cache.fn as Memoized
    },
    failing() {
      let fails = false
      const fail = () => {
        fails = true
      }
      const map = new Map<string, unknown>()
      const broken = async <R>(answer: R): Promise<R> => {
        if (fails) throw new Error('the store is down')
        return answer
      }
      const storage = {
        get: (key: string) => broken(map.get(key)),
        set: (key: string, value: unknown) => broken(void map.set(key, value)),
        remove: (key: string) => broken(void map.delete(key)),
        invalidate: () => broken(undefined),
        clear: () => broken(undefined),
        refresh: () => broken(undefined),
        getTTL: () => broken(TTL),
        exists: (key: string) => broken(map.has(key)),
      }
      const cache = createCache({
        ttl: TTL,
        storage: { type: 'custom', options: { storage } } as never,
      }).define('load', async (_key: string) => 'loaded')
      return { cache: { getOrSet: (key) => cache.load(key) }, fail }
    },
  },
]
