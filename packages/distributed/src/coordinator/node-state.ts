/** One node as this client sees it: its circuit, how long it takes, what it is doing. Asks nobody anything. */
import type { Clock } from '@mtaio/core'
import { FailureDetector } from '../health/failure-detector.js'
import { Latency } from '../health/latency.js'
import { Hedges } from './hedges.js'

const CIRCUIT = { threshold: 3, backoff: { base: 200, cap: 10_000 } }
/** Answers without which it is not known what is usual for a node, and whether it answers sooner than another. */
const ENOUGH = 20
const A_FEW = 5
/** Answers after which it is found out anew what is usual. */
const COUNT_EVERY = 32
/** Hedges earlier than this would be about timers, not nodes, ms. */
const SHORTEST = 2
/** With more than this under way, an answer waits for its turn and says little about the node. */
const BUSY = 128
/** A node is slow that takes so many times as long as another, and so much longer at least, ms. */
const SLOW_FACTOR = 3
const SLOW_BY = 2

export class NodeState {
  readonly detector: FailureDetector
  readonly latency = new Latency()
  /** What is done when an answer takes longer than is usual for this node. */
  readonly hedges: Hedges
  inFlight = 0
  /** The 95th percentile when it was last looked for, and after how many answers it is looked for again. */
  private counted = 0
  private countAgainAt = 0
  /** When the latest question was asked that it has answered. */
  provenAt = Number.NEGATIVE_INFINITY
  /** Questions that failed, and those among them that found nobody there. */
  errors = 0
  timeouts = 0
  /** Its copies are being compared with the others': it is not relied upon alone. */
  recovering = 0

  constructor(
    readonly id: string,
    clock: Required<Clock>,
    random: () => number,
    private readonly patience: number,
  ) {
    this.detector = new FailureDetector({ ...CIRCUIT, random })
    this.hedges = new Hedges(clock, patience)
  }

  get isUp(): boolean {
    return this.detector.state === 'closed'
  }

  /** How long an answer may take before another node is asked beside this one, ms: its own 95th percentile. */
  get usual(): number {
    if (this.latency.held < ENOUGH || this.inFlight > BUSY) return this.patience
    // To walk a histogram for each read would cost more than what a few answers change.
    if (this.latency.recorded >= this.countAgainAt) {
      this.counted = Math.min(this.patience, Math.max(SHORTEST, this.latency.quantile(0.95)!))
      this.countAgainAt = this.latency.recorded + COUNT_EVERY
    }
    return this.counted
  }

  /** Whether it is so much slower than `other` that this one is better asked first. */
  isSlowBeside({ latency }: NodeState): boolean {
    if (this.latency.held < ENOUGH || latency.held < A_FEW) return false
    const { average } = this.latency
    return average > SLOW_FACTOR * latency.average && average > latency.average + SLOW_BY
  }
}
