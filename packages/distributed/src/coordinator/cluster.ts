/**
 * The nodes as one client sees them: who holds which key, who is up, what the others missed. Every question to a node
 * goes through `ask`, which keeps the circuits; probes run beside the traffic, and a node that is back gets its hints
 * before it counts as up. Knows no values.
 */
import type { CancelTimer, Clock } from '@mtaio/core'
import { CacheConnectionError, CacheTimeoutError } from '@mtaio/exceptions'
import { FailureDetector } from '../health/failure-detector.js'
import type { Placement } from '../placement/placement.js'
import type { Quorums } from '../quorum/quorum-rule.js'
import type { VersionClock } from '../record/version-clock.js'
import type { ReplicaTransport, SendOptions } from '../transport/replica-transport.js'
import { Hedges } from './hedges.js'
import { HintedHandoff, type HintLimits } from './hinted-handoff.js'
import { ReplicaVerbs, type StoreRequest } from './replica-verbs.js'

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
}

/** What a call may still use up. */
export type Budget = SendOptions

export interface ClusterEvents {
  nodeDown(node: string, cause: unknown): void
  nodeUp(node: string): void
  /** Fewer nodes than the quorum asks for took part, and the call went on all the same. */
  degraded(call: CallKind, key: string | undefined): void
}

/** What kind of call it was. */
export type CallKind = 'read' | 'write' | 'transaction'

const CIRCUIT = { threshold: 3, backoff: { base: 200, cap: 10_000 } }
/** After this part of a call's budget, a node that has not answered is no longer waited for alone. */
const HEDGE_PART = 8

export class Cluster {
  readonly verbs: ReplicaVerbs
  readonly hints: HintedHandoff
  /** What is done beside a node that takes long. */
  readonly hedges: Hedges
  /** Counted for the statistics. */
  readonly counts = { hintsReplayed: 0, repairs: 0, repairsDropped: 0, degraded: 0 }
  private readonly detectors = new Map<string, FailureDetector>()
  private readonly probes = new Map<string, CancelTimer>()
  private closed = false

  constructor(
    readonly parts: ClusterParts,
    private readonly events: ClusterEvents,
  ) {
    this.verbs = new ReplicaVerbs(parts.transport)
    this.hints = new HintedHandoff(parts.hintLimits)
    this.hedges = new Hedges(parts.clock, parts.operationTimeout / HEDGE_PART)
    for (const { id } of parts.placement.nodes) {
      this.detectors.set(id, new FailureDetector({ ...CIRCUIT, random: parts.random }))
    }
  }

  get nodes(): readonly string[] {
    return [...this.detectors.keys()]
  }

  /** The budget of a call that begins now. */
  budget(signal?: AbortSignal): Budget {
    return { deadline: this.parts.clock.now() + this.parts.operationTimeout, signal }
  }

  isUp(node: string): boolean {
    return this.detectors.get(node)!.state === 'closed'
  }

  /**
   * Who is asked about a key: its replicas, where one is down the next node in placement order instead, which is how a
   * sloppy quorum's stand-ins are found again by reads. Where nobody is up, the replicas all the same: better a try than
   * none.
   */
  targetsFor(key: string): { targets: string[]; missing: string[] } {
    const { placement, quorums } = this.parts
    const { replicationFactor } = quorums
    const order = placement.order(key)
    const replicas = order.slice(0, replicationFactor)
    const missing = replicas.filter((node) => !this.isUp(node))
    if (missing.length === 0) return { targets: replicas, missing }
    const up = order.filter((node) => this.isUp(node))
    if (up.length === 0) return { targets: replicas, missing: [] }
    if (quorums.quorum === 'strict') return { targets: replicas.filter((node) => this.isUp(node)), missing }
    return { targets: up.slice(0, replicationFactor), missing }
  }

  /** Nodes that can still stand in for a target that failed during the call. */
  standIns(key: string, asked: ReadonlySet<string>): string[] {
    if (this.parts.quorums.quorum === 'strict') return []
    return this.parts.placement.order(key).filter((node) => !asked.has(node) && this.isUp(node))
  }

  /** Asks a node, and lets its circuit know how that went. */
  async ask<R>(node: string, question: () => Promise<R>): Promise<R> {
    const detector = this.detectors.get(node)!
    const { clock } = this.parts
    const asked = clock.now()
    try {
      const answer = await question()
      if (detector.state === 'closed') detector.onSuccess(clock.now())
      return answer
    } catch (error) {
      // Asked at the end of a budget that others had used up, a node is late through no fault of its own.
      const hadTime = !(error instanceof CacheTimeoutError) || clock.now() - asked >= this.hedges.patience
      if (hadTime && isOutOfReach(error)) this.failed(node, detector, error)
      throw error
    }
  }

  store(node: string, request: StoreRequest, budget: Budget) {
    return this.ask(node, () => this.verbs.store(node, request, budget))
  }

  /** Counts a call that went on with fewer nodes than its quorum, and tells of it. */
  wentOnDegraded(call: CallKind, key: string | undefined): void {
    this.counts.degraded++
    this.events.degraded(call, key)
  }

  async close(): Promise<void> {
    this.closed = true
    for (const cancel of this.probes.values()) cancel()
    this.probes.clear()
    this.hedges.close()
    await this.parts.transport.close()
  }

  private failed(node: string, detector: FailureDetector, error: unknown): void {
    if (this.closed) return
    const wasUp = detector.state === 'closed'
    detector.onFailure(this.parts.clock.now())
    if (wasUp && detector.state !== 'closed') this.events.nodeDown(node, error)
    if (detector.state !== 'closed') this.probeLater(node, detector)
  }

  private probeLater(node: string, detector: FailureDetector): void {
    if (this.closed || this.probes.has(node)) return
    const { clock } = this.parts
    const wait = Math.max(0, (detector.nextProbeAt ?? clock.now()) - clock.now())
    this.probes.set(
      node,
      clock.setTimer(() => void this.probe(node, detector), wait),
    )
  }

  /** Asks a node that was down whether it is back; before it counts as up, it is told what it missed. */
  private async probe(node: string, detector: FailureDetector): Promise<void> {
    const { clock } = this.parts
    this.probes.delete(node)
    if (this.closed) return
    if (!detector.allows(clock.now())) return this.probeLater(node, detector)
    try {
      await this.verbs.ping(node, this.budget())
      this.counts.hintsReplayed += await this.hints.replay(node, (request) =>
        this.verbs.store(node, request, this.budget()),
      )
      detector.onSuccess(clock.now())
      this.events.nodeUp(node)
    } catch {
      detector.onFailure(clock.now())
      this.probeLater(node, detector)
    }
  }
}

/** Whether an error says that the node is not there, rather than that it did not like the question. */
export function isOutOfReach(error: unknown): boolean {
  if (error instanceof CacheTimeoutError) return true
  return error instanceof CacheConnectionError && AWAY.has(error.code)
}

/**
 * Codes that speak of the node as a whole. All others are answers: a node that refuses a value as too large, or is out of
 * memory for writes, is there all the same; and 'BUSY' is this client's own bound.
 */
const AWAY = new Set([
  'CONNECTION',
  'CLOSED',
  'PROTOCOL',
  'AUTH',
  'NOAUTH',
  'WRONGPASS',
  'LOADING',
  'MASTERDOWN',
  'CLUSTERDOWN',
  'READONLY',
])
