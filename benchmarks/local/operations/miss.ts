/** Reads of keys that are not there, in a full cache. */
import type { KeyShape } from '../../measure/keys.js'
import { fill, hasSync, type TimedOperation } from '../operation.js'
import { hitRatioPasses } from '../passes.js'
import { KEYS, TTL_MS } from '../workload.js'

export function miss(name: string, shape: KeyShape): TimedOperation {
  return {
    kind: 'timed',
    name,
    title: 'miss',
    table: 'sync',
    keys: shape,
    proof: 0,
    fits: hasSync,
    prepare(contender, workload) {
      const cache = contender.sync!({ capacity: KEYS, ttlMs: TTL_MS })
      fill(cache, workload.keys(shape), workload)
      const requests = workload.absentRequests(shape)
      return hitRatioPasses((from, to) => {
        let misses = 0
        for (let call = from; call < to; call++) if (cache.get(requests[call]!) === undefined) misses++
        return misses
      })
    },
  }
}
