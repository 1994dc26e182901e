/** Asks every node whether it is there. */
import { CacheConnectionError } from '@mtaio/exceptions'
import type { Budget } from '../coordinator/budget.js'
import type { Cluster } from '../coordinator/cluster.js'

/** Resolves as soon as all have answered or failed. @throws CacheConnectionError when none answers */
export async function greet(cluster: Cluster, budget: Budget): Promise<void> {
  const causes = new Map<string, unknown>()
  const { nodes } = cluster
  await Promise.all(
    nodes.map((node) =>
      cluster.ask(node, () => cluster.verbs.ping(node, budget)).catch((error: unknown) => causes.set(node, error)),
    ),
  )
  if (causes.size < nodes.length) return
  const message = `none of the nodes ${nodes.join(', ')} answers: are they running, and are the addresses right?`
  throw new CacheConnectionError(message, { causes, cause: causes.values().next().value })
}
