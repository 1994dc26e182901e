import pMemoize from 'p-memoize'
import type { Library, Memoized } from '../library.js'

export const libraries: Library[] = [
  {
    name: 'p-memoize',
    packages: ['p-memoize'],
    note: 'over a Map, which is its default',
    open() {
      const cache = new Map<unknown, unknown>()
      const loads = new Map<string, () => unknown>()
      const cached = pMemoize(async (key: string) => loads.get(key)!(), { cache })
      return {
        getOrSet(key, load) {
          loads.set(key, load)
          return cached(key)
        },
        set: (key, value) => cache.set(key, value),
        delete: (key) => cache.delete(key),
        clear: () => cache.clear(),
      }
    },
    memoize: (fn) => pMemoize(async (...args: unknown[]) => fn(...args)) as Memoized,
    failing() {
      let fails = false
      const fail = () => {
        fails = true
      }
      const broken = async <R>(answer: R): Promise<R> => {
        if (fails) throw new Error('the store is down')
        return answer
      }
      const map = new Map<unknown, unknown>()
      const cache = {
        has: (key: unknown) => broken(map.has(key)),
        get: (key: unknown) => broken(map.get(key)),
        set: (key: unknown, value: unknown) => broken(void map.set(key, value)),
        delete: (key: unknown) => broken(map.delete(key)),
      }
      const cached = pMemoize(async (_key: string) => 'loaded', { cache: cache as never })
      return { cache: { getOrSet: (key) => cached(key) }, fail }
    },
  },
]
