/** Who is asked about a key. Given what is known of the nodes; asks nobody. */
import type { Placement } from '../placement/placement.js'
import type { Quorums } from '../quorum/quorum-rule.js'

export interface Route {
  /** Who holds the key; while it moves, its owners of before, too. */
  readonly replicas: readonly string[]
  /** Who is asked: the replicas that are up, in a sloppy quorum others in place of those that are not. */
  readonly targets: readonly string[]
  /** The replicas that are not up. */
  readonly missing: readonly string[]
  /**
   * How many more than a quorum must answer while the key moves. Of `r` owners before and `r` after, `m` are new and `m` leave;
   * any `q + m` of all `r + m` have `q` in either set.
   */
  readonly more: number
}

/** Where keys lie: now, and before, while they move. */
export interface Places {
  readonly placement: Placement
  readonly before: Placement | undefined
}

/**
 * The replicas of a key; where one is down, in a sloppy quorum, the next node in placement order instead, which is how
 * stand-ins are found again by reads. Where nobody is up, the replicas all the same: better a try than none.
 */
export function routeOf(
  key: string,
  { placement, before }: Places,
  { replicationFactor, quorum }: Quorums,
  isUp: (node: string) => boolean,
): Route {
  const replicas = ownersOf(key, { placement, before }, replicationFactor)
  const more = before === undefined ? 0 : replicas.length - Math.min(replicationFactor, placement.nodes.length)
  const missing = replicas.filter((node) => !isUp(node))
  if (missing.length === 0) return { replicas, targets: replicas, missing, more }
  const live = replicas.filter(isUp)
  if (quorum === 'strict') return { replicas, targets: live, missing, more }
  const standIns = orderOf(key, { placement, before }).filter((node) => isUp(node) && !replicas.includes(node))
  const targets = [...live, ...standIns].slice(0, replicas.length)
  if (targets.length === 0) return { replicas, targets: replicas, missing: [], more }
  return { replicas, targets, missing, more }
}

/** The owners of a key, then those of before that are owners no more. */
export function ownersOf(key: string, { placement, before }: Places, replicationFactor: number): readonly string[] {
  const owners = placement.replicasFor(key, replicationFactor)
  const former = before?.replicasFor(key, replicationFactor).filter((node) => !owners.includes(node)) ?? []
  return former.length === 0 ? owners : [...owners, ...former]
}

/** All nodes in order of preference for a key. */
export function orderOf(key: string, { placement, before }: Places): string[] {
  const order = placement.order(key)
  if (before === undefined) return order
  return [...order, ...before.order(key).filter((node) => !order.includes(node))]
}
