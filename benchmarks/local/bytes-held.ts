/** How much memory is reachable, after collection. Needs `--expose-gc`. */
import { setImmediate as turn } from 'node:timers/promises'

export async function bytesHeld(): Promise<{ heap: number; offHeap: number }> {
  const collect = globalThis.gc
  if (collect === undefined) throw new Error('run with --expose-gc: memory is compared after collection')
  // Typed arrays' backing stores are freed a turn after their owners.
  for (let time = 0; time < 3; time++) {
    await collect()
    await turn()
  }
  const { heapUsed, external } = process.memoryUsage()
  return { heap: heapUsed, offHeap: external }
}
