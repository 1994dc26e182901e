/** What goes wrong in one history, and when: drawn from its seed, within the bound of its scenario. */
import type { Quorums } from '../../quorum/quorum-rule.js'
import type { Cut, Weather } from './faulty-network.js'
import { type Faults, lossesWithin, type Scenario } from './scenario.js'
import type { SeededRandom } from './seeded-random.js'
import type { NodeFault } from './simulated-node.js'

/** One thing that happens to a client, or between it and a node, or that it does to the cluster. */
export type ClientFault =
  | { readonly what: 'cut'; readonly client: number; readonly node: string; readonly way: Cut | undefined }
  | { readonly what: 'jump'; readonly client: number; readonly to: number }
  | { readonly what: 'crash' | 'stop' | 'go on'; readonly client: number }
  | { readonly what: 'line'; readonly client: number; readonly node: string }
  | { readonly what: 'add' | 'remove'; readonly client: number; readonly node: string }

export type Fault = NodeFault | ClientFault

export interface TimedFault {
  readonly at: number
  readonly fault: Fault
}

export interface FaultPlan {
  readonly weather: Weather
  readonly faults: readonly TimedFault[]
}

/** Draws a plan for a history of so many ms. */
export function drawFaults(
  random: SeededRandom,
  scenario: Scenario,
  quorums: Quorums,
  {
    nodes,
    spares,
    clients,
    span,
  }: { nodes: readonly string[]; spares: readonly string[]; clients: number; span: number },
): FaultPlan {
  const faults: TimedFault[] = []
  const at = () => random.between(0, span)
  const add = (when: number, fault: Fault) => faults.push({ at: when, fault })
  const stormy = ['storm', 'storm-and-loss', 'anything'].includes(scenario.faults)

  for (let jumps = random.integer(3); jumps > 0; jumps--) {
    add(at(), { what: 'jump', client: random.integer(clients), to: random.between(-scenario.skew, scenario.skew) })
  }
  if (random.chance(0.3) && scenario.faults !== 'one-node')
    add(at(), { what: 'crash', client: random.integer(clients) })

  if (stormy) {
    for (let more = random.integer(6); more > 0; more--) drawTrouble(random, nodes, clients, at(), span, add)
  }
  if (scenario.faults === 'one-node') {
    let from = at() / 2
    for (let more = 1 + random.integer(2); more > 0; more--) {
      const node = random.pick(nodes)
      const until = from + random.between(10, 4000)
      // To a client that stops, nobody has answered in time.
      const [begin, end] = random.pick(troubleOf(random, node, 0).filter(([{ what }]) => what !== 'stop'))
      add(from, begin)
      add(until, end)
      // The next one only when this one is told what it missed.
      from = until + 25_000
    }
  }
  const losable = [...nodes]
    .sort(() => random.next() - 0.5)
    .slice(0, lossesWithin(scenario.faults, quorums, nodes.length))
  if (losable.length > 0) {
    for (let more = 1 + random.integer(3); more > 0; more--) {
      const node = random.pick(losable)
      const when = at()
      add(when, { what: 'down', node })
      add(when, { what: 'empty', node })
      add(when + random.between(1, 1500), { what: 'up', node })
    }
  }
  const weather = drawWeather(random, scenario.faults)
  if (scenario.settings.nearCache !== undefined) drawNearFaults(random, scenario, nodes, clients, span, add)
  if (spares.length > 0) drawMoves(random, nodes, spares, clients, span, add)
  return { weather, faults }
}

/** One node after another is added or removed, by any client. What comes while keys still move is refused. */
function drawMoves(
  random: SeededRandom,
  nodes: readonly string[],
  spares: readonly string[],
  clients: number,
  span: number,
  add: (at: number, fault: Fault) => void,
): void {
  const members = [...nodes]
  const others = [...spares]
  let at = random.between(0, span / 3)
  for (let more = 1 + random.integer(4); more > 0; more--) {
    const isAdding = others.length > 0 && (members.length <= nodes.length || random.chance(0.5))
    const from = isAdding ? others : members
    const [node] = from.splice(random.integer(from.length), 1) as [string]
    ;(isAdding ? members : others).push(node)
    add(at, { what: isAdding ? 'add' : 'remove', client: random.integer(clients), node })
    at += random.between(800, 4000)
  }
}

