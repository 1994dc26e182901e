import { BentoCache, bentostore } from 'bentocache'
import { memoryDriver } from 'bentocache/drivers/memory'
import type { Library, Subject } from '../library.js'
import { BrokenMap } from './broken-map.js'

const quiet = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, fatal() {}, child: () => quiet }

export const libraries: Library[] = [
  {
    name: 'bentocache',
    packages: ['bentocache'],
    unit: 'ms',
    ttl: 'set',
    note: 'memory layer; for a store that fails, that layer alone',
    open({ max, ttl }) {
      const memory = bentostore().useL1Layer(memoryDriver(max === undefined ? {} : { maxItems: max }))
      return subjectOf(
        new BentoCache({ default: 'memory', stores: { memory }, ...(ttl !== undefined && { ttl }) }) as never,
      )
    },
    failing() {
      const map = new BrokenMap()
      const driver = Object.assign(map, {
        type: 'l2',
        namespace: () => driver,
        pull: async () => undefined,
        deleteMany: async () => true,
        disconnect: async () => {},
        prune: async () => {},
      })
      const store = bentostore().useL2Layer({ options: {}, factory: () => driver } as never)
      const cache = new BentoCache({ default: 'store', stores: { store }, logger: quiet as never })
      return { cache: subjectOf(cache as never), fail: () => (map.fails = true) }
    },
    listening(listener) {
      const memory = bentostore().useL1Layer(memoryDriver())
      const cache = new BentoCache({ default: 'memory', stores: { memory } })
      cache.on('cache:written', listener)
      return subjectOf(cache as never)
    },
  },
]

type Calls = Pick<
  BentoCache<Record<string, ReturnType<typeof bentostore>>>,
  'get' | 'set' | 'delete' | 'clear' | 'has' | 'getOrSet'
>

function subjectOf(cache: Calls): Subject {
  return {
    get: (key) => cache.get({ key }),
    set: (key, value, ttl) => cache.set(ttl === undefined ? { key, value } : { key, value, ttl }),
    delete: (key) => cache.delete({ key }),
    clear: () => cache.clear(),
    has: (key) => cache.has({ key }),
    getOrSet: (key, load) => cache.getOrSet({ key, factory: async () => load() }),
  }
}
