import QuickLRU from 'quick-lru'
import type { Library } from '../library.js'

export const libraries: Library[] = [
  {
    name: 'quick-lru',
    packages: ['quick-lru'],
    unit: 'ms',
    ttl: 'set',
    removals: true,
    open({ max, ttl, onRemoved }) {
      const cache = new QuickLRU<string, unknown>({
        maxSize: max ?? 1000,
        ...(ttl !== undefined && { maxAge: ttl }),
        ...(onRemoved && { onEviction: (key: string) => onRemoved(key, undefined) }),
      })
      return {
        get: (key) => cache.get(key),
        set: (key, value, ttl) => cache.set(key, value, ttl === undefined ? {} : { maxAge: ttl }),
        delete: (key) => cache.delete(key),
        clear: () => cache.clear(),
        has: (key) => cache.has(key),
        size: () => cache.size,
        keys: () => cache.keys(),
      }
    },
  },
]
