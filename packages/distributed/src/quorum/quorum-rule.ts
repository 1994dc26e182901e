/** How many copies, and how many of them must answer: defaults and limits in one place. Knows numbers only. */
import { CacheConfigError } from '@mtaio/exceptions'

/** What to do when fewer replicas live than a quorum needs: go on with those that do, or refuse. */
export type QuorumMode = 'sloppy' | 'strict'

/**
 * How many replicas one call waits for. `'one'`: a single one. `'quorum'`: the majority. `'all'`: every one. The last two are kept
 * strictly: no stand-in counts, and fewer is a `CacheQuorumError`.
 */
export type CallConsistency = 'one' | 'quorum' | 'all'

/** `'linearizable'`: every key is an atomic register, whichever clients read and write it. */
export type Consistency = 'linearizable'

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
  /** `'linearizable'` settles the three above: majorities, strict. @defaultValue what the quorums give */
  readonly consistency?: Consistency | undefined
}

/** What holds. */
export interface Quorums {
  readonly replicationFactor: number
  readonly readQuorum: number
  readonly writeQuorum: number
  readonly quorum: QuorumMode
  /** A read that saw disagreement waits until a write quorum holds what it answers. */
  readonly linearizable: boolean
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

  if (options.consistency !== undefined) return linearizable(options, replicationFactor)

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
  return { replicationFactor, readQuorum, writeQuorum, quorum, linearizable: false }
}

/** What holds for one call that asks for a consistency of its own. @throws CacheConfigError for one that is none */
export function quorumsOf(quorums: Quorums, consistency: CallConsistency | undefined): Quorums {
  const { replicationFactor } = quorums
  switch (consistency) {
    case undefined:
      return quorums
    case 'one':
      return { ...quorums, readQuorum: 1, writeQuorum: 1, linearizable: false }
    case 'quorum': {
      const most = majorityOf(replicationFactor)
      return { ...quorums, readQuorum: most, writeQuorum: most, quorum: 'strict' }
    }
    case 'all':
      return { ...quorums, readQuorum: replicationFactor, writeQuorum: replicationFactor, quorum: 'strict' }
    default:
      throw new CacheConfigError(`consistency is ${quote(consistency)}: pass 'one', 'quorum' or 'all'`)
  }
}

/** The smallest number of `count` of which any two selections share one. */
export function majorityOf(count: number): number {
  return Math.floor(count / 2) + 1
}

function linearizable(options: QuorumOptions, replicationFactor: number): Quorums {
  const { consistency, readQuorum, writeQuorum, quorum } = options
  if (consistency !== 'linearizable') {
    throw new CacheConfigError(
      `consistency is ${quote(consistency)}: pass 'linearizable' or leave it out; for single calls, cache.with({ consistency })`,
    )
  }
  const most = majorityOf(replicationFactor)
  const settled = { readQuorum: most, writeQuorum: most, quorum: 'strict' } as const
  for (const [name, value] of Object.entries({ readQuorum, writeQuorum, quorum })) {
    const needed = settled[name as keyof typeof settled]
    if (value === undefined || value === needed) continue
    throw new CacheConfigError(
      `${name} is ${quote(value)}, but consistency 'linearizable' needs ${quote(needed)}: leave ${name} out`,
    )
  }
  return { replicationFactor, ...settled, linearizable: true }
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
