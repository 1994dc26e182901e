/** The same reads and updates through promises, each awaited before the next. */
import type { AsyncFace, Contender, Value } from '../contender.js'
import { consume, fillAsync, type TimedOperation } from '../operation.js'
import { awaitedPasses } from '../passes.js'
import { CALLS, KEYS, TTL_MS, VALUES, type Workload } from '../workload.js'

const hasAsync = (contender: Contender): boolean => contender.async !== undefined

export const asyncGet: TimedOperation = {
  kind: 'timed',
  name: 'async-get',
  title: 'await get',
  table: 'async',
  keys: '12',
  proof: 1,
  fits: hasAsync,
  async prepare(contender, workload) {
    const cache = await filled(contender, workload)
    const requests = workload.requests('zipf', '12')
    let misses = 0
    return awaitedPasses(
      async (from, to) => {
        let sum = 0
        for (let call = from; call < to; call++) {
          const value: Value | undefined = await cache.get(requests[call]!)
          if (value === undefined) misses++
          else sum += value.id
        }
        consume(sum)
      },
      1,
      () => 1 - misses / CALLS,
    )
  },
}

export const asyncSet: TimedOperation = {
  kind: 'timed',
  name: 'async-set',
  title: 'await set',
  table: 'async',
  keys: '12',
  proof: 1,
  fits: hasAsync,
  async prepare(contender, workload) {
    const cache = await filled(contender, workload)
    const values = workload.values()
    const requests = workload.requests('uniform', '12')
    return awaitedPasses(
      async (from, to) => {
        for (let call = from; call < to; call++) await cache.set(requests[call]!, values[call % VALUES]!)
      },
      1,
      // Whether the key written last holds what was written.
      async () => ((await cache.get(requests[CALLS - 1]!)) === values[(CALLS - 1) % VALUES] ? 1 : 0),
    )
  },
}

async function filled(contender: Contender, workload: Workload): Promise<AsyncFace> {
  const cache = contender.async!({ capacity: KEYS, ttlMs: TTL_MS })
  await fillAsync(cache, workload.keys('12'), workload)
  return cache
}
