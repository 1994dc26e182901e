import { LRUCache } from 'lru-cache'
import pMemoize from 'p-memoize'
import type { Contender, Value } from '../contender.js'

export const contenders: Contender[] = [
  {
    name: 'p-memoize',
    package: 'p-memoize',
    eviction: 'LRU',
    ttl: true,
    statistics: false,
    note: 'over lru-cache',
    loading({ capacity, ttlMs }, load) {
      return { getOrSet: pMemoize(load, { cache: new LRUCache<string, Value>({ max: capacity, ttl: ttlMs }) }) }
    },
  },
]
