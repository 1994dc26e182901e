/**
 * `npm run simulate:cluster -- --seeds 20000`: histories of a simulated cluster, checked; see docs/simulation.md. A seed
 * that breaks a promise is printed, and `--replay SEED` tells all of it.
 */
import { parseArgs } from 'node:util'
import { MUTATIONS, mutationNamed, NEAR_SCENARIOS, replay, SCENARIOS } from '@mtaio/distributed/testing'
import { simulateOverCores } from './lib/simulate-over-cores.mjs'

const { values: flags } = parseArgs({
  options: {
    seeds: { type: 'string', default: '20000' },
    from: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '2' },
    scenario: { type: 'string' },
    replay: { type: 'string' },
    mutation: { type: 'string' },
    mutations: { type: 'boolean', default: false },
  },
})
const seeds = integerOf('seeds', 1)
const from = integerOf('from', 0)
const jobs = integerOf('jobs', 1)
const { scenario, mutation } = flags
const scenarios = [...SCENARIOS, ...NEAR_SCENARIOS].map(([, { name }]) => name)
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
  const report = await simulateOverCores({ seeds, from, jobs, scenario, mutation, most: 10 })
  const rate = Math.round(report.histories / report.cpuSeconds)
  console.log(
    `${report.histories.toLocaleString('en')} histories, ${report.calls.toLocaleString('en')} calls, ${report.events.toLocaleString('en')} events in ${report.seconds.toFixed(0)} s: ${rate} histories a second of processor time`,
  )
  for (const broken of report.broken) show(broken)
  if (report.broken.length > 0) process.exitCode = 1
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
  console.log(`\nseed ${seed}, scenario '${scenario}': npm run simulate:cluster -- --replay ${seed}`)
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
