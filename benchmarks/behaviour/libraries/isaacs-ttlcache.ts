import { TTLCache } from '@isaacs/ttlcache'
import type { Library } from '../library.js'

export const libraries: Library[] = [
  {
    name: '@isaacs/ttlcache',
    packages: ['@isaacs/ttlcache'],
    unit: 'ms',
    ttl: 'set',
    removals: true,
    open({ max, ttl, onRemoved }) {
      const cache = new TTLCache<string, unknown>({
        ...(max !== undefined && { max }),
        ...(ttl !== undefined && { ttl }),
        ...(onRemoved && { dispose: (_value: unknown, key: string, reason: string) => onRemoved(key, reason) }),
      })
      // Without a default each set must say its TTL.
      return {
        get: (key) => cache.get(key),
        set: (key, value, own = ttl ?? Number.POSITIVE_INFINITY) => cache.set(key, value, { ttl: own }),
        delete: (key) => cache.delete(key),
        clear: () => cache.clear(),
        has: (key) => cache.has(key),
        size: () => cache.size,
        keys: () => cache.keys(),
      }
    },
  },
]
