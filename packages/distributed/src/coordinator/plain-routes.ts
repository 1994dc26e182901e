/**
 * The routes of keys that stay where they are, as nearly all do. They are as few as there are ordered choices of nodes, so each
 * is made once, with what is known of its nodes at hand; those around nodes that are down are made anew when others are.
 */
import type { Placement } from '../placement/placement.js'
import type { Quorums } from '../quorum/quorum-rule.js'
import type { NodeState } from './node-state.js'
import { type Route, routeOf } from './route.js'

export interface PlainRoute extends Route {
  /** The targets, as this client sees them, who stands in for others behind the replicas. All of them are up. */
  readonly states: readonly NodeState[]
  /** How many of them are replicas. */
  readonly live: number
}

/** Those of one number of nodes, by which they are. */
type Made = (PlainRoute | undefined)[][]

export class PlainRoutes {
  private readonly whole: Made = []
  private around: Record<Quorums['quorum'], Made> = { sloppy: [], strict: [] }
  /** Who was up when those around the others were made. */
  private readonly ups: boolean[]

  constructor(
    readonly placement: Placement,
    private readonly states: ReadonlyMap<string, NodeState>,
  ) {
    this.ups = [...states.values()].map(({ isUp }) => isUp)
  }

  /** As `routeOf` has it; `undefined` where that knows no more of a node than its name: it was removed, or nobody is up. */
  find(name: string, quorums: Quorums): PlainRoute | undefined {
    const { replicationFactor } = quorums
    const route = this.routeIn(this.whole, name, replicationFactor, quorums, isUp)
    if (route === undefined || areUp(route.states)) return route
    const down = this.countDown()
    const past = this.routeIn(
      this.around[quorums.quorum],
      name,
      replicationFactor + down,
      quorums,
      (node) => this.states.get(node)?.isUp ?? false,
    )
    return past !== undefined && areUp(past.states) ? past : undefined
  }

  /** @param count - of how many nodes, the best for the key, the route is told by */
  private routeIn(made: Made, name: string, count: number, quorums: Quorums, isUp: (node: string) => boolean) {
    const choice = this.placement.choiceFor(name, count)
    let routes = made[count]
    if (routes === undefined) {
      routes = []
      made[count] = routes
    }
    const route = routes[choice] ?? this.make(name, quorums, isUp)
    if (choice >= 0 && route !== undefined) routes[choice] = route
    return route
  }

  private make(name: string, quorums: Quorums, isUp: (node: string) => boolean): PlainRoute | undefined {
    const route = routeOf(name, { placement: this.placement, before: undefined }, quorums, isUp)
    const states: NodeState[] = []
    for (const node of route.targets) {
      const state = this.states.get(node)
      if (state === undefined) return undefined
      states.push(state)
    }
    const live = route.targets.filter((node) => route.replicas.includes(node)).length
    return { ...route, states, live }
  }

  /** How many are down now; what was made around others is forgotten. */
  private countDown(): number {
    let [at, down, isOther] = [0, 0, false]
    for (const { isUp } of this.states.values()) {
      if (!isUp) down++
      if (isUp !== this.ups[at]) isOther = true
      this.ups[at++] = isUp
    }
    if (isOther) this.around = { sloppy: [], strict: [] }
    return down
  }
}

/** All are, for all that a whole route says. */
const isUp = () => true

function areUp(states: readonly NodeState[]): boolean {
  for (let i = 0; i < states.length; i++) if (!states[i]!.isUp) return false
  return true
}
