/** Writes of new keys to a full cache: each makes another entry leave. */
import { type KeyShape, keyBuilder } from '../../measure/keys.js'
import { evicts, fill, hasSync, type TimedOperation } from '../operation.js'
import { CALLS, KEYS, TTL_MS, VALUES } from '../workload.js'

/** Prepared keys come round again when they have long left: every third fill of the cache. */
const ROUND = 3 * KEYS
/** Fresh keys come round again after this many. */
const FRESH_ROUND = 40 * KEYS

export function evict(name: string, shape: KeyShape, fresh: boolean): TimedOperation {
  return {
    kind: 'timed',
    name,
    title: fresh ? 'evict fresh' : 'evict',
    table: 'sync',
    keys: shape,
    proof: 1,
    fits: (contender) => hasSync(contender) && evicts(contender),
    prepare(contender, workload) {
      const cache = contender.sync!({ capacity: KEYS, ttlMs: TTL_MS })
      fill(cache, workload.keys(shape), workload)
      const values = workload.values()
      const keys = workload.keys(shape, ROUND)
      const build = keyBuilder(shape)
      const round = fresh ? FRESH_ROUND : ROUND
      let next = KEYS
      const walkPrepared = () => {
        for (let call = 0; call < CALLS; call++) cache.set(keys[next + call]!, values[call % VALUES]!)
      }
      const walkFresh = () => {
        for (let call = 0; call < CALLS; call++) cache.set(build(next + call), values[call % VALUES]!)
      }
      return {
        pass() {
          if (fresh) walkFresh()
          else walkPrepared()
          next = (next + CALLS) % round
        },
        proofPasses: 1,
        /** As many as came have left, and those were the first. */
        proof() {
          for (let index = 0; index < CALLS; index++) if (cache.get(keys[index]!) !== undefined) return 0
          return cache.size() / KEYS
        },
      }
    },
  }
}
