/**
 * `npm run simulate:cluster -- --seeds 20000`: histories of a simulated cluster, checked; see docs/simulation.md. A seed
 * that breaks a promise is printed at once, and `--replay SEED` tells all of it. How far it is stands on the error output.
 *
 * Ends with 0 when every promise was kept, 1 when one was broken or a mutation not found, 2 for a flag that makes no sense, and 130
 * when it was interrupted, after a summary of what was seen.
 */
import { parseArgs } from 'node:util'
import { MUTATIONS, mutationNamed, replay, SCENARIOS } from '@mtaio/distributed/testing'
import { simulateOverCores } from './lib/simulate-over-cores.mjs'

const { values: flags } = parseArgs({
  options: {
    seeds: { type: 'string', default: '20000' },
    from: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '2' },
    most: { type: 'string', default: '10' },
    scenario: { type: 'string' },
    replay: { type: 'string' },
    mutation: { type: 'string' },
    mutations: { type: 'boolean', default: false },
  },
})
const seeds = integerOf('seeds', 1)
const from = integerOf('from', 0)
const jobs = integerOf('jobs', 1)
/** Broken histories after which no more are begun. */
const most = integerOf('most', 1)
/** Between two lines on how far it is, s. */
const PROGRESS = 10
const { scenario, mutation } = flags
const scenarios = SCENARIOS.map(([, { name }]) => name)
if (scenario !== undefined && !scenarios.includes(scenario)) {
  fail(`there is no scenario '${scenario}': ${scenarios.join(', ')}`)
}

if (flags.replay !== undefined) await tell(integerOf('replay', 0))
else if (flags.mutations) await tryMutations()
else await run()

async function tell(seed) {
  const { trace, violations, ...told } = await replay(seed, {
    scenario,
    mutation: mutation === undefined ? undefined : mutationNamed(mutation),
  })
  console.log(trace.join('\n'))
  console.log(`\nseed ${seed}, scenario '${told.scenario}'`)
  for (const { rule, says } of violations) console.log(`${rule}: ${says}`)
  if (violations.length === 0) console.log('no promise was broken')
}

async function run() {
  const interrupted = new AbortController()
  process.once('SIGINT', () => interrupted.abort())
  let told = 0
  const onBlock = (report, broken) => {
    for (const each of broken) show(each)
    if (report.seconds - told < PROGRESS) return
    told = report.seconds
    const share = ((100 * report.histories) / seeds).toFixed(1)
    const left = ((report.seconds / report.histories) * (seeds - report.histories)).toFixed(0)
    console.error(`${shown(report.histories)} histories (${share} %), ${report.broken.length} broken, ${left} s to go`)
  }
  const { signal } = interrupted
  const report = await simulateOverCores({ seeds, from, jobs, scenario, mutation, most, onBlock, signal })
  summarize(report)
  if (report.broken.length > 0) process.exitCode = 1
  else if (signal.aborted) process.exitCode = 130
}

function summarize(report) {
  const { histories, broken, cpuSeconds, seconds } = report
  const each = (count) => (count / histories).toFixed(1)
  console.log('')
  for (const [name, count] of Object.entries(report.scenarios).sort(([, a], [, b]) => b - a)) {
    console.log(`${shown(count).padStart(10)}  ${name}`)
  }
  console.log(`\n${shown(histories)} histories of the seeds from ${from}, ${broken.length} broken`)
  console.log(
    `each: ${each(report.calls)} calls, ${each(report.commands)} commands to nodes, ${each(report.faults)} faults of nodes, clients and ways, ${each(report.mishaps)} messages lost or repeated, ${each(report.events)} events`,
  )
  console.log(
    `${seconds.toFixed(0)} s, ${cpuSeconds.toFixed(0)} s of processor time: ${Math.round(histories / cpuSeconds)} histories a second of it`,
  )
  for (const { seed, scenario } of broken) console.log(`broken: ${seed} '${scenario}'`)
}

function shown(count) {
  return count.toLocaleString('en')
}

/** Every mutation until it is caught; one that is not is a hole in the checkers. */
async function tryMutations() {
  for (const { name, says } of MUTATIONS) {
    const { broken, histories } = await simulateOverCores({ seeds, from, jobs, scenario, mutation: name, most: 1 })
    const [first] = broken
    const caught = first === undefined ? `NOT in ${histories}` : `${first.seed - from + 1}`
    console.log(`${name.padEnd(34)} ${caught.padStart(9)}  ${(first?.violations[0].rule ?? '').padEnd(16)} ${says}`)
    if (first === undefined) process.exitCode = 1
  }
}

function show({ seed, scenario, violations }) {
  const by = `${flags.scenario === undefined ? '' : ` --scenario '${scenario}'`}${mutation === undefined ? '' : ` --mutation '${mutation}'`}`
  console.log(`\nseed ${seed}, scenario '${scenario}': npm run simulate:cluster -- --replay ${seed}${by}`)
  for (const { rule, says } of violations.slice(0, 3)) console.log(`  ${rule}: ${says}`)
}

function integerOf(flag, least) {
  const value = Number(flags[flag])
  if (!Number.isInteger(value) || value < least)
    fail(`--${flag} must be an integer from ${least}, not '${flags[flag]}'`)
  return value
}

function fail(message) {
  console.error(message)
  process.exit(2)
}
