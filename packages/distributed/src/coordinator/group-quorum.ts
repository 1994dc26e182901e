/**
 * Who decides on a group's transactions, and how many of them it takes. Pure.
 *
 * Any two transactions must meet, so it takes a majority of those who decide; each must meet every acknowledged write of a
 * key and of a register, so it takes as many as leave too few for either. With one or two replicas the next nodes in
 * placement order decide, too, three in all: then one may be away. They keep a copy of what transactions wrote.
 */
import type { Quorums } from '../quorum/quorum-rule.js'

export const FEWEST_DECIDERS = 3

export interface GroupQuorum {
  /** Who decides. */
  readonly deciders: readonly string[]
  /** How many it takes at least. */
  readonly required: number
  isEnough(nodes: Iterable<string>): boolean
}

/**
 * @param orders - all nodes in placement order: as they are and, while keys move, as they were; then it takes both
 * @param replicas - who holds the keys
 */
export function groupQuorum(
  orders: readonly (readonly string[])[],
  replicas: readonly string[],
  { replicationFactor, readQuorum, writeQuorum }: Quorums,
): GroupQuorum {
  const sets = orders.map((order) => order.slice(0, Math.max(replicationFactor, FEWEST_DECIDERS)))
  const deciders = [...new Set(sets.flat())]
  const holders = replicationFactor - writeQuorum + 1
  const countOf = (set: readonly string[], nodes: ReadonlySet<string>) => set.filter((node) => nodes.has(node)).length
  return {
    deciders,
    required: Math.max(...sets.map(majorityOf), readQuorum, holders),
    isEnough(given) {
      const nodes = new Set(given)
      return (
        sets.every((set) => countOf(set, nodes) >= Math.max(majorityOf(set), readQuorum)) &&
        countOf(replicas, nodes) >= holders
      )
    },
  }
}

function majorityOf(set: readonly string[]): number {
  return Math.floor(set.length / 2) + 1
}
