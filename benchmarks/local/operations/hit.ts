/** Reads of keys that are there. */
import { type KeyShape, keyBuilder } from '../../measure/keys.js'
import type { SyncFace, Value } from '../contender.js'
import { consume, fill, hasSync, type Prepared, type TimedOperation } from '../operation.js'
import { hitRatioPasses } from '../passes.js'
import { KEYS, TTL_MS, VALUES, type Workload } from '../workload.js'

type Access = 'zipf' | 'uniform' | 'fresh'

const TITLES: Record<Access, string> = { zipf: 'hit Zipf', uniform: 'hit uniform', fresh: 'hit fresh' }

export function hit(name: string, access: Access, keys: KeyShape): TimedOperation {
  return {
    kind: 'timed',
    name,
    title: TITLES[access],
    table: 'sync',
    keys,
    proof: 1,
    fits: hasSync,
    prepare(contender, workload) {
      const cache = contender.sync!({ capacity: KEYS, ttlMs: TTL_MS })
      fill(cache, workload.keys(keys), workload)
      checkValues(cache, keys, workload)
      return access === 'fresh' ? freshReads(cache, keys, workload) : preparedReads(cache, keys, access, workload)
    },
  }
}

function preparedReads(cache: SyncFace, shape: KeyShape, access: 'zipf' | 'uniform', workload: Workload): Prepared {
  const requests = workload.requests(access, shape)
  return hitRatioPasses((from, to) => {
    let sum = 0
    let misses = 0
    for (let call = from; call < to; call++) {
      const value: Value | undefined = cache.get(requests[call]!)
      if (value === undefined) misses++
      else sum += value.id
    }
    consume(sum)
    return misses
  })
}

function freshReads(cache: SyncFace, shape: KeyShape, workload: Workload): Prepared {
  const build = keyBuilder(shape)
  const sequence = workload.zipf()
  return hitRatioPasses((from, to) => {
    let sum = 0
    let misses = 0
    for (let call = from; call < to; call++) {
      const value: Value | undefined = cache.get(build(sequence[call]!))
      if (value === undefined) misses++
      else sum += value.id
    }
    consume(sum)
    return misses
  })
}

/** An adapter that mixes up values fails here. What is absent counts in the proof instead. */
function checkValues(cache: SyncFace, shape: KeyShape, workload: Workload): void {
  const values = workload.values()
  for (const [index, key] of workload.keys(shape).entries()) {
    const found = cache.get(key)
    if (found !== undefined && found !== values[index % VALUES])
      throw new Error(`${key} does not hold the value set last`)
  }
}
