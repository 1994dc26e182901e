/**
 * What one replica was asked, on the quick roads: whoever asked is told of the answer. A promise of it is made where the slow
 * road takes over, and only there: most questions never have one.
 */
import type { NodeState } from './node-state.js'
import type { Told } from './replica-verbs.js'

/** Who asks several replicas the same. */
export interface Asker<R> {
  hear(state: NodeState, answer: R): void
  fail(state: NodeState, reason: unknown): void
}

export class Question<R> implements Told<R> {
  private settled: 'heard' | 'failed' | undefined
  private answer: R | undefined
  private reason: unknown
  private other: Told<R> | undefined

  constructor(
    private readonly asker: Asker<R>,
    private readonly state: NodeState,
  ) {}

  heard(answer: R): void {
    this.settled = 'heard'
    this.answer = answer
    this.asker.hear(this.state, answer)
    this.other?.heard(answer)
  }

  failed(reason: unknown): void {
    this.settled = 'failed'
    this.reason = reason
    this.asker.fail(this.state, reason)
    this.other?.failed(reason)
  }

  /** What became of it, or will. For the slow road, which asks once. */
  outcome(): Promise<R> {
    if (this.settled === 'heard') return Promise.resolve(this.answer as R)
    const outcome = new Promise<R>((heard, failed) => {
      if (this.settled === 'failed') failed(this.reason)
      else this.other = { heard, failed }
    })
    // It may have enough without this one.
    outcome.catch(() => undefined)
    return outcome
  }
}
