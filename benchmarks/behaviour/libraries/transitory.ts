import { newCache } from 'transitory'
import type { Library } from '../library.js'

export const libraries: Library[] = [
  {
    name: 'transitory',
    packages: ['transitory'],
    unit: 'ms',
    ttl: 'cache',
    removals: true,
    open({ max, ttl, onRemoved }) {
      let builder = newCache<string, unknown>().maxSize(max ?? 1000)
      if (ttl !== undefined) builder = builder.expireAfterWrite(ttl)
      if (onRemoved) builder = builder.withRemovalListener((key, _value, reason) => onRemoved(key, reason))
      const cache = builder.loading().build()
      return {
        get: (key) => cache.getIfPresent(key),
        set: (key, value) => cache.set(key, value),
        delete: (key) => cache.delete(key),
        clear: () => cache.clear(),
        has: (key) => cache.has(key),
        size: () => cache.size,
        keys: () => cache.keys(),
        getOrSet: (key, load) => cache.get(key, async () => load()),
      }
    },
  },
]
