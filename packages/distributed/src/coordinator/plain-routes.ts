/**
 * The routes of keys that stay where they are and whose replicas are all up, as nearly all are. They are as few as there are
 * ordered choices of nodes, so each is made once, with what is known of its nodes at hand.
 */
import type { Placement } from '../placement/placement.js'
import type { NodeState } from './node-state.js'
import type { Route } from './route.js'

export interface PlainRoute extends Route {
  /** The targets, as this client sees them. */
  readonly states: readonly NodeState[]
}

const NOBODY: readonly string[] = []

export class PlainRoutes {
  /** By how many replicas, then by which. */
  private readonly made: (PlainRoute | undefined)[][] = []

  constructor(
    readonly placement: Placement,
    private readonly stateOf: (node: string) => NodeState | undefined,
  ) {}

  /** `undefined` where a replica is not up. */
  find(name: string, count: number): PlainRoute | undefined {
    const { placement } = this
    const choice = placement.choiceFor(name, count)
    let routes = this.made[count]
    if (routes === undefined) {
      routes = []
      this.made[count] = routes
    }
    const route = routes[choice] ?? this.make(placement.replicasFor(name, count))
    if (route === undefined) return undefined
    if (choice >= 0) routes[choice] = route
    for (let i = 0; i < route.states.length; i++) if (!route.states[i]!.isUp) return undefined
    return route
  }

  private make(replicas: readonly string[]): PlainRoute | undefined {
    const states: NodeState[] = []
    for (const node of replicas) {
      const state = this.stateOf(node)
      // Removed meanwhile.
      if (state === undefined) return undefined
      states.push(state)
    }
    return { replicas, targets: replicas, missing: NOBODY, more: 0, states }
  }
}
