/**
 * Runs histories, many at a time: each gets one event a turn of the event loop, so that the promises of all of them run
 * out between two events of any, at the cost of one turn. Histories share nothing, and a seed tells the whole of one.
 */
import { CacheConfigError } from '@mtaio/exceptions'
import type { Violation } from '../history/violation.js'
import type { Mutation } from './mutation.js'
import { NEAR_SCENARIOS, SCENARIOS, type Scenario } from './scenario.js'
import { SeededRandom } from './seeded-random.js'
import { World } from './world.js'

/** Histories under way at once: more make a turn cheaper, and the processor's cache colder. Measured: 2 to 8 are alike. */
const AT_ONCE = 4

type WeightedScenario = readonly [weight: number, scenario: Scenario]

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
  readonly calls: number
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
  const report = { histories: 0, calls: 0, events: 0, broken: [] as BrokenHistory[] }
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

function count(
  world: World,
  report: { histories: number; calls: number; events: number; broken: BrokenHistory[] },
): void {
  report.histories++
  report.calls += world.recorder.calls.length
  report.events += world.time.happened
  if (world.violations.length === 0) return
  report.broken.push({ seed: world.seed, scenario: world.scenario.name, violations: world.violations })
}

function scenariosOf({
  mutation,
  scenario,
  ...options
}: Pick<SimulationOptions, 'scenarios' | 'scenario' | 'mutation'>) {
  const scenarios =
    options.scenarios ?? mutation?.scenarios ?? (scenario === undefined ? SCENARIOS : [...SCENARIOS, ...NEAR_SCENARIOS])
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
