/**
 * `@mtaio/distributed/testing`: a simulated cluster to prove settings with, checkers for histories that were recorded
 * anywhere, and a network in memory for tests by hand.
 */
export type { Call, CallKind } from './history/call.js'
export { overdue, unexpectedErrors } from './history/deadlines.js'
export { disagreements } from './history/disagreements.js'
export { nonLinearizable } from './history/linearizability.js'
export {
  type CallStart,
  HistoryRecorder,
  type RecordedClient,
  type RecordedTraits,
  type Witness,
} from './history/recorder.js'
export { type StaleReadOptions, staleReads } from './history/stale-reads.js'
export type { Rule, Violation } from './history/violation.js'
export { type NodeFault, SimulatedNetwork } from './simulated-network.js'
export { MUTATIONS, mutationNamed } from './simulation/all-mutations.js'
export type { Mutation } from './simulation/mutation.js'
export type { Faults, Promised, Scenario, SimulatedSettings, Verb } from './simulation/scenario.js'
export { NEAR_SCENARIOS, SCENARIOS, type WeightedScenario } from './simulation/scenarios.js'
export {
  type BrokenHistory,
  type Replay,
  replay,
  type SimulationOptions,
  type SimulationReport,
  simulate,
} from './simulation/simulate.js'
