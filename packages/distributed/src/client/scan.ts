/** Walks the keys of a namespace over all nodes that are up. Memory: one set entry a key, so that replicas' copies count once. */
import { CacheClosedError, CacheConnectionError } from '@mtaio/exceptions'
import { abortable, type Budget } from '../coordinator/budget.js'
import { inBatches } from './batch.js'
import type { RecordVerbs } from './record-verbs.js'

const KEYS_A_STEP = 256

/**
 * Batches of distinct keys; some may be dead. A node that fails on the way is left out as long as another answers. From one
 * batch to the next is a call: it has a budget, however many nodes it takes.
 */
export async function* scanKeys(verbs: RecordVerbs<unknown>): AsyncIterableIterator<string[]> {
  const seen = new Set<string>()
  const causes = new Map<string, unknown>()
  const { cluster, keyspace } = verbs
  const { nodes } = cluster
  let budget = verbs.budget()
  for (const node of nodes) {
    try {
      let cursor = '0'
      do {
        const at = cursor
        if (cluster.isClosed) throw new CacheClosedError('the cache was disposed while its keys were walked')
        const step = await abortable(verbs.call.signal, () =>
          cluster.ask(node, () => cluster.verbs.scan(node, at, keyspace.pattern, KEYS_A_STEP, budget)),
        )
        cursor = step.cursor
        const fresh: string[] = []
        for (const physical of step.keys) {
          const key = keyspace.nameOf(physical)
          if (key === undefined || seen.has(key)) continue
          seen.add(key)
          fresh.push(key)
        }
        if (fresh.length > 0) {
          yield fresh
          budget = verbs.budget()
        }
      } while (cursor !== '0')
    } catch (error) {
      verbs.call.signal?.throwIfAborted()
      if (error instanceof CacheClosedError) throw error
      causes.set(node, error)
    }
  }
  if (causes.size === nodes.length) {
    throw new CacheConnectionError(`none of the nodes ${nodes.join(', ')} could be walked`, {
      causes,
      cause: causes.values().next().value,
    })
  }
}

/** Live entries, each key once. */
export async function* scanEntries<T>(verbs: RecordVerbs<T>): AsyncIterableIterator<[key: string, value: T]> {
  for await (const keys of scanKeys(verbs)) {
    const peek = async (key: string, budget: Budget) => [key, (await verbs.read(key, budget)).value] as const
    const found = await inBatches(verbs, 'items', keys, String, peek)
    for (const [key, value] of found) if (value !== undefined) yield [key, value]
  }
}
