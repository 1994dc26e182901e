import { CacheableMemory } from '@cacheable/memory'
import type { Library, Memoized, Subject } from '../library.js'

export const libraries: Library[] = [
  {
    name: '@cacheable/memory',
    packages: ['@cacheable/memory'],
    unit: 'ms',
    ttl: 'set',
    note: 'synchronous: loaders, too',
    open: ({ max, ttl }) =>
      subjectOf(new CacheableMemory({ ...(max !== undefined && { lruSize: max }), ...(ttl !== undefined && { ttl }) })),
    memoize: (fn) => new CacheableMemory().wrap((...args: unknown[]) => fn(...args), {}) as Memoized,
    memoizeBoth(one, other) {
      const cache = new CacheableMemory()
      return [
        cache.wrap((...args: unknown[]) => one(...args), {}) as Memoized,
        cache.wrap((...args: unknown[]) => other(...args), {}) as Memoized,
      ]
    },
    listening(listener) {
      const cache = new CacheableMemory()
      cache.onHook('AFTER_SET', listener)
      return subjectOf(cache)
    },
  },
]

function subjectOf(cache: CacheableMemory): Subject {
  return {
    get: (key) => cache.get(key),
    set: (key, value, ttl) => cache.set(key, value, ttl),
    delete: (key) => cache.delete(key),
    clear: () => cache.clear(),
    has: (key) => cache.has(key),
    size: () => cache.size,
    keys: () => cache.keys,
  }
}
