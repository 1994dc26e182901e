import { LRUMapWithDelete } from 'mnemonist'
import type { Library } from '../library.js'

export const libraries: Library[] = [
  {
    name: 'mnemonist',
    packages: ['mnemonist'],
    note: 'LRUMapWithDelete; no TTL',
    open({ max }) {
      const cache = new LRUMapWithDelete<string, unknown>(max ?? 1000)
      return {
        get: (key) => cache.get(key),
        set: (key, value) => cache.set(key, value),
        delete: (key) => cache.delete(key),
        clear: () => cache.clear(),
        has: (key) => cache.has(key),
        size: () => cache.size,
        keys: () => ({ [Symbol.iterator]: () => cache.keys() }),
      }
    },
  },
]
