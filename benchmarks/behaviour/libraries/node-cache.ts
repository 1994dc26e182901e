import NodeCache from 'node-cache'
import type { Library } from '../library.js'

export const libraries: Library[] = [
  {
    name: 'node-cache',
    packages: ['node-cache'],
    unit: 's',
    ttl: 'set',
    removals: true,
    open({ max, ttl, onRemoved }) {
      const cache = new NodeCache({
        ...(max !== undefined && { maxKeys: max }),
        ...(ttl !== undefined && { stdTTL: ttl }),
      })
      // It evicts nothing, and tells of what expired.
      if (onRemoved) cache.on('expired', (key: string) => onRemoved(key, 'expired'))
      return {
        get: (key) => cache.get(key),
        set: (key, value, ttl) => (ttl === undefined ? cache.set(key, value) : cache.set(key, value, ttl)),
        delete: (key) => cache.del(key),
        clear: () => cache.flushAll(),
        has: (key) => cache.has(key),
        size: () => cache.getStats().keys,
        keys: () => cache.keys(),
      }
    },
    listening(listener) {
      const cache = new NodeCache()
      cache.on('set', listener)
      return { get: (key) => cache.get(key), set: (key, value) => cache.set(key, value) }
    },
  },
]
