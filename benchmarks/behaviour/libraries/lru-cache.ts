import { LRUCache } from 'lru-cache'
import type { Library } from '../library.js'

export const libraries: Library[] = [
  {
    name: 'lru-cache',
    packages: ['lru-cache'],
    unit: 'ms',
    ttl: 'set',
    removals: true,
    note: 'loading by fetch(); it must be bounded, here by a million entries',
    open({ max, ttl, onRemoved }) {
      const cache = new LRUCache<string, object, () => unknown>({
        max: max ?? 1_000_000,
        ...(ttl !== undefined && { ttl }),
        ...(onRemoved && { dispose: (_value, key, reason) => onRemoved(key, reason) }),
        fetchMethod: async (_key, _stale, { context }) => context() as object,
      })
      return {
        get: (key) => cache.get(key),
        set: (key, value, ttl) => cache.set(key, value as object, ttl === undefined ? {} : { ttl }),
        delete: (key) => cache.delete(key),
        clear: () => cache.clear(),
        has: (key) => cache.has(key),
        size: () => cache.size,
        keys: () => cache.keys(),
        getOrSet: (key, load) => cache.fetch(key, { context: load }),
      }
    },
  },
]
