/** What a near hit costs beside a hit of a `TTLCache`, both awaited: blocks of reads by turns in one process. */
import { TTLCache } from '@mtaio/core'
import type { DistributedCache } from '@mtaio/distributed'
import { seededRandom } from '../measure/random.js'
import { type Spread, spreadOf } from '../measure/ratios.js'
import { zipfSequence } from '../measure/zipf.js'

const KEYS = 1000
const READS = 200_000

export interface HitPath {
  /** ns a read of the `TTLCache`, the median. */
  readonly plainNs: number
  readonly nearNs: number
  /** Near ÷ plain, block by block. */
  readonly ratio: Spread
}

export async function measureHitPath(cache: DistributedCache<string>, rounds: number): Promise<HitPath> {
  const plain = new TTLCache<string>({ maxSize: 10_000 })
  const keys = Array.from({ length: KEYS }, (_, i) => `user:${i}`)
  const order = zipfSequence(KEYS, 0.99, READS, seededRandom(7))
  for (const key of keys) {
    await plain.set(key, 'v'.repeat(100), 3600)
    await cache.set(key, 'v'.repeat(100), 3600)
  }
  // News of these writes are heard before anything is kept.
  await new Promise((resolve) => setTimeout(resolve, 200))
  for (const key of keys) await cache.get(key)
  const block = async (from: { get(key: string): Promise<string | undefined> }) => {
    const start = performance.now()
    for (const rank of order) if ((await from.get(keys[rank]!)) === undefined) throw new Error('a miss')
    return ((performance.now() - start) * 1e6) / READS
  }
  for (let warm = 0; warm < 3; warm++) {
    await block(plain)
    await block(cache)
  }
  cache.resetStats()
  const pairs: [plain: number, near: number][] = []
  for (let round = 0; round < rounds; round++) {
    if (round % 2 === 0) pairs.push([await block(plain), await block(cache)])
    else {
      const near = await block(cache)
      pairs.push([await block(plain), near])
    }
  }
  const { near } = cache.getStats()
  // An entry is read anew once a minute, when its time is over.
  if (near === undefined || near.hits < 0.99 * rounds * READS) throw new Error('these were no near hits')
  return {
    plainNs: spreadOf(pairs.map(([plain]) => plain))!.median,
    nearNs: spreadOf(pairs.map(([, near]) => near))!.median,
    ratio: spreadOf(pairs.map(([plain, near]) => near / plain))!,
  }
}
