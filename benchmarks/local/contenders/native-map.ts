/** The limit of what is built on `Map`: no lifetimes, no recency, and the least work that keeps it bounded. */
import type { Contender, Room, SyncFace } from '../contender.js'

export const contenders: Contender[] = [
  {
    name: 'Map',
    package: undefined,
    eviction: 'FIFO',
    ttl: false,
    statistics: false,
    note: 'a ring of keys in order of arrival keeps it bounded',
    sync: bounded,
    async(room) {
      const map = bounded(room)
      return { get: async (key) => map.get(key), set: async (key, value) => map.set(key, value) }
    },
  },
]

// The first key of a Map's own iterator would do as well, but finding it passes over every entry deleted before it.
function bounded({ capacity }: Room): SyncFace {
  const map = new Map<string, Parameters<SyncFace['set']>[1]>()
  const ring = new Array<string | undefined>(capacity).fill(undefined)
  let place = 0
  return {
    get: (key) => map.get(key),
    set: (key, value) => {
      const before = map.size
      map.set(key, value)
      if (map.size === before) return
      const oldest = ring[place]
      if (oldest !== undefined && map.size > capacity) map.delete(oldest)
      ring[place] = key
      if (++place === capacity) place = 0
    },
    delete: (key) => {
      map.delete(key)
    },
    size: () => map.size,
  }
}
