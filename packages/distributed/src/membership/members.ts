/**
 * Who the nodes of a cache are, as a value: an explicit, versioned membership. Pure.
 *
 *   settled   keys lie on `nodes`
 *   moving    keys go from `from` to `nodes`: both are written, both are read, until everything is copied
 *
 * Clients may be one state apart, never two. A client that still thinks `from` writes what movers read, and reads what movers
 * write; the same between moving and settled. Between `from` and the settled end, neither holds; so nothing is copied, let alone
 * settled, before every client has had the time to learn of the move (a lease: see `Membership`).
 *
 * I. Rae, E. Rollins, J. Shute, S. Sodhi, R. Vingralek: Online, Asynchronous Schema Change in F1. VLDB 2013 (at most two states at
 * once, by leases).
 */
import { CacheConfigError, CacheError } from '@mtaio/exceptions'

export interface Member {
  /** `host:port`. */
  readonly id: string
  /** Its share of the keys, relative to the others'. */
  readonly weight: number
}

export interface Members {
  /** Counts changes. 0: what the client was made with. */
  readonly epoch: number
  readonly nodes: readonly Member[]
  /** While keys move: the nodes before. */
  readonly from: readonly Member[] | undefined
  /** While keys move: the client that moves them, and how often it has said that it is still there. */
  readonly mover: string | undefined
  readonly beat: number
}

export const MOST_NODES = 1024

export function settledOn(nodes: readonly Member[], epoch = 0): Members {
  return { epoch, nodes, from: undefined, mover: undefined, beat: 0 }
}

/**
 * The membership with one more node. While that very node is being removed, it is kept instead.
 *
 * @throws CacheConfigError when it is a member already; CacheError `'REBALANCING'` while another change is under way
 */
export function adding(members: Members, member: Member, mover: string): Members {
  if (isUndoneBy(members, [...members.nodes, member])) return settledOn(members.from!, members.epoch + 1)
  checkSettled(members)
  if (members.nodes.some(({ id }) => id === member.id)) {
    throw new CacheConfigError(`${member.id} is a node of this cache already`, { node: member.id })
  }
  if (members.nodes.length >= MOST_NODES) throw new CacheConfigError(`a cache has at most ${MOST_NODES} nodes`)
  return { epoch: members.epoch + 1, nodes: [...members.nodes, member], from: members.nodes, mover, beat: 0 }
}

/**
 * The membership without a node. While that very node is being added, it is left out again at once.
 *
 * @throws CacheConfigError when it is no member, or as many nodes as copies would not remain
 */
export function removing(members: Members, id: string, mover: string, replicationFactor: number): Members {
  const nodes = members.nodes.filter((member) => member.id !== id)
  if (nodes.length === members.nodes.length) {
    throw new CacheConfigError(
      `${id} is no node of this cache: it has ${members.nodes.map((each) => each.id).join(', ')}`,
      {
        node: id,
      },
    )
  }
  if (isUndoneBy(members, nodes)) return settledOn(members.from!, members.epoch + 1)
  checkSettled(members)
  if (nodes.length < replicationFactor) {
    throw new CacheConfigError(
      `without ${id} there are ${nodes.length} nodes for ${replicationFactor} copies of each entry: add a node first`,
      { node: id },
    )
  }
  return { epoch: members.epoch + 1, nodes, from: members.nodes, mover, beat: 0 }
}

/** Everybody who may hold something: the nodes, and those of before. */
export function everyone({ nodes, from = [] }: Members): readonly Member[] {
  return [...nodes, ...from.filter(({ id }) => !nodes.some((each) => each.id === id))]
}

/** Whether keys lie on the same nodes by both, and did before. */
export function areAlike(a: Members, b: Members): boolean {
  return a.epoch === b.epoch && areSame(a.nodes, b.nodes) && areSame(a.from ?? [], b.from ?? [])
}

function areSame(a: readonly Member[], b: readonly Member[]): boolean {
  return a.length === b.length && a.every(({ id, weight }, i) => id === b[i]!.id && weight === b[i]!.weight)
}

/** How many nodes must hold a new membership: the majority of those that stay, which any majority of all before meets. */
export function requiredFor({ nodes, from = nodes }: Members): {
  readonly among: readonly string[]
  readonly count: number
} {
  const among = from.filter(({ id }) => nodes.some((each) => each.id === id)).map(({ id }) => id)
  return { among, count: Math.floor(among.length / 2) + 1 }
}

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true })

export function encodeMembers(members: Members): Uint8Array {
  return encoder.encode(JSON.stringify(members))
}

/** `undefined` for what is no membership. */
export function decodeMembers(bytes: Uint8Array): Members | undefined {
  try {
    const { epoch, nodes, from, mover, beat } = JSON.parse(decoder.decode(bytes)) as Record<string, unknown>
    if (!Number.isSafeInteger(epoch) || !Number.isSafeInteger(beat) || !areMembers(nodes)) return undefined
    if (from !== undefined && !areMembers(from)) return undefined
    if (mover !== undefined && typeof mover !== 'string') return undefined
    return { epoch: epoch as number, nodes, from, mover, beat: beat as number }
  } catch {
    return undefined
  }
}

function areMembers(value: unknown): value is Member[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > MOST_NODES) return false
  const ids = new Set<unknown>()
  for (const { id, weight } of value as Partial<Member>[]) {
    if (typeof id !== 'string' || id === '' || typeof weight !== 'number' || !(weight > 0 && weight < Infinity))
      return false
    ids.add(id)
  }
  return ids.size === value.length
}

function isUndoneBy({ from }: Members, nodes: readonly Member[]): boolean {
  return (
    from !== undefined && from.length === nodes.length && from.every(({ id }) => nodes.some((each) => each.id === id))
  )
}

function checkSettled({ from }: Members): void {
  if (from === undefined) return
  throw new CacheError('keys are still moving after the last change of nodes: await cache.rebalanced() first', {
    code: 'REBALANCING',
  })
}
