/**
 * What a history is about: a cluster's settings, what goes wrong, and what is promised all the same. **The fault bound**
 * stands here: which promise holds under which faults. See docs/simulation.md.
 */
import type { DistributedCacheOptions } from '../../client/options.js'
import type { Quorums } from '../../quorum/quorum-rule.js'

/** Settings of the cache that is simulated; the nodes, the network and the time are the simulation's. */
export type SimulatedSettings = Omit<DistributedCacheOptions, 'nodes' | 'tls' | 'clock' | 'wallClock'>

/**
 * `'regular'`: a read sees the latest acknowledged write or a newer one. `'linearizable'`: each key is an atomic register.
 * `'converging'`: clients agree once all is well again; what was never written is never read; every call ends in time.
 */
export type Promised = 'regular' | 'linearizable' | 'converging'

/**
 * What goes wrong.
 *
 * - `'calm'`: messages overtake and repeat each other, clocks are wrong, clients die; nodes answer soon.
 * - `'storm'`: also messages are lost or take seconds, ways are cut in either direction, nodes are slow, or out of reach
 *   and back with their memory.
 * - `'loss'`: as calm, and nodes restart empty: the same ones again and again, fewer than a write quorum.
 * - `'storm-and-loss'`: as a storm, and as many nodes as quorums have to spare restart empty.
 * - `'one-node'`: one node at a time is away, cut off or slow, and one client asks.
 * - `'anything'`: all of it, without a bound.
 */
export type Faults = 'calm' | 'storm' | 'loss' | 'storm-and-loss' | 'one-node' | 'anything'

/** What clients call, each as often as its weight says. */
export type Verb =
  | 'get'
  | 'getAfterNews'
  | 'getSetGet'
  | 'getMany'
  | 'set'
  | 'delete'
  | 'clear'
  | 'deleteByTag'
  | 'touch'
  | 'getOrSet'
  | 'commit'

export interface Scenario {
  readonly name: string
  readonly nodes: number
  readonly settings: SimulatedSettings
  readonly promise: Promised
  readonly faults: Faults
  /** How far clients' clocks are off at most, either way, ms. */
  readonly skew: number
  /** How long what is written lives, ms. */
  readonly life: number
  readonly verbs: Readonly<Partial<Record<Verb, number>>>
  /** How far calls are apart in the mean, ms. @defaultValue drawn for each history */
  readonly pace?: number
}

const MINUTE = 60_000

const ALL_VERBS = {
  get: 40,
  getMany: 3,
  set: 25,
  delete: 8,
  clear: 3,
  deleteByTag: 3,
  touch: 4,
  getOrSet: 8,
  commit: 4,
}
const WITHOUT_REGISTERS = { get: 40, getMany: 3, set: 25, delete: 10, touch: 4, getOrSet: 8, commit: 4 }
/** Those who decide on a pair's keys are more than its replicas: what one of these forgets, they may not know. */
const WITHOUT_TRANSACTIONS = { get: 40, getMany: 3, set: 25, delete: 8, clear: 3, touch: 4, getOrSet: 8 }
const BRIEF = { get: 45, set: 20, delete: 6, getOrSet: 6 }
/** Clients that mostly load, in each other's way, and transactions on what they loaded. */
const LOADS = { get: 30, set: 8, delete: 6, clear: 2, touch: 4, getOrSet: 35, commit: 8 }
const MOSTLY_LOADS = { get: 42, set: 3, delete: 2, getOrSet: 48, commit: 5 }

/** Registers are written a minute ahead, and cover clocks that disagree by less. */
const WITHIN_REGISTERS = 25_000
/** Deletions must be remembered for longer than clocks are wrong. */
const LONG_MEMORY = { tombstoneTtl: '1h', defaultTtl: '1d' } as const

/** Many reads, some of them of a client that has heard all news before, or has written itself. */
const NEAR_VERBS = { ...ALL_VERBS, get: 50, getAfterNews: 20, getSetGet: 10, clear: 6, deleteByTag: 6 }
const NEAR = { maxStaleness: '1s', ttl: '1h', negativeTtl: '1h' } as const

const MAJORITY = { replicationFactor: 3, readQuorum: 2, quorum: 'strict' } as const

