/**
 * Runs histories, many at a time: each gets one event a turn of the event loop, so that the promises of all of them run
 * out between two events of any, at the cost of one turn. Histories share nothing, and a seed tells the whole of one.
 */
import { CacheConfigError } from '@mtaio/exceptions'
import type { Violation } from '../history/violation.js'
import type { Mutation } from './mutation.js'
import type { Scenario } from './scenario.js'
import { PLAIN_SCENARIOS, SCENARIOS, type WeightedScenario } from './scenarios.js'
import { SeededRandom } from './seeded-random.js'
import { World } from './world.js'

/** Histories under way at once: more make a turn cheaper, and the processor's cache colder. Measured: 2 to 8 are alike. */
const AT_ONCE = 4

export interface SimulationOptions {
  /** The first seed: an integer from 0. @defaultValue 1 */
  readonly from?: number | undefined
  /** How many seeds, one history each. */
  readonly seeds: number
  /** What histories are drawn from, with how often each is. @defaultValue the scenarios of docs/simulation.md */
  readonly scenarios?: readonly WeightedScenario[] | undefined
  /** The name of the one of them to draw from. @defaultValue all */
  readonly scenario?: string | undefined
  readonly mutation?: Mutation | undefined
  /** Ends after so many broken histories. @defaultValue 10 */
  readonly most?: number | undefined
}

/** A history that broke a promise. */
export interface BrokenHistory {
  readonly seed: number
  readonly scenario: string
  readonly violations: readonly Violation[]
}

export interface SimulationReport {
  /** Histories that were run to their end. */
  readonly histories: number
  /** How many of each scenario. */
  readonly scenarios: Readonly<Record<string, number>>
  /** Calls that clients made, and commands that nodes were sent. */
  readonly calls: number
  readonly commands: number
  /** Things that went wrong with a node, a client or a way between them, and messages that were lost or came twice. */
  readonly faults: number
  readonly mishaps: number
  readonly events: number
  /** In the order of their seeds. */
  readonly broken: readonly BrokenHistory[]
}

/** A history told in full. */
export interface Replay extends BrokenHistory {
  /** What happened, a line each. */
  readonly trace: readonly string[]
}

/** Runs seeded histories and reports those that broke a promise. */
export async function simulate(options: SimulationOptions): Promise<SimulationReport> {
  const { from = 1, seeds, mutation, most = 10 } = options
  const scenarios = scenariosOf(options)
  const report: Report = { ...NOTHING_YET, scenarios: {}, broken: [] }
  const make = (seed: number) => new World({ seed, scenario: scenarioOf(seed, scenarios), mutation })
  let next = from
  const underWay: World[] = []
  const rejections: unknown[] = []
  const onRejection = (reason: unknown) => rejections.push(reason)
  process.on('unhandledRejection', onRejection)
  // Nobody reads where an expected error came from, and writing that down takes longer than all else about it.
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  try {
    const isFull = () => report.broken.length >= most
    while (next < from + seeds && underWay.length < AT_ONCE) underWay.push(make(next++))
    while (underWay.length > 0) {
      for (let i = 0; i < underWay.length; i++) {
        const world = underWay[i]!
        world.step()
        if (!world.isOver) continue
        count(world, report)
        if (next < from + seeds && !isFull()) underWay[i] = make(next++)
        else underWay.splice(i--, 1)
      }
      await turn()
      if (rejections.length > 0) {
        // Whose it was, is found by letting each of them run alone.
        const suspects = underWay.splice(0).map(({ seed }) => seed)
        for (const seed of suspects) count(await runAlone(make(seed), rejections), report)
        while (next < from + seeds && underWay.length < AT_ONCE && !isFull()) underWay.push(make(next++))
      }
    }
  } finally {
    Error.stackTraceLimit = stackTraceLimit
    process.off('unhandledRejection', onRejection)
  }
  report.broken.sort((a, b) => a.seed - b.seed)
  return report
}

/** Runs one history again and tells all of it. */
export async function replay(
  seed: number,
  options: Pick<SimulationOptions, 'scenarios' | 'scenario' | 'mutation'> = {},
): Promise<Replay> {
  const { mutation } = options
  const rejections: unknown[] = []
  const onRejection = (reason: unknown) => rejections.push(reason)
  process.on('unhandledRejection', onRejection)
  try {
    const scenario = scenarioOf(seed, scenariosOf(options))
    const world = await runAlone(new World({ seed, scenario, mutation, isTraced: true }), rejections)
    return { seed, scenario: scenario.name, violations: world.violations, trace: world.trace!.lines }
  } finally {
    process.off('unhandledRejection', onRejection)
  }
}

async function runAlone(world: World, rejections: unknown[]): Promise<World> {
  rejections.length = 0
  while (!world.isOver) {
    world.step()
    await turn()
  }
  await turn()
  for (const reason of rejections) {
    world.violations.push({ rule: 'rejection', says: String((reason as Error)?.stack ?? reason) })
  }
  rejections.length = 0
  return world
}

const NOTHING_YET = { histories: 0, calls: 0, commands: 0, faults: 0, mishaps: 0, events: 0 }

type Report = typeof NOTHING_YET & { scenarios: Record<string, number>; broken: BrokenHistory[] }

function count(world: World, report: Report): void {
  const { scenario, recorder, network, time, troubles } = world
  report.histories++
  report.scenarios[scenario.name] = (report.scenarios[scenario.name] ?? 0) + 1
  report.calls += recorder.calls.length
  report.commands += network.counts.commands
  report.faults += troubles
  report.mishaps += network.counts.mishaps
  report.events += time.happened
  if (world.violations.length === 0) return
  report.broken.push({ seed: world.seed, scenario: world.scenario.name, violations: world.violations })
}

function scenariosOf({
  mutation,
  scenario,
  ...options
}: Pick<SimulationOptions, 'scenarios' | 'scenario' | 'mutation'>) {
  const usual = mutation === undefined || scenario !== undefined ? SCENARIOS : PLAIN_SCENARIOS
  const scenarios = options.scenarios ?? mutation?.scenarios ?? usual
  const chosen = scenarios.filter(([, { name }]) => scenario === undefined || name === scenario)
  if (chosen.length > 0) return chosen
  throw new CacheConfigError(`there is no scenario '${scenario}': ${scenarios.map(([, { name }]) => name).join(', ')}`)
}

function scenarioOf(seed: number, scenarios: readonly WeightedScenario[]): Scenario {
  const total = scenarios.reduce((sum, [weight]) => sum + weight, 0)
  let left = new SeededRandom(seed ^ 0x5ca1ab1e).next() * total
  for (const [weight, scenario] of scenarios) {
    left -= weight
    if (left < 0) return scenario
  }
  return scenarios.at(-1)![1]
}

/** Resolves when the promises that can run have run. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
