/**
 * One history: a cluster, its clients and its faults, all drawn from a seed, from the first call to the verdict of the
 * checkers. It moves by single events and never waits: whoever steps it lets promises run between two steps.
 */
import { type CheckedDistributedOptions, checkDistributedOptions } from '../../client/options.js'
import { overdue, unexpectedErrors } from '../history/deadlines.js'
import { disagreements } from '../history/disagreements.js'
import { nonLinearizable } from '../history/linearizability.js'
import { HistoryRecorder, type RecordedClient } from '../history/recorder.js'
import { staleReads } from '../history/stale-reads.js'
import type { Violation } from '../history/violation.js'
import { apart } from './copies.js'
import { describeFault, drawFaults, type Fault } from './fault-plan.js'
import { FaultyNetwork } from './faulty-network.js'
import type { Mutation } from './mutation.js'
import type { Scenario } from './scenario.js'
import { SeededRandom } from './seeded-random.js'
import { EPOCH, SimulatedClient } from './simulated-client.js'
import { SimulatedNode } from './simulated-node.js'
import { Trace } from './trace.js'
import { VirtualTime } from './virtual-time.js'
import { drawCalls, KEYS, type PlannedCall } from './workload.js'

/** How long after the last fault all is to be well again: probes wait up to 10 s, and hints follow. ms */
const HEALING = 25_000
/** Events of one history at most: more is a loop that does not end. */
const MOST_EVENTS = 50_000
/** How far nodes' clocks are off at most, either way, ms. */
const NODE_SKEW = 50

export interface WorldOptions {
  readonly seed: number
  readonly scenario: Scenario
  readonly mutation?: Mutation | undefined
  readonly isTraced?: boolean | undefined
}

export class World {
  readonly seed: number
  readonly scenario: Scenario
  readonly trace: Trace | undefined
  readonly violations: Violation[] = []
  readonly time = new VirtualTime()
  readonly recorder: HistoryRecorder
  isOver = false
  private readonly random: SeededRandom
  private readonly cache
  private readonly nodes = new Map<string, SimulatedNode>()
  private readonly network: FaultyNetwork
  private readonly clients: SimulatedClient[] = []
  private readonly recorded: RecordedClient[] = []
  private readonly mutation: Mutation | undefined
  private lives = 0

  constructor({ seed, scenario, mutation, isTraced = false }: WorldOptions) {
    this.seed = seed
    this.scenario = scenario
    this.mutation = mutation
    this.trace = isTraced ? new Trace(() => this.time.now) : undefined
    this.recorder = new HistoryRecorder(() => this.time.now, this.trace)
    const random = new SeededRandom(seed)
    this.random = random
    const ids = Array.from({ length: scenario.nodes }, (_, i) => `n${i + 1}:1`)
    this.cache = checkedOnce(scenario, ids, mutation)
    for (const id of ids) {
      const skew = random.between(-NODE_SKEW, NODE_SKEW)
      const node = new SimulatedNode(id, () => EPOCH + this.time.now + skew)
      mutation?.node?.(node)
      this.nodes.set(id, node)
    }
    this.network = new FaultyNetwork(this.time, random, this.nodes, this.trace)
    const clients = scenario.faults === 'one-node' ? 1 : 2 + random.integer(2)
    for (let i = 0; i < clients; i++) this.startClient(i)
    this.plan(clients, ids)
  }

  /** Takes the next event; after the last one, judges. */
  step(): void {
    if (this.isOver) return
    if (this.time.happened > MOST_EVENTS) this.finish([{ rule: 'deadline', says: 'the cluster never comes to rest' }])
    else if (!this.time.step()) this.finish([])
  }

  private plan(clients: number, nodes: readonly string[]): void {
    const { random, time, scenario } = this
    const { calls, span } = drawCalls(random, scenario, clients)
    const { weather, faults } = drawFaults(random, scenario, this.cache.quorums, { nodes, clients, span })
    this.network.weather = weather
    for (const call of calls) time.schedule(() => this.start(call), call.at)
    for (const { at, fault } of faults) time.schedule(() => this.happen(fault), at)
    const last = Math.max(span, ...faults.map(({ at }) => at))
    time.schedule(() => {
      this.trace?.note('all is well from now on')
      this.network.heal()
    }, last)
    time.schedule(() => void this.finale(), last + HEALING)
  }

  private start(call: PlannedCall): void {
    void call.make(this.recorded[call.client]!, (ms) => this.sleep(ms))
  }

