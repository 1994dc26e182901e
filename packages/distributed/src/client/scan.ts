/** Walks the keys of a namespace over all nodes that are up. Memory: one set entry a key, so that replicas' copies count once. */
import { CacheConnectionError } from '@mtaio/exceptions'
import type { Cluster } from '../coordinator/cluster.js'
import type { Keyspace } from './keyspace.js'

const KEYS_A_STEP = 256

/** Batches of distinct keys; some may be dead. A node that fails on the way is left out as long as another answers. */
export async function* scanKeys(cluster: Cluster, keyspace: Keyspace): AsyncIterableIterator<string[]> {
  const seen = new Set<string>()
  const causes = new Map<string, unknown>()
  const { nodes } = cluster
  for (const node of nodes) {
    try {
      let cursor = '0'
      do {
        const at = cursor
        const step = await cluster.ask(node, () =>
          cluster.verbs.scan(node, at, keyspace.pattern, KEYS_A_STEP, cluster.budget()),
        )
        cursor = step.cursor
        const fresh: string[] = []
        for (const physical of step.keys) {
          const key = keyspace.nameOf(physical)
          if (key === undefined || seen.has(key)) continue
          seen.add(key)
          fresh.push(key)
        }
        if (fresh.length > 0) yield fresh
      } while (cursor !== '0')
    } catch (error) {
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
