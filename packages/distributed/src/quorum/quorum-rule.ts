/** How many copies, and how many of them must answer: defaults and limits in one place. Knows numbers only. */
import { CacheConfigError } from '@mtaio/exceptions'

/** What to do when fewer replicas live than a quorum needs: go on with those that do, or refuse. */
export type QuorumMode = 'sloppy' | 'strict'

/** What a user asks for. */
export interface QuorumOptions {
  /** How many nodes there are. */
  readonly nodes: number
  /**
   * How many nodes hold a copy of each entry: 1 to `nodes`.
   *
   * @defaultValue 2, or 1 with a single node
   */
  readonly replicationFactor?: number | undefined
  /**
   * How many replicas a read asks: 1 to `replicationFactor`. More see newer entries; fewer answer sooner.
   *
   * @defaultValue 1
   */
  readonly readQuorum?: number | undefined
  /**
   * How many replicas must hold a write before it resolves: 1 to `replicationFactor`. With less than the default, a
   * read may miss the latest acknowledged write.
   *
   * @defaultValue `replicationFactor − readQuorum + 1`, so that a read always meets the latest acknowledged write
   */
  readonly writeQuorum?: number | undefined
  /** @defaultValue 'sloppy' */
  readonly quorum?: QuorumMode | undefined
}

/** What holds. */
export interface Quorums {
  readonly replicationFactor: number
  readonly readQuorum: number
  readonly writeQuorum: number
  readonly quorum: QuorumMode
}

const DEFAULT_REPLICATION_FACTOR = 2
const DEFAULT_READ_QUORUM = 1

/**
 * Fills in what was left out, and refuses what cannot be.
 *
 * @throws CacheConfigError naming the option, its value and the way out
 */
export function resolveQuorums(options: QuorumOptions): Quorums {
  const { nodes } = options
  check('nodes', nodes, Number.MAX_SAFE_INTEGER, '', 'name at least one node')

  const replicationFactor = options.replicationFactor ?? Math.min(DEFAULT_REPLICATION_FACTOR, nodes)
  check(
    'replicationFactor',
    replicationFactor,
    nodes,
    `there ${nodes === 1 ? 'is 1 node' : `are ${nodes} nodes`}`,
    `add nodes, or pass an integer from 1 to ${nodes}`,
  )

  const copies = `replicationFactor is ${replicationFactor}`
  const wayOut = `raise replicationFactor, or pass an integer from 1 to ${replicationFactor}`
  const readQuorum = options.readQuorum ?? DEFAULT_READ_QUORUM
  check('readQuorum', readQuorum, replicationFactor, copies, wayOut)
  const writeQuorum = options.writeQuorum ?? replicationFactor - readQuorum + 1
  check('writeQuorum', writeQuorum, replicationFactor, copies, wayOut)

  const quorum = options.quorum ?? 'sloppy'
  if (quorum !== 'sloppy' && quorum !== 'strict') {
    throw new CacheConfigError(
      `quorum is ${quote(quorum)}: pass 'sloppy' (go on with the replicas that live) or 'strict'`,
    )
  }
  return { replicationFactor, readQuorum, writeQuorum, quorum }
}

function check(name: string, value: unknown, max: number, limit: string, wayOut: string): void {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1) {
    if (value <= max) return
    throw new CacheConfigError(`${name} is ${value}, but ${limit}: ${wayOut}`)
  }
  throw new CacheConfigError(`${name} is ${quote(value)}, not an integer from 1: ${wayOut}`)
}

function quote(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value)
}
