/**
 * What is asked in one turn of the event loop, put together before it leaves. Knows neither what is asked nor whom.
 */
import type { ReplicaTransport } from '../transport/replica-transport.js'
import type { Budget } from './budget.js'
import type { Cluster } from './cluster.js'

/** Calls whose budgets end within so many ms of each other share a deadline, the earlier one. */
const NEAR = 10

/** Questions that leave together. */
export interface Together {
  send(budget: Budget): void
}

interface Open<T> {
  readonly together: T
  readonly budget: Budget
  /** Until when others may share the budget, ms: a turn may be long. */
  readonly until: number
}

export class Turn<T extends Together> {
  private open: Open<T> | undefined
  private readonly transport: ReplicaTransport

  constructor(
    private readonly cluster: Cluster,
    private readonly make: () => T,
  ) {
    this.transport = cluster.parts.transport
  }

  /** The budget of those who have asked in this turn, a moment ago, if anybody has. */
  get budget(): Budget | undefined {
    const { open } = this
    if (open === undefined) return undefined
    return this.cluster.parts.clock.now() < open.until ? open.budget : undefined
  }

  /** Those who ask in this turn, and may wait as long as a call with that budget. */
  with(budget: Budget): T {
    const { open } = this
    if (open !== undefined && isNear(budget, open.budget)) return open.together
    const together = this.make()
    const opened = { together, budget, until: this.cluster.parts.clock.now() + NEAR }
    this.open = opened
    const send = () => {
      if (this.open === opened) this.open = undefined
      together.send(budget)
    }
    if (this.transport.beforeLeaving === undefined) queueMicrotask(send)
    else this.transport.beforeLeaving(send)
    return together
  }
}

function isNear({ deadline }: Budget, { deadline: shared }: Budget): boolean {
  return deadline >= shared && deadline < shared + NEAR
}
