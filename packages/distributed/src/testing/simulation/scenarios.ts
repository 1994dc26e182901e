/**
 * What histories are drawn from. **The fault bound** stands here: which promise holds under which faults. See
 * docs/simulation.md.
 */
import type { Faults, Scenario, SimulatedSettings } from './scenario.js'

/** A scenario, and how often it is drawn. */
export type WeightedScenario = readonly [weight: number, scenario: Scenario]

const MINUTE = 60_000

const ALL_VERBS = {
  get: 40,
  getMany: 3,
  set: 25,
  delete: 8,
  clear: 3,
  deleteByTag: 3,
  deleteByPrefix: 3,
  touch: 4,
  getOrSet: 8,
  commit: 4,
}
const WITHOUT_REGISTERS = { get: 40, getMany: 3, set: 25, delete: 10, touch: 4, getOrSet: 8, commit: 4 }
/** Those who decide on a pair's keys are more than its replicas: what one of these forgets, they may not know. */
const WITHOUT_TRANSACTIONS = { get: 40, getMany: 3, set: 25, delete: 8, clear: 3, touch: 4, getOrSet: 8 }
const FLIGHTS = { get: 25, set: 8, delete: 8, getOrSetInOneFlight: 50 }
const WHILE_MOVING = {
  get: 45,
  getMany: 5,
  set: 25,
  delete: 8,
  clear: 2,
  deleteByTag: 2,
  deleteByPrefix: 2,
  getOrSet: 6,
}
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

/** The protocol by itself. */
export const PLAIN_SCENARIOS: readonly WeightedScenario[] = [
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
export const NEAR_SCENARIOS: readonly WeightedScenario[] = [
  [1, near('near', MAJORITY, 'storm')],
  [1, near('near, one replica asked', { replicationFactor: 3, quorum: 'strict' }, 'storm')],
  [0.5, near('near, defaults', {}, 'calm')],
  [1, near('near, outages', { ...MAJORITY, nearCache: { ...NEAR, serveStaleOnOutage: '3s' } }, 'storm')],
  [
    0.5,
    { ...near('near, brief lives', MAJORITY, 'storm'), skew: 100, life: 1500, verbs: { ...BRIEF, getAfterNews: 20 } },
  ],
  // Long enough for answers to come to an end while the others go on.
  [
    0.5,
    {
      ...near('near, long outages', { ...MAJORITY, nearCache: { ...NEAR, serveStaleOnOutage: '1500ms' } }, 'calm'),
      pace: 600,
      verbs: { get: 65, set: 30, delete: 5 },
    },
  ],
]

/** One load for all clients. A lease saves loads; what is stored passes the fence, lease or not. */
export const FLIGHT_SCENARIOS: readonly WeightedScenario[] = [
  [1, { ...strict('one flight', 3, MAJORITY, 'calm'), skew: 500, verbs: FLIGHTS, loadsApart: true }],
  [1, { ...strict('one flight in a storm', 3, MAJORITY, 'storm'), verbs: FLIGHTS }],
]

/** Nodes come and go while clients call, and keys move. What clients know of the nodes holds for a short time here. */
export const MOVING_SCENARIOS: readonly WeightedScenario[] = [
  [1, moving('nodes come and go', MAJORITY, 'calm')],
  [1, moving('nodes come and go in a storm', MAJORITY, 'storm')],
  [1, moving('nodes come and go, one copy', { replicationFactor: 1, quorum: 'strict' }, 'storm')],
  [
    1,
    {
      ...moving('nodes come and go, linearizable', { replicationFactor: 3, consistency: 'linearizable' }, 'storm'),
      promise: 'linearizable',
    },
  ],
]

/** How often each is drawn. */
export const SCENARIOS: readonly WeightedScenario[] = [
  ...PLAIN_SCENARIOS,
  ...NEAR_SCENARIOS,
  ...FLIGHT_SCENARIOS,
  ...MOVING_SCENARIOS,
]

function moving(name: string, settings: SimulatedSettings, faults: Faults): Scenario {
  const brief = { membershipLease: '300ms', operationTimeout: '600ms' } as const
  return { ...strict(name, 3, { ...brief, ...settings }, faults), spares: 2, verbs: WHILE_MOVING }
}

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
