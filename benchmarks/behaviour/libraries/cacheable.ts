import { Cacheable } from 'cacheable'
import { Keyv } from 'keyv'
import type { Library, Memoized, Subject } from '../library.js'
import { BrokenMap } from './broken-map.js'

export const libraries: Library[] = [
  {
    name: 'cacheable',
    packages: ['cacheable', 'keyv'],
    unit: 'ms',
    ttl: 'set',
    note: 'a second layer rejects as Keyv does with throwOnErrors',
    open: ({ ttl }) => subjectOf(new Cacheable(ttl === undefined ? {} : { ttl })),
    memoize: (fn) => new Cacheable().wrap(async (...args: unknown[]) => fn(...args), {}) as Memoized,
    memoizeBoth(one, other) {
      const cache = new Cacheable()
      return [
        cache.wrap(async (...args: unknown[]) => one(...args), {}) as Memoized,
        cache.wrap(async (...args: unknown[]) => other(...args), {}) as Memoized,
      ]
    },
    failing() {
      const store = new BrokenMap()
      const cache = new Cacheable({ primary: new Keyv({ store: store as never }) })
      return { cache: subjectOf(cache), fail: () => (store.fails = true) }
    },
    layered() {
      const second = new Keyv()
      const cache = new Cacheable({ secondary: second, nonBlocking: true })
      return { cache: subjectOf(cache), fillSecond: (key, value) => second.set(key, value) }
    },
    layeredFailing() {
      const store = new BrokenMap()
      store.fails = true
      const secondary = new Keyv({ store: store as never, throwOnErrors: true })
      return subjectOf(new Cacheable({ secondary, nonBlocking: true }))
    },
    listening(listener) {
      const cache = new Cacheable()
      cache.onHook('AFTER_SET', listener)
      return subjectOf(cache)
    },
  },
]

function subjectOf(cache: Cacheable): Subject {
  return {
    get: (key) => cache.get(key),
    set: (key, value, ttl) => cache.set(key, value, ttl),
    delete: (key) => cache.delete(key),
    clear: () => cache.clear(),
    has: (key) => cache.has(key),
    getOrSet: (key, load) => cache.getOrSet(key, async () => load()),
  }
}