  private happen(fault: Fault): void {
    this.trace?.note(describeFault(fault))
    if (fault.what === 'cut') this.network.cut(this.clients[fault.client]!.name, fault.node, fault.way)
    else if (fault.what === 'line') this.network.loseLine(this.clients[fault.client]!.name, fault.node)
    else if (fault.what === 'jump') this.clients[fault.client]!.skew = fault.to
    else if (fault.what === 'crash') this.startClient(fault.client)
    else {
      const node = this.nodes.get(fault.node)!
      if (fault.what === 'slow') node.slowness = fault.times
      else if (fault.what === 'empty') node.loseMemory()
      else node.isDown = fault.what === 'down'
    }
  }

  /** A client in this place; the one before it dies. */
  private startClient(place: number): void {
    const before = this.clients[place]
    const { random, time, network, cache, scenario } = this
    if (before !== undefined) {
      before.crash()
      for (const call of this.recorder.calls) {
        if (call.client === before.name && call.endedAt === Number.POSITIVE_INFINITY) this.recorder.abandon(call)
      }
    }
    const skew = random.between(-scenario.skew, scenario.skew)
    const name = `c${place + 1}${before === undefined ? '' : `.${++this.lives}`}`
    const client = new SimulatedClient({ name, cache, time, network, random, skew })
    this.mutation?.client?.(client)
    this.clients[place] = client
    const { lag, prove } = nearOf(this.cache, client)
    this.recorded[place] = this.recorder.over(name, client.cache, { life: scenario.life, lag, prove })
  }

  /** All has been well for a while: copies are compared, and everybody who looks is to see the same. */
  private async finale(): Promise<void> {
    const [first] = this.clients
    try {
      const { failures } = await first!.inside.antiEntropy.repair({})
      if (failures.size > 0)
        this.fail('convergence', `all nodes are well, and ${[...failures.keys()]} cannot be walked`)
    } catch (error) {
      this.fail('convergence', `all nodes are well, and the repair fails: ${String(error)}`)
    }
    if (this.isOver) return
    const { says, alike } = apart(first!.inside, this.nodes, KEYS)
    for (const each of says) this.fail('convergence', each)
    await Promise.all(this.recorded.flatMap((client) => alike.map((key) => client.get(key, true))))
    this.finish([])
  }

  private fail(rule: Violation['rule'], says: string): void {
    this.violations.push({ rule, says })
  }

  private finish(found: readonly Violation[]): void {
    if (this.isOver) return
    this.isOver = true
    for (const client of this.clients) client.crash()
    for (const node of this.nodes.values()) node.release()
    const { calls } = this.recorder
    const { promise, life } = this.scenario
    this.violations.push(...found, ...overdue(calls, this.cache.operationTimeout), ...unexpectedErrors(calls))
    const skew = 2 * Math.max(this.scenario.skew, NODE_SKEW)
    const all = staleReads(calls, { skew, tombstoneLife: this.cache.tombstoneTtl })
    if (promise === 'converging') this.violations.push(...all.filter(({ rule }) => rule === 'invention'))
    else this.violations.push(...all)
    if (promise === 'linearizable') this.violations.push(...nonLinearizable(calls))
    if (life === Number.POSITIVE_INFINITY) this.violations.push(...disagreements(calls))
  }

  private sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.time.schedule(resolve, ms))
  }
}

/** What a near cache may be late by, and how it is made to know what nodes have said. */
function nearOf({ nearCache }: CheckedDistributedOptions, { inside: { near } }: SimulatedClient) {
  if (nearCache === undefined || near === undefined) return {}
  const lag = { usual: Math.max(nearCache.maxStaleness, nearCache.outage), proven: nearCache.outage }
  return { lag, prove: () => near.ears.prove() }
}

const checked = new Map<Scenario, Map<Mutation | undefined, ReturnType<typeof checkDistributedOptions>>>()

/** Options are checked as a user's are, once a scenario: thousands of histories share them. */
function checkedOnce(scenario: Scenario, nodes: readonly string[], mutation: Mutation | undefined) {
  const known = checked.get(scenario) ?? new Map()
  checked.set(scenario, known)
  let options = known.get(mutation)
  if (options === undefined) {
    options = checkDistributedOptions({ ...scenario.settings, ...mutation?.settings, nodes })
    known.set(mutation, options)
  }
  return options
}
