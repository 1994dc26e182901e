import { lru } from 'tiny-lru'
import type { Library } from '../library.js'

export const libraries: Library[] = [
  {
    name: 'tiny-lru',
    packages: ['tiny-lru'],
    unit: 'ms',
    ttl: 'cache',
    removals: true,
    open({ max, ttl, onRemoved }) {
      const cache = lru<unknown>(max ?? 1000, ttl ?? 0)
      if (onRemoved) cache.onEvict(({ key }: { key: string }) => onRemoved(key, undefined))
      return {
        get: (key) => cache.get(key),
        // A set takes no TTL, so a probe that gives one has no answer here.
        set: (key, value) => cache.set(key, value),
        delete: (key) => cache.delete(key),
        clear: () => cache.clear(),
        has: (key) => cache.has(key),
        size: () => cache.size,
        keys: () => cache.keys() as string[],
      }
    },
  },
]
