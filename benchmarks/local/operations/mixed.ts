/**
 * What a server does: reads by Zipf's law, and writes what it missed. The cache holds a tenth of the keys. Whoever
 * misses more does more work here, so that times of caches with different hit ratios compare the policies, too.
 */
import type { KeyShape } from '../../measure/keys.js'
import type { Value } from '../contender.js'
import { consume, evicts, hasSync, type TimedOperation } from '../operation.js'
import { hitRatioPasses } from '../passes.js'
import { KEYS, TTL_MS, VALUES } from '../workload.js'

export function mixed(name: string, shape: KeyShape): TimedOperation {
  return {
    kind: 'timed',
    name,
    title: 'mixed',
    table: 'sync',
    keys: shape,
    proof: undefined,
    fits: (contender) => hasSync(contender) && evicts(contender),
    prepare(contender, workload) {
      const cache = contender.sync!({ capacity: KEYS / 10, ttlMs: TTL_MS })
      const values = workload.values()
      const requests = workload.requests('zipf', shape)
      // The proof is the hit ratio from the empty cache on.
      return hitRatioPasses((from, to) => {
        let misses = 0
        let sum = 0
        for (let call = from; call < to; call++) {
          const key = requests[call]!
          const value: Value | undefined = cache.get(key)
          if (value === undefined) {
            misses++
            cache.set(key, values[call % VALUES]!)
          } else {
            sum += value.id
          }
        }
        consume(sum)
        return misses
      })
    },
  }
}
