import { LRUMap } from 'mnemonist'
import type { Contender, Value } from '../contender.js'

export const contenders: Contender[] = [
  {
    name: 'mnemonist',
    package: 'mnemonist',
    eviction: 'LRU',
    ttl: false,
    statistics: false,
    note: 'LRUMap',
    sync({ capacity }) {
      const cache = new LRUMap<string, Value>(capacity)
      return {
        get: (key) => cache.get(key),
        set: (key, value) => {
          cache.set(key, value)
        },
        size: () => cache.size,
      }
    },
  },
]
