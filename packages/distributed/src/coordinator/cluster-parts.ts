/** What a cluster is given, what its calls may ask for, and what it tells: the types alone. */
import type { Clock } from '@mtaio/core'
import type { Placement } from '../placement/placement.js'
import type { CallConsistency, Quorums } from '../quorum/quorum-rule.js'
import type { VersionClock } from '../record/version-clock.js'
import type { ReplicaTransport } from '../transport/replica-transport.js'
import type { HintLimits } from './hinted-handoff.js'

/** What a client is composed of. All that is not pure comes in here. */
export interface ClusterParts {
  readonly transport: ReplicaTransport
  readonly placement: Placement
  readonly quorums: Quorums
  readonly versions: VersionClock
  /** Monotonic, with timers that keep nothing alive. */
  readonly clock: Required<Clock>
  /** Milliseconds since the epoch. */
  readonly wallNow: () => number
  /** Uniform in [0, 1). */
  readonly random: () => number
  /** Budget of one call, ms. */
  readonly operationTimeout: number
  readonly hintLimits: HintLimits
  /** Entries a second that work behind everybody's back may touch. @defaultValue 5,000 */
  readonly backgroundRate?: number | undefined
}

/** What a caller may ask of its calls. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined
  /** Budget, ms. */
  readonly timeout?: number | undefined
  readonly consistency?: CallConsistency | undefined
}

export interface ClusterEvents {
  nodeDown(node: string, cause: unknown): void
  nodeUp(node: string): void
  /** Fewer nodes than the quorum asks for took part, and the call went on all the same. */
  degraded(call: CallKind, key: string | undefined): void
}

/** What kind of call it was. */
export type CallKind = 'read' | 'write' | 'transaction'
