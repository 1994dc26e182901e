/** What a distributed cache's statistics say beside those of every cache, as instruments. */
import type { Attributes, Measure } from '@mtaio/core/otel'
import type { DistributedCacheStats, NodeView } from '../client/distributed-stats.js'

/** A node, as OpenTelemetry's conventions name servers. */
export function serverOf(node: string): Attributes {
  const [, bracketed, host = bracketed, port] = /^(?:\[(.+)\]|(.+?)):(\d+)$/.exec(node) ?? []
  return host === undefined ? { 'server.address': node } : { 'server.address': host, 'server.port': Number(port) }
}

const SERVER = ['server.address', 'server.port']

function ofNodes(read: (node: NodeView) => readonly (readonly [number, Attributes?])[]) {
  return ({ nodes }: DistributedCacheStats) =>
    nodes.flatMap((node) =>
      read(node).map(([value, attributes]) => [value, { ...serverOf(node.node), ...attributes }] as const),
    )
}

const nodeMeasures: readonly Measure<DistributedCacheStats>[] = [
  {
    name: 'cache.node.up',
    kind: 'gauge',
    unit: '1',
    description: '1 where questions are sent to the node, 0 where it is left out.',
    attributes: SERVER,
    read: ofNodes(({ up }) => [[up ? 1 : 0]]),
  },
  {
    name: 'cache.node.in_flight',
    kind: 'gauge',
    unit: '{command}',
    description: 'Questions to the node under way.',
    attributes: SERVER,
    read: ofNodes(({ inFlight }) => [[inFlight]]),
  },
  {
    name: 'cache.node.errors',
    kind: 'counter',
    unit: '{command}',
    description: 'Questions to the node that failed, by whether it was for want of time.',
    attributes: [...SERVER, 'error.type'],
    read: ofNodes(({ errors, timeouts }) => [
      [timeouts, { 'error.type': 'timeout' }],
      [errors - timeouts, { 'error.type': '_OTHER' }],
    ]),
  },
  {
    name: 'cache.node.latency',
    kind: 'gauge',
    unit: 's',
    description: 'What this part of the last thousand or so answers of the node did not take longer than.',
    attributes: [...SERVER, 'cache.quantile'],
    read: ofNodes(({ latency }) =>
      latency === undefined
        ? []
        : [
            [latency.p50 / 1000, { 'cache.quantile': '0.5' }],
            [latency.p95 / 1000, { 'cache.quantile': '0.95' }],
            [latency.p99 / 1000, { 'cache.quantile': '0.99' }],
          ],
    ),
  },
  {
    name: 'cache.node.hints',
    kind: 'gauge',
    unit: '{write}',
    description: 'Writes that the node missed and is still to be told.',
    attributes: SERVER,
    read: ofNodes(({ hints }) => [[hints]]),
  },
]

/** What every distributed cache tells of its cluster. */
export const clusterMeasures: readonly Measure<DistributedCacheStats>[] = [
  ...nodeMeasures,
  {
    name: 'cache.hints',
    kind: 'counter',
    unit: '{write}',
    description: 'Writes that a node missed, by what became of them: delivered on its return, or given up.',
    attributes: ['cache.hint.outcome'],
    read: ({ hintsReplayed, hintsDropped }) => [
      [hintsReplayed, { 'cache.hint.outcome': 'replayed' }],
      [hintsDropped, { 'cache.hint.outcome': 'dropped' }],
    ],
  },
  {
    name: 'cache.repairs',
    kind: 'counter',
    unit: '{replica}',
    description: 'Replicas that a read found behind, by whether they were sent what they lack or there were too many.',
    attributes: ['cache.repair.outcome'],
    read: ({ repairs, repairsDropped }) => [
      [repairs, { 'cache.repair.outcome': 'sent' }],
      [repairsDropped, { 'cache.repair.outcome': 'dropped' }],
    ],
  },
  {
    name: 'cache.degraded',
    kind: 'counter',
    unit: '{call}',
    description: 'Calls that fewer nodes answered than the quorum asks for.',
    attributes: [],
    read: ({ degraded }) => [[degraded]],
  },
  {
    name: 'cache.hedges',
    kind: 'counter',
    unit: '{request}',
    description: 'Reads for which another node was asked beside a slow one.',
    attributes: [],
    read: ({ hedges }) => [[hedges]],
  },
  {
    name: 'cache.near.requests',
    kind: 'counter',
    unit: '{request}',
    description: 'Reads of a near cache, by whether it answered them.',
    attributes: ['cache.result'],
    read: ({ near }) =>
      near === undefined
        ? []
        : [
            [near.hits, { 'cache.result': 'hit' }],
            [near.misses, { 'cache.result': 'miss' }],
          ],
  },
  {
    name: 'cache.near.outage_hits',
    kind: 'counter',
    unit: '{request}',
    description: 'Reads that the near cache answered while no node was in reach.',
    attributes: [],
    read: ({ near }) => (near === undefined ? [] : [[near.outageHits]]),
  },
  {
    name: 'cache.near.entries',
    kind: 'gauge',
    unit: '{entry}',
    description: 'Entries that the near cache holds.',
    attributes: [],
    read: ({ near }) => (near === undefined ? [] : [[near.items]]),
  },
  {
    name: 'cache.near.invalidations',
    kind: 'counter',
    unit: '{entry}',
    description: 'Entries that the near cache dropped because of a change, here or elsewhere.',
    attributes: [],
    read: ({ near }) => (near === undefined ? [] : [[near.invalidations]]),
  },
]