/** Connections for pushes end; where answers are allowed in an outage, there is one. */
function drawNearFaults(
  random: SeededRandom,
  { settings }: Scenario,
  nodes: readonly string[],
  clients: number,
  span: number,
  add: (at: number, fault: Fault) => void,
): void {
  for (let more = random.integer(4); more > 0; more--) {
    add(random.between(0, span), { what: 'line', client: random.integer(clients), node: random.pick(nodes) })
  }
  if (!settings.nearCache?.serveStaleOnOutage) return
  const from = random.between(0, span / 2)
  // For all clients, or for one, while the others go on.
  const client = random.chance(0.3) ? undefined : random.integer(clients)
  for (const node of nodes) {
    if (client !== undefined) add(from, { what: 'cut', client, node, way: 'both' })
    else {
      add(from, { what: 'down', node })
      add(random.between(from, span), { what: 'up', node })
    }
  }
}

function drawTrouble(
  random: SeededRandom,
  nodes: readonly string[],
  clients: number,
  from: number,
  span: number,
  add: (at: number, fault: Fault) => void,
): void {
  const node = random.pick(nodes)
  const until = from + random.between(1, span / 2)
  const [begin, end] = random.pick(troubleOf(random, node, random.integer(clients)))
  add(from, begin)
  add(until, end)
}

/** Pairs of what begins and what ends it. */
function troubleOf(random: SeededRandom, node: string, client: number): [Fault, Fault][] {
  const cutOff = (way: Cut): [Fault, Fault] => [
    { what: 'cut', client, node, way },
    { what: 'cut', client, node, way: undefined },
  ]
  return [
    [
      { what: 'down', node },
      { what: 'up', node },
    ],
    [
      { what: 'slow', node, times: random.between(20, 1000) },
      { what: 'slow', node, times: 1 },
    ],
    [
      { what: 'halt', node },
      { what: 'resume', node },
    ],
    [
      { what: 'stop', client },
      { what: 'go on', client },
    ],
    cutOff('to'),
    cutOff('back'),
    cutOff('both'),
  ]
}

/** Whether something goes wrong, and does not end. */
export function isTrouble(fault: Fault): boolean {
  if (fault.what === 'cut') return fault.way !== undefined
  if (fault.what === 'slow') return fault.times > 1
  return !['up', 'go on', 'resume'].includes(fault.what)
}

function drawWeather(random: SeededRandom, faults: Faults): Weather {
  const repetition = random.chance(0.5) ? 0.05 : 0
  const tail = random.chance(0.7) ? random.between(0, 0.4) : 0
  // In a calm, an answer is there before anybody is asked in another's place.
  if (faults === 'calm' || faults === 'loss' || faults === 'one-node') return { loss: 0, repetition, tail, longest: 60 }
  const loss = random.chance(0.4) ? random.between(0, 0.1) : 0
  return { loss, repetition, tail, longest: random.pick([50, 300, 3000]) }
}

/** A fault in words. */
export function describeFault(fault: Fault): string {
  if (fault.what === 'cut') {
    const way = fault.way === undefined ? 'joined again with' : `cut off (${fault.way}) from`
    return `client ${fault.client} is ${way} ${fault.node}`
  }
  if (fault.what === 'slow')
    return `${fault.node} is ${fault.times === 1 ? 'as fast as ever' : `${Math.round(fault.times)} times slower`}`
  if (fault.what === 'jump') return `the clock of client ${fault.client} jumps to ${Math.round(fault.to)} ms ahead`
  if (fault.what === 'line') return `client ${fault.client} is not to hear ${fault.node} on the line that it has`
  if (fault.what === 'stop' || fault.what === 'go on') {
    return `client ${fault.client} ${fault.what === 'stop' ? 'stops' : 'goes on'}`
  }
  if (fault.what === 'add') return `client ${fault.client} adds ${fault.node}`
  if (fault.what === 'remove') return `client ${fault.client} removes ${fault.node}`
  if (!('node' in fault)) return `client ${fault.client} dies, and another takes its place`
  const says = { down: 'goes down', up: 'is up', empty: 'loses its memory', halt: 'stops', resume: 'goes on' }
  return `${fault.node} ${says[fault.what]}`
}
