/** The stream through a TTLCache under each policy: get, and on a miss set. */
import { EvictionPolicy, TTLCache } from '@mtaio/core'
import { progress } from './progress.js'
import type { RequestStream } from './request-stream.js'

export interface LocalResult {
  readonly policy: string
  readonly hitRatio: number
  readonly operations: number
  readonly seconds: number
  readonly evictions: number
  readonly wrong: number
}

export function runLocal(stream: RequestStream, size: number): LocalResult[] {
  return Object.values(EvictionPolicy).map((policy) => {
    const cache = new TTLCache<number>({ maxSize: size, evictionPolicy: policy }).sync
    const bar = progress(`TTLCache ${policy}`, stream.order.length)
    const start = performance.now()
    let wrong = 0
    for (let step = 0; step < stream.order.length; step++) {
      const id = stream.order[step]!
      const key = stream.keys[id]!
      const value = cache.get(key)
      if (value === undefined) cache.set(key, id)
      else if (value !== id) wrong++
      if (step % 10_000 === 0) bar.at(step)
    }
    const seconds = (performance.now() - start) / 1000
    bar.end()
    const { hitRate, hits, misses, sets, evictions } = cache.getStats()
    return { policy, hitRatio: hitRate, operations: hits + misses + sets, seconds, evictions, wrong }
  })
}
