/** A key is deleted and set again; the two count as one call. */
import type { KeyShape } from '../../measure/keys.js'
import { fill, type TimedOperation } from '../operation.js'
import { passes } from '../passes.js'
import { KEYS, TTL_MS, VALUES } from '../workload.js'

export function deleteAndSet(name: string, shape: KeyShape): TimedOperation {
  return {
    kind: 'timed',
    name,
    title: 'delete + set',
    table: 'sync',
    keys: shape,
    proof: 1,
    fits: (contender) => contender.sync?.({ capacity: 1, ttlMs: TTL_MS }).delete !== undefined,
    prepare(contender, workload) {
      const cache = contender.sync!({ capacity: KEYS, ttlMs: TTL_MS })
      const keys = workload.keys(shape)
      const values = workload.values()
      fill(cache, keys, workload)
      const requests = workload.requests('uniform', shape)
      return passes(
        (from, to) => {
          for (let call = from; call < to; call++) {
            cache.delete!(requests[call]!)
            cache.set(requests[call]!, values[call % VALUES]!)
          }
        },
        1,
        // The cache is as full as before, and a deleted key is gone.
        () => {
          const key = requests[0]!
          cache.delete!(key)
          const gone = cache.get(key) === undefined
          cache.set(key, values[0]!)
          return gone ? cache.size() / KEYS : 0
        },
      )
    },
  }
}
