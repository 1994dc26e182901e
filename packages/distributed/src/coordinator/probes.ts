/** Asks nodes that are down whether they are back, beside the traffic, with back-off. One probe a node at a time. */
import type { CancelTimer, Clock } from '@mtaio/core'
import type { FailureDetector } from '../health/failure-detector.js'

export class Probes {
  private readonly timers = new Map<string, CancelTimer>()
  private closed = false

  constructor(
    private readonly clock: Required<Clock>,
    /** Resolves when the node is there and may be asked again. */
    private readonly welcome: (node: string) => Promise<void>,
  ) {}

  /** Probes a node when its circuit allows, until it is back. */
  later(node: string, detector: FailureDetector): void {
    if (this.closed || this.timers.has(node)) return
    const now = this.clock.now()
    const wait = Math.max(0, (detector.nextProbeAt ?? now) - now)
    this.timers.set(
      node,
      this.clock.setTimer(() => void this.probe(node, detector), wait),
    )
  }

  /** Leaves a node alone that is one no more. */
  forget(node: string): void {
    this.timers.get(node)?.()
    this.timers.delete(node)
  }

  close(): void {
    this.closed = true
    for (const node of [...this.timers.keys()]) this.forget(node)
  }

  private async probe(node: string, detector: FailureDetector): Promise<void> {
    this.timers.delete(node)
    if (this.closed) return
    if (!detector.allows(this.clock.now())) return this.later(node, detector)
    try {
      await this.welcome(node)
    } catch {
      detector.onFailure(this.clock.now())
      this.later(node, detector)
    }
  }
}
