/**
 * What is promised under which faults: settings of the cache, what may go wrong, and what must hold all the same. The bound is
 * that of the simulation (`SCENARIOS` of `@mtaio/distributed/testing`), for clients on one machine, hence one clock.
 */
import type { DistributedCacheOptions } from '@mtaio/distributed'

/**
 * - `'storm'`: any trouble on any nodes at once, memory kept.
 * - `'loss'`: one node restarts empty, again and again, and nothing else is wrong.
 * - `'storm-and-loss'`: a storm in which one node restarts empty.
 * - `'corruption'`: bits are flipped on the way to and from one node, which ends empty.
 */
export type Attack = 'storm' | 'loss' | 'storm-and-loss' | 'corruption'

/** As in the simulation; `'regular'`: a read sees the latest acknowledged write or a newer one. */
export type Promised = 'linearizable' | 'regular' | 'converging'

export interface Profile {
  readonly name: string
  readonly settings: Omit<DistributedCacheOptions, 'nodes'>
  readonly promise: Promised
  /** Each as often as it stands there. */
  readonly attacks: readonly Attack[]
}

/** The budget of one operation, ms. */
export const OPERATION_TIMEOUT = 1000

const COMMON = { operationTimeout: `${OPERATION_TIMEOUT}ms`, tombstoneTtl: '1h', defaultTtl: '1d' } as const
const MAJORITY = { ...COMMON, replicationFactor: 3, readQuorum: 2, quorum: 'strict' } as const

export const PROFILES: readonly Profile[] = [
  {
    name: 'linearizable',
    settings: { ...COMMON, replicationFactor: 3, consistency: 'linearizable' },
    promise: 'linearizable',
    attacks: ['storm', 'storm', 'storm', 'corruption'],
  },
  {
    name: 'majority',
    settings: MAJORITY,
    promise: 'regular',
    attacks: ['storm', 'storm', 'loss', 'loss', 'corruption'],
  },
  {
    name: 'a copy to spare',
    settings: { ...MAJORITY, writeQuorum: 3 },
    promise: 'regular',
    attacks: ['storm-and-loss'],
  },
  {
    name: 'defaults',
    settings: COMMON,
    promise: 'converging',
    attacks: ['storm', 'loss', 'storm-and-loss', 'corruption'],
  },
]

/** What claims to be a majority and is not: the checkers are to say so. */
export const WEAK: Profile = {
  name: 'one writes, one reads',
  settings: { ...COMMON, replicationFactor: 3, readQuorum: 1, writeQuorum: 1 },
  promise: 'regular',
  attacks: ['storm'],
}
