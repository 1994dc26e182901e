/**
 * `npm run faults -- --seconds 600 --nodes 3 --engine redis --seed 1`: real processes under attack, and the checkers over what their
 * clients saw. The schedule is the seed's; what the machine makes of it is not. Exits with 1 when a promise was broken.
 */
import { Command, Option } from 'commander'
import { type CampaignOptions, runCampaign } from './campaign.js'
import type { Engine } from './member.js'
import { PROFILES, WEAK } from './profile.js'
import { linesOf, tableOf } from './report.js'

const options = new Command('faults')
  .description(
    'Attacks real redis-server or CacheNode processes and checks what the clients of a DistributedCache saw.',
  )
  .option('--seconds <s>', 'for how long rounds begin', Number, 600)
  .addOption(new Option('--nodes <n>', 'processes').choices(['3', '5']).default('3'))
  .addOption(new Option('--engine <name>', 'what they are').choices(['redis', 'node']).default('redis'))
  .option('--seed <n>', 'of the schedule', Number, 1)
  .option('--only <name>', `one of: ${PROFILES.map(({ name }) => name).join(', ')}`)
  .option('--weak', 'settings that keep less than is claimed of them: the checkers must say so', false)
  .parse()
  .opts<{ seconds: number; nodes: string; engine: Engine; seed: number; only?: string; weak: boolean }>()

const { seconds, engine, seed, only } = options
const chosen = options.weak ? [WEAK] : PROFILES.filter(({ name }) => only === undefined || name === only)
if (chosen.length === 0 || !(seconds > 0) || !Number.isInteger(seed)) {
  console.error('--seconds is a number above 0, --seed an integer, and --only one of the names that --help tells')
  process.exit(2)
}
const campaign: CampaignOptions = {
  ...{ engine, seconds, seed, profiles: chosen },
  nodes: Number(options.nodes),
  onRound: (round) => console.error(linesOf(round).join('\n')),
}
// Nodes end with this process, however it ends.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))
const rounds = await runCampaign(campaign)
console.log(`\n${engine}, ${options.nodes} processes, seed ${seed}, ${seconds} s\n\n${tableOf(rounds)}`)
const isBroken = rounds.some(({ violations, healedAfter }) => violations.length > 0 || healedAfter === undefined)
if (isBroken) process.exitCode = 1
