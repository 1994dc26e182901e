/** What a cache of a million entries holds beside its keys and values, which exist before and are counted for none. */
import { bytesHeld } from '../bytes-held.js'
import type { LoneOperation } from '../operation.js'
import { TTL_MS, VALUES } from '../workload.js'

const ENTRIES = 1_000_000

export const memory: LoneOperation = {
  kind: 'lone',
  name: 'memory',
  title: 'memory at 1M entries',
  columns: { bytes: 'bytes/entry', heap: 'of it heap', offHeap: 'of it off-heap', proof: 'entries found' },
  fits: (contender) => contender.sync !== undefined || contender.async !== undefined,
  async measure(contender, workload) {
    const keys = workload.keys('12', ENTRIES)
    const values = workload.values()
    // A string keeps its hash in a field that it has anyway; a Map that computes it now adds no byte later.
    const before = await bytesHeld()
    const room = { capacity: ENTRIES, ttlMs: TTL_MS }
    const cache = contender.sync?.(room) ?? contender.async!(room)
    for (let index = 0; index < ENTRIES; index++) await cache.set(keys[index]!, values[index % VALUES]!)
    const after = await bytesHeld()
    let found = 0
    for (let index = 0; index < ENTRIES; index += 997)
      if ((await cache.get(keys[index]!)) === values[index % VALUES]) found++
    return {
      bytes: (after.heap + after.offHeap - before.heap - before.offHeap) / ENTRIES,
      heap: (after.heap - before.heap) / ENTRIES,
      offHeap: (after.offHeap - before.offHeap) / ENTRIES,
      proof: found / Math.ceil(ENTRIES / 997),
    }
  },
}
