/**
 * Where keys lie: the nodes of a cluster in order of preference for each key. Fixed for a given set of nodes, and the
 * same in every client that names them alike; a membership change is another Placement. Knows nothing of who is up.
 */
import { CacheConfigError } from '@mtaio/exceptions'
import { murmur3 } from './hash.js'
import { Rendezvous } from './rendezvous.js'

/** A node that keys can be placed on. */
export interface PlacedNode {
  /** What the node's share of the keys is drawn from: its address, or a name that stays when the address changes. */
  readonly id: string
  /**
   * Its share of the keys, relative to the other nodes': positive and finite.
   *
   * @defaultValue 1
   */
  readonly weight?: number | undefined
}

// Never to be changed: every client must place alike.
const KEY_SEED = 0

/** With more choices than this, not worth telling apart. */
const MOST_CHOICES = 4096

/**
 * The part of `key` that decides where it lies, as in Redis Cluster: what stands between the first `{` and the next `}`
 * if that is not empty, else the whole key. Keys with the same part lie on the same nodes.
 */
export function placementKey(key: string): string {
  const open = key.indexOf('{')
  if (open < 0) return key
  const close = key.indexOf('}', open + 1)
  return close > open + 1 ? key.slice(open + 1, close) : key
}

/** The order of preference of a set of nodes for every key. */
export class Placement {
  /** The nodes, sorted by id: in whatever order clients name them, they place alike. */
  readonly nodes: readonly PlacedNode[]
  readonly #rendezvous: Rendezvous

  /** @throws CacheConfigError when there is no node, two have the same id, or a weight is not positive and finite */
  constructor(nodes: readonly PlacedNode[]) {
    if (nodes.length === 0) throw new CacheConfigError('nodes is empty: name at least one node')
    this.nodes = [...nodes].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))
    this.nodes.forEach(({ id, weight = 1 }, i) => {
      if (typeof id !== 'string' || id === '') throw new CacheConfigError('a node has no id: give each a non-empty one')
      if (i > 0 && this.nodes[i - 1]!.id === id) {
        throw new CacheConfigError(`nodes names ${id} twice: name each node once`, { node: id })
      }
      if (typeof weight !== 'number' || !(weight > 0 && weight < Infinity)) {
        throw new CacheConfigError(
          `the weight of ${id} is ${String(weight)}: pass a positive number, or leave out a node that is to hold nothing`,
          { node: id },
        )
      }
    })
    this.#rendezvous = new Rendezvous(
      this.nodes.map((node) => node.id),
      this.nodes.map((node) => node.weight ?? 1),
    )
  }

  /** The ids of all nodes, best first: the replicas of `key`, then those that stand in for them. O(nodes²) at most. */
  order(key: string): string[] {
    return this.replicasFor(key, this.nodes.length)
  }

  /**
   * The ids of the `count` nodes that hold `key`, best first: the beginning of `order(key)`, no node twice, all nodes
   * if there are fewer. O(key length + nodes · count).
   */
  replicasFor(key: string, count: number): string[] {
    const ids: string[] = []
    for (const node of this.#rendezvous.best(murmur3(placementKey(key), KEY_SEED), count))
      ids.push(this.nodes[node]!.id)
    return ids
  }

  /**
   * Which of the ordered choices of `count` nodes `replicasFor` comes to: an integer below `MOST_CHOICES`, or -1 where there are
   * more than that. What goes with a choice can be made once for all of its keys.
   */
  choiceFor(key: string, count: number): number {
    const nodes = this.nodes.length
    if (nodes ** Math.min(count, nodes) > MOST_CHOICES) return -1
    return this.#rendezvous.choice(murmur3(placementKey(key), KEY_SEED), count)
  }
}