/** How often each is drawn. */
export const SCENARIOS: readonly (readonly [weight: number, scenario: Scenario])[] = [
  [4, strict('majority', 3, MAJORITY, 'storm')],
  [2, strict('majority of five', 5, MAJORITY, 'storm')],
  [2, strict('all write, one reads', 3, { replicationFactor: 3, quorum: 'strict' }, 'storm')],
  [2, strict('three of five', 5, { replicationFactor: 5, readQuorum: 3, quorum: 'strict' }, 'storm')],
  [2, strict('pair', 4, { quorum: 'strict' }, 'storm')],
  [2, strict('majority, memory lost', 3, MAJORITY, 'loss')],
  [2, { ...strict('pair, memory lost', 4, { quorum: 'strict' }, 'loss'), verbs: WITHOUT_TRANSACTIONS }],
  [2, strict('a copy to spare', 3, { ...MAJORITY, writeQuorum: 3 }, 'storm-and-loss')],
  [2, { ...strict('minutes apart', 3, MAJORITY, 'storm'), skew: 3 * MINUTE, verbs: WITHOUT_REGISTERS }],
  [2, { ...strict('brief lives', 3, MAJORITY, 'storm'), skew: 100, life: 1500, verbs: BRIEF }],
  [
    9,
    {
      ...strict('linearizable', 3, { replicationFactor: 3, consistency: 'linearizable' }, 'storm'),
      promise: 'linearizable',
    },
  ],
  [
    2,
    {
      ...strict('linearizable five', 5, { replicationFactor: 5, consistency: 'linearizable' }, 'storm'),
      promise: 'linearizable',
    },
  ],
  [2, { ...strict('loads', 3, MAJORITY, 'storm'), verbs: LOADS }],
  [
    5,
    {
      ...strict('loads, linearizable', 3, { replicationFactor: 3, consistency: 'linearizable' }, 'storm'),
      promise: 'linearizable',
      verbs: MOSTLY_LOADS,
    },
  ],
  [2, { ...strict('defaults', 3, {}, 'calm') }],
  [2, { ...strict('defaults, one node away', 3, {}, 'one-node') }],
  [1, { ...strict('defaults, anything', 3, {}, 'anything'), promise: 'converging' }],
]

/** With a near cache: reads of others' changes may be late, by less than it says, and not at all once their news are heard. */
export const NEAR_SCENARIOS: typeof SCENARIOS = [
  [3, near('near', MAJORITY, 'storm')],
  [3, near('near, one replica asked', { replicationFactor: 3, quorum: 'strict' }, 'storm')],
  [1, near('near, defaults', {}, 'calm')],
  [2, near('near, outages', { ...MAJORITY, nearCache: { ...NEAR, serveStaleOnOutage: '3s' } }, 'storm')],
  // Long enough for answers to come to an end while the others go on.
  [
    1,
    {
      ...near('near, long outages', { ...MAJORITY, nearCache: { ...NEAR, serveStaleOnOutage: '1500ms' } }, 'calm'),
      pace: 600,
      verbs: { get: 65, set: 30, delete: 5 },
    },
  ],
  [
    1,
    { ...near('near, brief lives', MAJORITY, 'storm'), skew: 100, life: 1500, verbs: { ...BRIEF, getAfterNews: 20 } },
  ],
]

function near(name: string, settings: SimulatedSettings, faults: Faults): Scenario {
  return { ...strict(name, 3, { nearCache: NEAR, ...settings }, faults), verbs: NEAR_VERBS }
}

function strict(name: string, nodes: number, settings: SimulatedSettings, faults: Faults): Scenario {
  return {
    name,
    nodes,
    settings: { ...LONG_MEMORY, ...settings },
    promise: 'regular',
    faults,
    skew: WITHIN_REGISTERS,
    life: Number.POSITIVE_INFINITY,
    verbs: ALL_VERBS,
  }
}

/** How many nodes may lose their memory under these faults, for the promise to hold. */
export function lossesWithin(
  faults: Faults,
  { replicationFactor, readQuorum, writeQuorum }: Quorums,
  nodes: number,
): number {
  if (faults === 'anything') return nodes
  // With nothing else amiss, one copy of what was acknowledged is enough: who sees nothing asks everybody.
  if (faults === 'loss') return writeQuorum - 1
  // Otherwise so many that a read still meets a copy that was not lost.
  if (faults === 'storm-and-loss') return Math.max(0, readQuorum + writeQuorum - replicationFactor - 1)
  return 0
}
