/** Hints on their way: to a node that is back, to one that is up and missed a write, and once more when the client ends. */
import type { Clock } from '@mtaio/core'
import { CacheConnectionError, type CacheError } from '@mtaio/exceptions'
import { backoffDelay } from '../health/backoff.js'
import type { HintedHandoff } from './hinted-handoff.js'
import { isOutOfReach } from './out-of-reach.js'
import type { Pace } from './pace.js'
import type { StoreRequest } from './replica-verbs.js'

export interface DeliveryParts {
  readonly hints: HintedHandoff
  readonly pace: Pace
  readonly clock: Required<Clock>
  /** Uniform in [0, 1). */
  readonly random: () => number
  /** Whether a node is up, and this client has not ended. */
  readonly isDue: (node: string) => boolean
  /** Stores what a node missed, and lets its circuit know how that went. */
  readonly store: (node: string, request: StoreRequest) => Promise<unknown>
  readonly delivered: () => void
}

/** Waits before a node that is up is told again what it missed, ms. */
const WAITS = { base: 100, cap: 10_000 }

export class HintDelivery {
  private readonly underWay = new Set<string>()

  constructor(private readonly parts: DeliveryParts) {}

  /** Sends a node all that it missed. @throws what kept it from taking that, if it is out of reach */
  async to(node: string, store = (request: StoreRequest) => this.parts.store(node, request)): Promise<void> {
    const { hints, pace, delivered } = this.parts
    const send = async (request: StoreRequest) => {
      try {
        await store(request)
        delivered()
      } catch (error) {
        if (isOutOfReach(error) || (error as CacheError).code === 'BUSY') throw error
        // It does not take this one, now or later: kept, it would stand in the way of the others.
        hints.dropped++
      }
    }
    await hints.replay(node, send, (count) => pace.take(count))
  }

  /** A node that is up, but missed a write: tried again until it takes it or goes down, when the probes take over. */
  later(node: string): void {
    if (this.underWay.has(node)) return
    this.underWay.add(node)
    this.tryLater(node, 0)
  }

  /** Tries once to send each of these nodes what it missed. Never rejects, and takes `ms` at most. */
  async last(nodes: readonly string[], ms: number): Promise<void> {
    const { hints, clock } = this.parts
    const missed = nodes.filter((node) => hints.sizeFor(node) > 0)
    if (missed.length === 0) return
    let isOver = false
    await new Promise<void>((resolve) => {
      const cancel = clock.setTimer(resolve, ms)
      const store = (node: string) => async (request: StoreRequest) => {
        if (isOver) throw new CacheConnectionError('time is up', { node, code: 'CLOSED' })
        await this.parts.store(node, request)
      }
      void Promise.allSettled(missed.map((node) => this.to(node, store(node)))).then(() => {
        cancel()
        resolve()
      })
    })
    isOver = true
  }

  private tryLater(node: string, attempt: number): void {
    const { clock, random, hints, isDue } = this.parts
    const deliver = async () => {
      const isNow = isDue(node)
      try {
        if (isNow) await this.to(node)
        this.underWay.delete(node)
        // Kept since the last of them was sent, when this delivery was still taken for under way.
        if (isNow && hints.sizeFor(node) > 0) this.later(node)
      } catch {
        this.tryLater(node, attempt + 1)
      }
    }
    clock.setTimer(() => void deliver(), backoffDelay(attempt, WAITS, random))
  }
}
