/** The nodes' figures as the cluster's. Pure. */
import type { ClusterState } from '../src/observe/cluster-observer.js'
import type { NodeRates } from '../src/observe/node-history.js'

/** What all nodes did in one interval. */
export interface Moment {
  /** Wall-clock seconds. */
  readonly at: number
  readonly hitRatio: number | undefined
  readonly commands: number
  readonly evictions: number
  readonly expirations: number
  /** The slowest node's round trips, ms. */
  readonly p50: number | undefined
  readonly p95: number | undefined
  readonly p99: number | undefined
}

/** The intervals of all nodes, oldest first, nodes together: those that ended within the same interval of time. */
export function momentsOf({ nodes, interval }: Pick<ClusterState, 'nodes' | 'interval'>): Moment[] {
  const byTime = new Map<number, NodeRates[]>()
  for (const { intervals } of nodes) {
    for (const rates of intervals) {
      const slot = Math.round(rates.at / interval)
      byTime.set(slot, [...(byTime.get(slot) ?? []), rates])
    }
  }
  return [...byTime].sort(([a], [b]) => a - b).map(([slot, together]) => momentOf((slot * interval) / 1000, together))
}

function momentOf(at: number, together: readonly NodeRates[]): Moment {
  const sum = (of: (rates: NodeRates) => number) => together.reduce((total, rates) => total + of(rates), 0)
  const slowest = (rank: 'p50' | 'p95' | 'p99') => {
    const known = together.flatMap(({ latency }) => (latency === undefined ? [] : [latency[rank]]))
    return known.length === 0 ? undefined : Math.max(...known)
  }
  const reads = sum((rates) => rates.reads)
  return {
    at,
    hitRatio: reads === 0 ? undefined : sum((rates) => (rates.hitRatio ?? 0) * rates.reads) / reads,
    commands: sum((rates) => rates.commands),
    evictions: sum((rates) => rates.evictions),
    expirations: sum((rates) => rates.expirations),
    p50: slowest('p50'),
    p95: slowest('p95'),
    p99: slowest('p99'),
  }
}
