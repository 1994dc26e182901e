/** What a history is about: a cluster's settings, what goes wrong, and what is promised all the same. */
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
 *   and back with their memory, and nodes and clients stop for seconds and go on.
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
  | 'deleteByPrefix'
  | 'touch'
  | 'getOrSet'
  | 'getOrSetInOneFlight'
  | 'commit'

export interface Scenario {
  readonly name: string
  readonly nodes: number
  /** Nodes that are there and no members yet: nodes are added and removed, then. @defaultValue 0 */
  readonly spares?: number | undefined
  readonly settings: SimulatedSettings
  readonly promise: Promised
  readonly faults: Faults
  /** How far clients' clocks are off at most, either way, ms. */
  readonly skew: number
  /** How long what is written lives, ms. */
  readonly life: number
  readonly verbs: Readonly<Partial<Record<Verb, number>>>
  /** How far calls are apart in the mean, ms. @defaultValue drawn for each history */
  readonly pace?: number | undefined
  /** Whether no two clients may load a key at the same time. @defaultValue false */
  readonly loadsApart?: boolean | undefined
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
