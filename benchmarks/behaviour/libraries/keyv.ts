import { Keyv } from 'keyv'
import type { Library, Subject } from '../library.js'
import { BrokenMap } from './broken-map.js'

export const libraries: Library[] = [
  {
    name: 'keyv',
    packages: ['keyv'],
    unit: 'ms',
    ttl: 'set',
    open: ({ ttl }) => subjectOf(new Keyv<unknown>(ttl === undefined ? {} : { ttl })),
    failing() {
      const store = new BrokenMap()
      return { cache: subjectOf(new Keyv<unknown>({ store: store as never })), fail: () => (store.fails = true) }
    },
  },
]

function subjectOf(cache: Keyv<unknown>): Subject {
  return {
    get: (key) => cache.get(key),
    set: (key, value, ttl) => cache.set(key, value, ttl),
    delete: (key) => cache.delete(key),
    clear: () => cache.clear(),
    has: (key) => cache.has(key),
    keys: async function* () {
      for await (const [key] of cache.iterator!(undefined)) yield key as string
    } as never,
  }
}
