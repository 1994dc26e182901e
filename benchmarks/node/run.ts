/** `npm run bench:node`: CacheNode beside redis-server under redis-benchmark; tables to standard output, numbers to a file. */
import { execFileSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { CONTENDERS, type Contender, type ContenderName, start } from './contender.js'
import { type EntryBytes, entryBytes } from './entry-bytes.js'
import { type Job, round, type Sample } from './measure.js'
import { pipe, redisCli } from './redis-cli.js'
import { cellsOf, type Results, reportOf } from './report.js'
import { loadStoreScript } from './store-script.js'
import { CLIENTS, GUARDED, KEYSPACES, OPERATIONS, PIPELINES, sets } from './workload.js'

const REQUESTS: Readonly<Record<number, number>> = { 1: 60_000, 16: 400_000, 64: 800_000 }

const options = new Command('bench:node')
  .description('Measures CacheNode beside redis-server, under redis-benchmark.')
  .option('--quick', 'three rounds of a quarter of the requests, 100,000 entries: a glance, not a result', false)
  .option('--rounds <n>', 'rounds; 7 by default, which take about eight minutes', Number)
  .option('--json <file>', 'where to write; by default results/node-node<major>.json, or .partial.json with --quick')
  .parse()
  .opts<{ quick: boolean; rounds?: number; json?: string }>()

const rounds = options.rounds ?? (options.quick ? 3 : 7)
const share = options.quick ? 0.25 : 1
// Guarded writes add keys, so they come last.
const jobs: readonly Job[] = [OPERATIONS, [GUARDED]].flatMap((operations) =>
  PIPELINES.flatMap((pipeline) =>
    operations.map((operation) => ({ operation, pipeline, requests: REQUESTS[pipeline]! * share })),
  ),
)

const samples: Sample[] = []
for (let number = 0; number < rounds; number++) {
  const servers = new Map<ContenderName, Contender>()
  try {
    for (const name of CONTENDERS) servers.set(name, await start(name))
    for (const { port } of servers.values()) {
      await loadStoreScript(port)
      await redisCli(port, 'FLUSHALL')
      await pipe(port, sets(Math.max(...KEYSPACES)))
    }
    for await (const sample of round(number, servers, jobs)) samples.push(sample)
    process.stderr.write(`round ${number + 1} of ${rounds}\n`)
  } finally {
    for (const server of servers.values()) await server.stop()
  }
}

const entries = options.quick ? 100_000 : 1_000_000
const memory: Record<string, Record<string, EntryBytes>> = {}
for (const [title, ttl] of [['without a deadline', undefined] as const, ['with one', 3_600_000] as const]) {
  const key = `${entries.toLocaleString('en')} of 16 + 100 bytes ${title}`
  memory[key] = {}
  for (const name of CONTENDERS) memory[key][name] = await entryBytes(name, entries, ttl)
}

const results: Results = {
  node: process.version,
  redis: /v=(\S+)/.exec(execFileSync('redis-server', ['--version'], { encoding: 'utf8' }))?.[1] ?? 'redis-server',
  rounds,
  clients: CLIENTS,
  cells: cellsOf(samples),
  entryBytes: memory,
}
const major = /^v(\d+)/.exec(process.version)![1]
const file =
  options.json ??
  fileURLToPath(new URL(`../../results/node-node${major}${options.quick ? '.partial' : ''}.json`, import.meta.url))
await mkdir(dirname(file), { recursive: true })
await writeFile(file, `${JSON.stringify(results, null, 2)}\n`)
process.stdout.write(reportOf(results))
