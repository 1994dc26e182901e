/** Writes to keys that are there. */
import type { KeyShape } from '../../measure/keys.js'
import { fill, hasSync, type TimedOperation } from '../operation.js'
import { passes } from '../passes.js'
import { CALLS, KEYS, TTL_MS, VALUES } from '../workload.js'

export function update(name: string, shape: KeyShape): TimedOperation {
  return {
    kind: 'timed',
    name,
    title: 'update',
    table: 'sync',
    keys: shape,
    proof: 1,
    fits: hasSync,
    prepare(contender, workload) {
      const cache = contender.sync!({ capacity: KEYS, ttlMs: TTL_MS })
      const values = workload.values()
      fill(cache, workload.keys(shape), workload)
      const requests = workload.requests('uniform', shape)
      return passes(
        (from, to) => {
          for (let call = from; call < to; call++) cache.set(requests[call]!, values[call % VALUES]!)
        },
        1,
        // The share of keys that hold what was written to them last.
        () => {
          const written = new Map<string, unknown>()
          for (let call = 0; call < CALLS; call++) written.set(requests[call]!, values[call % VALUES])
          let right = 0
          for (const [key, value] of written) if (cache.get(key) === value) right++
          return right / written.size
        },
      )
    },
  }
}
