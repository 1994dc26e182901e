/** Clients of one simulated network for tests: no socket, no real time, each with a wall clock that may be wrong. */
import { ManualClock } from '@mtaio/core/testing'
import { DistributedView } from '../src/client/distributed-view.js'
import { Keyspace } from '../src/client/keyspace.js'
import type { DistributedCacheOptions } from '../src/client/options.js'
import { RecordVerbs } from '../src/client/record-verbs.js'
import { Sealing } from '../src/codec/sealing.js'
import { ValueCodec } from '../src/codec/value-codec.js'
import { Cluster } from '../src/coordinator/cluster.js'
import type { ClusterParts } from '../src/coordinator/cluster-parts.js'
import { Placement } from '../src/placement/placement.js'
import { resolveQuorums } from '../src/quorum/quorum-rule.js'
import { VersionClock } from '../src/record/version-clock.js'
import { SimulatedNetwork } from '../src/testing/simulated-network.js'

export const NODES = ['a:1', 'b:1', 'c:1']
const EPOCH = 1_700_000_000_000

export type QuorumOptions = Pick<
  DistributedCacheOptions,
  'replicationFactor' | 'readQuorum' | 'writeQuorum' | 'quorum' | 'consistency'
>

/** One network of three nodes, and any number of clients. */
export function simulate(quorum: QuorumOptions = {}) {
  const clock = new ManualClock()
  const wallNow = () => EPOCH + clock.now()
  const network = new SimulatedNetwork(NODES, wallNow, clock)
  const events: string[] = []
  const degraded: string[] = []
  let writers = 1

  /** @param skew - how far the client's wall clock is ahead, ms */
  const client = ({ skew = 0 } = {}) => {
    const parts: ClusterParts = {
      transport: network,
      placement: new Placement(NODES.map((id) => ({ id }))),
      quorums: resolveQuorums({ nodes: NODES.length, ...quorum }),
      versions: new VersionClock({ wallNow: () => wallNow() + skew, writer: writers++ }),
      clock,
      wallNow: () => wallNow() + skew,
      random: () => 0.5,
      operationTimeout: 2000,
      hintLimits: { maxHints: 100, maxBytes: 1e6 },
    }
    const cluster = new Cluster(parts, {
      nodeDown: (node) => events.push(`${node} down`),
      nodeUp: (node) => events.push(`${node} up`),
      degraded: (call, key) => degraded.push(`${call} ${key}`),
    })
    const codec = new ValueCodec({ codecs: ['msgpack'], maxBytes: 1000 })
    const verbs = new RecordVerbs<unknown>(cluster, new Keyspace('test'), codec, new Sealing(undefined), 60_000)
    const viewOf = () => {
      throw new Error('no namespaces here')
    }
    const cache = new DistributedView<unknown>({ verbs, defaultTtl: 300_000, viewOf })
    return { cache, cluster, placed: (key: string) => parts.placement.order(key) }
  }
  return { clock, network, client, events, degraded }
}

/** Lets everything that waits for nothing but turns of the event loop come to its end. */
export async function settle(turns = 500): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await Promise.resolve()
}
