import { type Cache, createCache } from 'cache-manager'
import { Keyv } from 'keyv'
import type { Library, Subject } from '../library.js'
import { BrokenMap } from './broken-map.js'

export const libraries: Library[] = [
  {
    name: 'cache-manager',
    packages: ['cache-manager', 'keyv'],
    unit: 'ms',
    ttl: 'set',
    note: 'over Keyv over its Map, which is its default; a second layer rejects as Keyv does with throwOnErrors',
    open: ({ ttl }) => subjectOf(createCache(ttl === undefined ? {} : { ttl })),
    failing() {
      const store = new BrokenMap()
      const cache = createCache({ stores: [new Keyv({ store: store as never })] })
      return { cache: subjectOf(cache), fail: () => (store.fails = true) }
    },
    layered() {
      const second = new Keyv()
      const cache = createCache({ stores: [new Keyv(), second], nonBlocking: true })
      return { cache: subjectOf(cache), fillSecond: (key, value) => second.set(key, value) }
    },
    layeredFailing() {
      const store = new BrokenMap()
      store.fails = true
      const second = new Keyv({ store: store as never, throwOnErrors: true })
      return subjectOf(createCache({ stores: [new Keyv(), second], nonBlocking: true }))
    },
    listening(listener) {
      const cache = createCache()
      cache.on('set', listener)
      return subjectOf(cache)
    },
  },
]

function subjectOf(cache: Cache): Subject {
  return {
    get: (key) => cache.get(key),
    set: (key, value, ttl) => cache.set(key, value, ttl),
    delete: (key) => cache.del(key),
    clear: () => cache.clear(),
    getOrSet: (key, load) => cache.wrap(key, async () => load()),
  }
}
