/** The end of a history: all has been well for a while, copies are compared, and everybody who looks is to see the same. */
import type { RecordedClient } from '../history/recorder.js'
import type { Violation } from '../history/violation.js'
import { apart, isSettled } from './copies.js'
import type { SimulatedClient } from './simulated-client.js'
import type { SimulatedNode } from './simulated-node.js'

export interface Ending {
  readonly clients: readonly SimulatedClient[]
  readonly recorded: readonly RecordedClient[]
  readonly nodes: ReadonlyMap<string, SimulatedNode>
  readonly keys: readonly string[]
  /** Whether copies are compared even where there is nothing to put right. */
  readonly repairs: boolean
  fail(rule: Violation['rule'], says: string): void
}

export async function finale({ clients, recorded, nodes, keys, repairs, fail }: Ending): Promise<void> {
  const [first] = clients as [SimulatedClient]
  await settleMembers(clients, fail)
  if (repairs || !isSettled(first.inside, nodes)) {
    try {
      const { failures } = await first.inside.antiEntropy.repair({})
      if (failures.size > 0) fail('convergence', `all nodes are well, and ${[...failures.keys()]} cannot be walked`)
    } catch (error) {
      fail('convergence', `all nodes are well, and the repair fails: ${String(error)}`)
    }
  }
  const { says, alike } = apart(first.inside, nodes, keys)
  for (const each of says) fail('convergence', each)
  if (alike.length > 0) await Promise.all(recorded.map((client) => client.getMany(alike, true)))
}

/** Where nodes came and went: keys come to rest, and all clients come to know of the same nodes. */
async function settleMembers(clients: readonly SimulatedClient[], fail: Ending['fail']): Promise<void> {
  const followed = clients.flatMap(({ inside: { membership } }) => membership ?? [])
  const [first] = followed
  if (first === undefined) return
  try {
    await first.rebalancing.rebalanced(undefined)
    await Promise.all(followed.map(({ membership }) => membership.refresh()))
  } catch (error) {
    fail('convergence', `all nodes are well, and keys do not come to rest: ${String(error)}`)
  }
  const seen = new Set(followed.map(({ membership: { current } }) => current.nodes.map(({ id }) => id).join(' ')))
  if (seen.size > 1) fail('convergence', `all nodes are well, and clients know of ${[...seen].join('; or of ')}`)
}
