/** `npm run bench:local`: what to measure, from the command line; the table to standard output, the numbers to a file. */
import { execFileSync } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command, InvalidArgumentError, Option } from 'commander'
import type { Contender } from './contender.js'
import { CONTENDER_NAMES, contenderNamed } from './contenders/index.js'
import type { Effort } from './job.js'
import { MAIN, OPERATIONS } from './operations/index.js'
import { reportOf, type Time } from './report.js'
import {
  cellsOf,
  type DescribedContender,
  describeOperation,
  disagreementsIn,
  processorShare,
  REFERENCE,
  type Results,
} from './results.js'
import { measureRounds } from './rounds.js'

const FULL: Effort & { rounds: number } = { warmUpMs: 300, measureMs: 400, rounds: 7 }
const QUICK: Effort & { rounds: number } = { warmUpMs: 150, measureMs: 150, rounds: 3 }
const LONE_ROUNDS = 3

interface Options {
  only?: string[]
  contenders?: string[]
  quick: boolean
  rounds?: number
  seed: number
  seasoning: boolean
  node: string
  json?: string
  time: Time
}

const options = new Command('bench:local')
  .description('Measures caches in one process beside each other.')
  .option(
    '--only <operations>',
    `operations, by comma, or "main"; of: ${OPERATIONS.map(({ name }) => name).join(', ')}`,
    list,
  )
  .option(
    '--contenders <names>',
    `contenders, by comma; ${REFERENCE} always takes part; of: ${CONTENDER_NAMES.join(', ')}`,
    list,
  )
  .option('--quick', 'the main operations, three short rounds: a glance, not a result', false)
  .option('--rounds <n>', `rounds; ${FULL.rounds} by default, ${QUICK.rounds} with --quick`, positiveInteger)
  .option('--seed <n>', 'of keys, requests and orders', positiveInteger, 1)
  .option('--no-seasoning', 'measure each contender in a process that has seen nothing else')
  .option(
    '--node <path or major>',
    'the Node that is measured: its binary, or a major version to be had from npm',
    process.execPath,
  )
  .option(
    '--json <file>',
    'where to write; by default results/local-node<major>.json, or .partial.json for less than everything',
  )
  .addOption(
    new Option('--time <which>', 'what the table shows; the file has both').choices(['wall', 'cpu']).default('wall'),
  )
  .parse()
  .opts<Options>()

const effort = options.quick ? QUICK : FULL
const operations = chosen(
  options.only?.flatMap((name) => (name === 'main' ? MAIN : [name])) ?? (options.quick ? MAIN : undefined),
  OPERATIONS.map(({ name }) => name),
  'operation',
).map((name) => OPERATIONS.find((operation) => operation.name === name)!)
const names = chosen(options.contenders && [REFERENCE, ...options.contenders], CONTENDER_NAMES, 'contender')
const contenders = await Promise.all(names.map(contenderNamed))
const started = performance.now()

const run = await measureRounds({
  ...effort,
  contenders,
  operations,
  rounds: options.rounds ?? effort.rounds,
  loneRounds: LONE_ROUNDS,
  seed: options.seed,
  seasoned: options.seasoning,
  quick: options.quick,
  node: binaryOf(options.node),
  progress: (step) => process.stderr.write(`${minutes(performance.now() - started)} ${step}\n`),
})

const share = processorShare(run.samples)
const results: Results = {
  node: run.node,
  v8: run.v8,
  arch: process.arch,
  rounds: options.rounds ?? effort.rounds,
  seed: options.seed,
  seasoned: options.seasoning,
  ...(share !== undefined && { processorShare: share }),
  reference: REFERENCE,
  contenders: await Promise.all(contenders.filter(({ name }) => !run.failures.has(name)).map(described)),
  operations: operations.map(describeOperation),
  cells: cellsOf(run.samples),
  disagreements: disagreementsIn(run.samples, operations, contenders),
}

const whole = options.only === undefined && options.contenders === undefined && !options.quick
const major = /^v(\d+)/.exec(run.node)?.[1] ?? 'unknown'
const file =
  options.json ??
  fileURLToPath(new URL(`../../results/local-node${major}${whole ? '' : '.partial'}.json`, import.meta.url))
await mkdir(dirname(file), { recursive: true })
await writeFile(file, `${JSON.stringify(results, null, 2)}\n`)

process.stdout.write(reportOf(results, options.time))
for (const [contender, reason] of run.failures) process.stderr.write(`${contender} did not run: ${reason}\n`)
if (results.disagreements.length > 0 || run.failures.size > 0) process.exitCode = 1

async function described(contender: Contender): Promise<DescribedContender> {
  const { name, package: from, eviction, ttl, statistics, note } = contender
  const version = from === undefined ? undefined : await versionOf(from)
  return {
    name,
    ...(from !== undefined && { package: from }),
    ...(version !== undefined && { version }),
    eviction,
    ttl,
    statistics,
    ...(note !== undefined && { note }),
  }
}

async function versionOf(from: string): Promise<string> {
  const manifest = await readFile(new URL(`../../node_modules/${from}/package.json`, import.meta.url), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}

/** @throws Error naming what is not known */
function chosen(wanted: readonly string[] | undefined, known: readonly string[], what: string): string[] {
  const unknown = wanted?.find((name) => !known.includes(name))
  if (unknown !== undefined) throw new Error(`no ${what} is named ${JSON.stringify(unknown)}: ${known.join(', ')}`)
  return known.filter((name) => wanted === undefined || wanted.includes(name))
}

/** A path as it is; a major version by way of npm, which has Node's binaries as packages. */
function binaryOf(node: string): string {
  if (!/^\d+$/.test(node)) return node
  const show = ['-y', '-p', `node@${node}`, 'node', '-p', 'process.execPath']
  return execFileSync('npx', show, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
}

function list(value: string): string[] {
  return value.split(',').filter((name) => name !== '')
}

function positiveInteger(value: string): number {
  const number = Number(value)
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('must be an integer of at least 1')
  return number
}

function minutes(ms: number): string {
  const seconds = Math.round(ms / 1000)
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}
