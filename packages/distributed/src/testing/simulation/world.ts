/**
 * One history: a cluster, its clients and its faults, all drawn from a seed, from the first call to the verdict of the
 * checkers. It moves by single events and never waits: whoever steps it lets promises run between two steps.
 */
import { CacheError } from '@mtaio/exceptions'
import { type CheckedDistributedOptions, checkDistributedOptions } from '../../client/options.js'
import { WHOLE, wholeMark } from '../../coordinator/rebuild-claim.js'
import { HistoryRecorder, type RecordedClient } from '../history/recorder.js'
import type { Violation } from '../history/violation.js'
import { type ClientFault, describeFault, drawFaults, type Fault, isTrouble } from './fault-plan.js'
import { FaultyNetwork } from './faulty-network.js'
import { finale } from './finale.js'
import type { Mutation } from './mutation.js'
import type { Scenario } from './scenario.js'
import { SeededRandom } from './seeded-random.js'
import { EPOCH, SimulatedClient } from './simulated-client.js'
import { SimulatedNode } from './simulated-node.js'
import { Trace } from './trace.js'
import { verdictOn } from './verdict.js'
import { VirtualTime } from './virtual-time.js'
import { drawCalls, KEYS, type PlannedCall } from './workload.js'

/** How long after the last fault all is to be well again: probes wait up to 10 s, and hints follow. ms */
const HEALING = 25_000
/** Near caches ask for signs of life all the time, and no node is away for so long here that probes wait for long. */
const NEAR_HEALING = 12_000
/** Events of one history at most: more is a loop that does not end. */
const MOST_EVENTS = 50_000
/** How far nodes' clocks are off at most, either way, ms. */
const NODE_SKEW = 50
/** So often nodes have been whole before, and not made this moment. */
const OLD_CLUSTERS = 0.9
/** So often copies are compared at the end although they are alike. */
const NEEDLESS_REPAIRS = 0.1

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
  /** Faults that have happened, beside what the network does to single messages. */
  troubles = 0
  private readonly random: SeededRandom
  private readonly cache
  private readonly nodes = new Map<string, SimulatedNode>()
  readonly network: FaultyNetwork
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
    const { nodes: members, spares = 0 } = scenario
    const ids = Array.from({ length: members + spares }, (_, i) => `n${i + 1}:1`)
    this.cache = checkedOnce(scenario, ids.slice(0, members), mutation)
    const isOld = random.chance(OLD_CLUSTERS)
    for (const id of ids) {
      const skew = random.between(-NODE_SKEW, NODE_SKEW)
      const node = new SimulatedNode(id, this.time, () => EPOCH + this.time.now + skew)
      if (isOld) node.run(['SET', wholeMark(this.cache.namespace), WHOLE])
      mutation?.node?.(node)
      this.nodes.set(id, node)
    }
    this.network = new FaultyNetwork(this.time, random, this.nodes, this.trace)
    const clients = scenario.faults === 'one-node' ? 1 : 2 + random.integer(2)
    for (let i = 0; i < clients; i++) this.startClient(i)
    this.plan(clients, ids.slice(0, members), ids.slice(members))
  }

  /** Takes the next event; after the last one, judges. */
  step(): void {
    if (this.isOver) return
    if (this.time.happened > MOST_EVENTS) this.finish([{ rule: 'deadline', says: 'the cluster never comes to rest' }])
    else if (!this.time.step()) this.finish([])
  }

  private plan(clients: number, nodes: readonly string[], spares: readonly string[]): void {
    const { random, time, scenario } = this
    const { calls, span } = drawCalls(random, scenario, clients)
    const { weather, faults } = drawFaults(random, scenario, this.cache.quorums, { nodes, spares, clients, span })
    this.network.weather = weather
    for (const call of calls) time.schedule(() => this.start(call), call.at)
    for (const { at, fault } of faults) time.schedule(() => this.happen(fault), at)
    const last = Math.max(span, ...faults.map(({ at }) => at))
    time.schedule(() => {
      this.trace?.note('all is well from now on')
      this.network.heal()
      for (const client of this.clients) this.letGoOn(client)
    }, last)
    time.schedule(
      () => void this.conclude(),
      last + (scenario.settings.nearCache === undefined ? HEALING : NEAR_HEALING),
    )
  }

  private start({ client: place, make }: PlannedCall): void {
    const { process } = this.clients[place]!
    const client = this.recorded[place]!
    const sleep = (ms: number) => new Promise<void>((resolve) => this.time.schedule(() => process.run(resolve), ms))
    process.run(() => void make(client, sleep))
  }

  private happen(fault: Fault): void {
    this.trace?.note(describeFault(fault))
    if (isTrouble(fault)) this.troubles++
    if ('client' in fault) this.happenTo(this.clients[fault.client]!, fault)
    else this.nodes.get(fault.node)!.suffer(fault)
  }

  private happenTo(client: SimulatedClient, fault: ClientFault): void {
    if (fault.what === 'cut') this.network.cut(client.name, fault.node, fault.way)
    else if (fault.what === 'line') this.network.loseLine(client.name, fault.node)
    else if (fault.what === 'jump') client.skew = fault.to
    else if (fault.what === 'crash') this.startClient(fault.client)
    else if (fault.what === 'stop') client.process.stop()
    else if (fault.what === 'go on') this.letGoOn(client)
    else if ('node' in fault) client.process.run(() => this.move(client, fault.what, fault.node))
  }

  /** A stopped process goes on; its calls are late through no fault of the cache. */
  private letGoOn({ process, name }: SimulatedClient): void {
    const stopped = process.goOn()
    if (stopped > 0) this.recorder.excuse(name, stopped)
  }

  private move({ inside: { membership } }: SimulatedClient, what: 'add' | 'remove', node: string): void {
    const { rebalancing } = membership!
    const moved = what === 'add' ? rebalancing.add({ id: node, weight: 1 }) : rebalancing.remove(node)
    moved.catch((error: unknown) => {
      this.trace?.note(`no node comes or goes: ${String(error)}`)
      if (!(error instanceof CacheError)) this.fail('error', `${what} ${node}: ${String(error)}`)
    })
  }

  /** A client in this place; the one before it dies. */
  private startClient(place: number): void {
    const before = this.clients[place]
    const { random, time, network, cache, scenario } = this
    if (before !== undefined) {
      this.recorder.excuse(before.name, before.crash())
      for (const call of this.recorder.calls) {
        if (call.client === before.name && call.endedAt === Number.POSITIVE_INFINITY) this.recorder.abandon(call)
      }
    }
    const skew = random.between(-scenario.skew, scenario.skew)
    const name = `c${place + 1}${before === undefined ? '' : `.${++this.lives}`}`
    const client = new SimulatedClient({
      name,
      cache,
      time,
      network,
      random,
      skew,
      hasMembers: (scenario.spares ?? 0) > 0,
    })
    this.mutation?.client?.(client)
    this.clients[place] = client
    const { lag, prove } = nearOf(this.cache, client)
    this.recorded[place] = this.recorder.over(name, client.cache, { life: scenario.life, lag, prove })
  }

  private async conclude(): Promise<void> {
    const { clients, recorded, nodes, random } = this
    const fail = (rule: Violation['rule'], says: string) => this.fail(rule, says)
    await finale({ clients, recorded, nodes, keys: KEYS, repairs: random.chance(NEEDLESS_REPAIRS), fail })
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
    this.violations.push(...found, ...verdictOn(this.recorder.calls, this.scenario, this.cache, NODE_SKEW))
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
