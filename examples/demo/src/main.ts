/** The main job, shown: requests through every policy of a local cache, and through a cluster that loses a node. */
import Table from 'cli-table3'
import { Command, InvalidArgumentError } from 'commander'
import { type ClusterResult, type Latency, runCluster } from './cluster-run.js'
import { type LocalResult, runLocal } from './local-run.js'
import { readTrace, synthesize } from './request-stream.js'

const options = new Command('npm run demo --')
  .description(
    'Runs a stream of requests through a TTLCache under each policy, and through a DistributedCache on three nodes.',
  )
  .option('--trace <file>', 'replay a request trace: one key a line, .gz allowed')
  .option('--size <entries>', 'cache size (default: 10 % of the distinct keys)', positive)
  .option('--requests <number>', 'how many requests to make up', positive, 100_000)
  .option('--seed <number>', 'seed of the made-up stream', positive, 1)
  .option('--redis <url...>', 'use these servers instead of embedded nodes; none of them is killed')
  .parse()
  .opts<{ trace?: string; size?: number; requests: number; seed: number; redis?: string[] }>()

/** Colours are for terminals. */
const style = process.stdout.isTTY ? {} : { head: [], border: [] }

const { trace, requests, seed, redis = [] } = options
const stream = trace === undefined ? synthesize({ seed, requests, keys: 20_000 }) : await readTrace(trace)
const distinct = new Set(stream.order).size
if (distinct === 0) throw new Error(`${trace} holds no requests`)
const size = options.size ?? Math.max(1, Math.round(distinct / 10))
const source = trace === undefined ? `made up (seed ${seed}): Zipf with drift and scans` : trace
console.log(`${stream.order.length} requests for ${distinct} keys, ${source}; caches of ${size} entries\n`)

const locals = runLocal(stream, size)
const cluster = await runCluster(stream, size, seed, redis)
printLocal(locals)
printCluster(cluster)

const bad = cluster.failedReads + cluster.wrongReads + locals.reduce((sum, { wrong }) => sum + wrong, 0)
console.log(bad === 0 ? '\nNo read failed and none was wrong.' : `\n${bad} reads failed or were wrong.`)
process.exitCode = bad === 0 ? 0 : 1

function printLocal(results: readonly LocalResult[]): void {
  const table = new Table({
    style,
    head: ['TTLCache', 'hit ratio', 'operations', 'operations/s', 'evictions', 'wrong'],
  })
  for (const { policy, hitRatio, operations, seconds, evictions, wrong } of results) {
    const speed = Math.round(operations / seconds).toLocaleString('en')
    table.push([policy, `${(100 * hitRatio).toFixed(2)} %`, operations, speed, evictions, wrong])
  }
  console.log(`\n${table}`)
}

function printCluster(result: ClusterResult): void {
  const table = new Table({ style })
  const ms = ({ p50, p99, p999 }: Latency) =>
    `p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms, p99.9 ${p999.toFixed(2)} ms`
  table.push(
    { 'DistributedCache, hit ratio': `${(100 * result.hitRatio).toFixed(2)} %` },
    { operations: `${result.operations} (${Math.round(result.operations / result.seconds).toLocaleString('en')}/s)` },
    { reads: ms(result.readLatency) },
    { writes: ms(result.writeLatency) },
    { 'reads failed / wrong': `${result.failedReads} / ${result.wrongReads}` },
    { 'writes failed': String(result.failedWrites) },
    { 'read repairs / hints delivered': `${result.repairs} / ${result.hintsReplayed}` },
    { 'degraded calls': String(result.degraded) },
    { 'entries by node': [...result.entries].map(([node, count]) => `${node}: ${count}`).join('\n') },
    { events: result.events.join('\n') },
  )
  console.log(String(table))
}

function positive(text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 1) return value
  throw new InvalidArgumentError('it must be an integer of 1 or more')
}
