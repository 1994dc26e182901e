/** Loading through the cache: keys that are there, and keys of which each must be loaded. */
import type { Contender, LoadingFace } from '../contender.js'
import { consume, evicts, fillLoading, type TimedOperation } from '../operation.js'
import { awaitedPasses } from '../passes.js'
import { CALLS, KEYS, TTL_MS, type Workload } from '../workload.js'

/** Cold keys come round again when they have long left: every third fill of the cache. */
const ROUND = 3 * KEYS

export const warmGetOrSet: TimedOperation = {
  kind: 'timed',
  name: 'getorset-warm',
  title: 'getOrSet, warm',
  table: 'getOrSet',
  keys: '12',
  proof: 1,
  fits: (contender) => contender.loading !== undefined,
  async prepare(contender, workload) {
    const { cache, loads } = await filled(contender, workload)
    const requests = workload.requests('zipf', '12')
    const before = loads()
    return awaitedPasses(
      async (from, to) => {
        let sum = 0
        for (let call = from; call < to; call++) sum += (await cache.getOrSet(requests[call]!)).id
        consume(sum)
      },
      1,
      // The share of calls that loaded nothing.
      () => 1 - (loads() - before) / CALLS,
    )
  },
}

export const coldGetOrSet: TimedOperation = {
  kind: 'timed',
  name: 'getorset-cold',
  title: 'getOrSet, cold',
  table: 'getOrSet',
  keys: '12',
  proof: 1,
  fits: (contender) => contender.loading !== undefined && evicts(contender),
  async prepare(contender, workload) {
    const { cache, loads } = await filled(contender, workload)
    const keys = workload.keys('12', ROUND)
    const before = loads()
    let next = KEYS
    return {
      async pass() {
        let sum = 0
        for (let call = 0; call < CALLS; call++) sum += (await cache.getOrSet(keys[next + call]!)).id
        consume(sum)
        next = (next + CALLS) % ROUND
      },
      proofPasses: 1,
      /** The share of calls that loaded. */
      proof: () => (loads() - before) / CALLS,
    }
  },
}

async function filled(contender: Contender, workload: Workload): Promise<{ cache: LoadingFace; loads: () => number }> {
  const value = workload.values()[1]!
  let loads = 0
  const cache = contender.loading!({ capacity: KEYS, ttlMs: TTL_MS }, async () => {
    loads++
    return value
  })
  await fillLoading(cache, workload.keys('12'))
  return { cache, loads: () => loads }
}
