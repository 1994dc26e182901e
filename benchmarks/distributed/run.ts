/** `npm run bench:distributed`: our client beside others over the same servers; tables to standard output, numbers to a file, a chart. */
import { execFileSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { seededRandom, shuffled } from '../measure/random.js'
import { spreadOf } from '../measure/ratios.js'
import { type Contender as Server, start } from '../node/contender.js'
import { chartOf } from './chart.js'
import { byHand, type Contender, distributed, ioredis, nodeRedis, transport } from './contender.js'
import { drive, fill, type Load, type Measured } from './drive.js'
import { cellsOf, type Fault, type Results, reportOf, type Sample } from './report.js'

const VERBS = ['get', 'set'] as const
/** Values of 1 MB by eight: sixty-four of them are more than sockets take at once. */
const SHAPES = [
  { inFlight: 64, bytes: 100 },
  { inFlight: 1, bytes: 100 },
  { inFlight: 512, bytes: 100 },
  { inFlight: 64, bytes: 10_000 },
  { inFlight: 8, bytes: 1_000_000 },
]

const options = new Command('bench:distributed')
  .description('Measures DistributedCache and its transport beside ioredis, node-redis and what people write by hand.')
  .option('--quick', 'small values, 64 in flight, three short rounds: a glance, not a result', false)
  .option('--rounds <n>', 'rounds; 5 by default, 3 with --quick', Number)
  .option('--only <words>', 'contenders whose names have one of these words, by comma')
  .option('--json <file>', 'where to write; by default results/distributed-node<major>.json, or .partial.json')
  .parse()
  .opts<{ quick: boolean; rounds?: number; only?: string; json?: string }>()

/** Rounds with a node that hangs or dies. */
const FAULT_ROUNDS = options.quick ? 1 : 2

const rounds = options.rounds ?? (options.quick ? 3 : 5)
const msPerCell = options.quick ? 300 : 500
const shapes = options.quick ? SHAPES.slice(0, 1) : SHAPES
const loads: readonly Load[] = shapes.flatMap((shape) => VERBS.map((verb) => ({ verb, ...shape })))

const redis = await Promise.all([0, 1, 2].map(() => start('redis-server')))
const nodes = await Promise.all([0, 1, 2].map(() => start('CacheNode', '1gb')))
const samples: Sample[] = []
const faults: Fault[] = []
try {
  const words = options.only?.split(',')
  const isMeasured = ({ name }: Contender) => name === 'ioredis' || (words?.some((word) => name.includes(word)) ?? true)
  const everybody = await all()
  const contenders = everybody.filter(isMeasured)
  // A client that is left connected would not survive its server's end.
  for (const contender of everybody) if (!isMeasured(contender)) await contender.close()
  const random = seededRandom(1)
  for (const { bytes } of shapes) for (const contender of contenders) await fill(contender, bytes)
  for (let round = 0; round < rounds; round++) {
    for (const load of loads) {
      for (const contender of shuffled(contenders, random)) {
        await drive(contender, load, msPerCell / 5)
        samples.push({ round, contender: contender.name, ...load, ...(await drive(contender, load, msPerCell)) })
      }
    }
    process.stderr.write(`round ${round + 1} of ${rounds}\n`)
  }
  const order = contenders.map(({ name }) => name)
  samples.sort((one, other) => order.indexOf(one.contender) - order.indexOf(other.contender))
  for (const contender of contenders) await contender.close()
  for (const signal of ['SIGSTOP', 'SIGKILL'] as const) {
    for (const verb of VERBS) faults.push(await faultOf(verb, signal))
  }
} finally {
  for (const server of [...redis, ...nodes]) await server.stop()
}

const results: Results = {
  node: process.version,
  redis: /v=(\S+)/.exec(execFileSync('redis-server', ['--version'], { encoding: 'utf8' }))?.[1] ?? 'redis-server',
  rounds,
  msPerCell,
  cells: cellsOf(samples),
  faults,
}
const major = /^v(\d+)/.exec(process.version)![1]
const isWhole = !options.quick && options.only === undefined
const file =
  options.json ??
  fileURLToPath(new URL(`../../results/distributed-node${major}${isWhole ? '' : '.partial'}.json`, import.meta.url))
await mkdir(dirname(file), { recursive: true })
await writeFile(file, `${JSON.stringify(results, null, 2)}\n`)
if (isWhole) await writeFile(new URL('../../../docs/assets/distributed.svg', import.meta.url), chartOf(results))
process.stdout.write(reportOf(results))

async function all(): Promise<Contender[]> {
  const [onRedis, onNodes] = [portsOf(redis), portsOf(nodes)]
  return [
    ioredis(onRedis[0]!),
    await nodeRedis(onRedis[0]!),
    transport(onRedis[0]!),
    byHand(onRedis.slice(0, 2), 1),
    byHand(onRedis, 2),
    ...[['redis', onRedis] as const, ['CacheNode', onNodes] as const].flatMap(([on, ports]) => [
      distributed(on, ports.slice(0, 1), 1, 1),
      distributed(on, ports, 2, 1),
      distributed(on, ports, 3, 2),
    ]),
  ]
}

/** One of three nodes hangs or dies while calls go on: how long the slow ones take, the discovery included. */
async function faultOf(verb: 'get' | 'set', signal: Fault['signal']): Promise<Fault> {
  const load = { verb, inFlight: 64, bytes: 100 }
  const ratios: number[] = []
  const healthy: number[] = []
  const measured: Measured[] = []
  let name = ''
  for (let round = 0; round < FAULT_ROUNDS; round++) {
    const victim = await start('redis-server')
    const contender = distributed('redis', [...portsOf(redis).slice(0, 2), victim.port], 3, 2, {
      namespace: `${signal}${round}`,
    })
    name = contender.name
    await fill(contender, load.bytes)
    await drive(contender, load, 500)
    const well = await drive(contender, load, 2000)
    process.kill(victim.pid, signal)
    const without = await drive(contender, load, 8000)
    await contender.close()
    if (signal === 'SIGSTOP') process.kill(victim.pid, 'SIGCONT')
    await victim.stop()
    healthy.push(well.p99Ms)
    ratios.push(without.p99Ms / well.p99Ms)
    measured.push(without)
  }
  return {
    contender: name,
    verb,
    signal,
    healthyP99Ms: spreadOf(healthy)!.median,
    p99Ratio: spreadOf(ratios)!,
    worstMs: Math.max(...measured.map(({ worstMs }) => worstMs)),
    failed: measured.reduce((sum, { failed }) => sum + failed, 0),
  }
}

function portsOf(servers: readonly Server[]): number[] {
  return servers.map(({ port }) => port)
}
