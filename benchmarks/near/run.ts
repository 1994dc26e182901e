/**
 * `npm run bench:near`: what a near cache saves. A hit beside one of a `TTLCache`; then reads and writes by Zipf's law over three
 * nodes, with and without, by turns: calls a second, and bytes that the nodes took in and gave out for each call.
 */
import { DistributedCache } from '@mtaio/distributed'
import { Command } from 'commander'
import { Redis } from 'ioredis'
import { seededRandom } from '../measure/random.js'
import { spreadOf } from '../measure/ratios.js'
import { zipfSequence } from '../measure/zipf.js'
import { start } from '../node/contender.js'
import { markdownTable } from '../report/markdown-table.js'
import { measureHitPath } from './hit-path.js'

const KEYS = 10_000
const BYTES = 100
const IN_FLIGHT = 64
const CELLS = [0, 0.01, 0.1].flatMap((writes) => [undefined, 1000, 10_000].map((maxSize) => ({ writes, maxSize })))

const {
  rounds,
  ms,
  hits: onlyHits,
} = new Command('bench:near')
  .description('Measures a near cache: its hits, and what it saves over Redis servers and CacheNodes.')
  .option('--rounds <n>', 'rounds', Number, 5)
  .option('--ms <n>', 'how long a cell is measured in each', Number, 1000)
  .option('--hits', 'nothing but what a hit costs', false)
  .parse()
  .opts<{ rounds: number; ms: number; hits: boolean }>()

const keys = Array.from({ length: KEYS }, (_, i) => `user:${i}`)
const value = 'v'.repeat(BYTES)
const order = zipfSequence(KEYS, 0.99, 2 ** 20, seededRandom(3))

for (const engine of ['redis-server', 'CacheNode'] as const) {
  const servers = await Promise.all([0, 1, 2].map(() => start(engine)))
  const watchers = servers.map(({ port }) => new Redis(port))
  const nodes = servers.map(({ port }) => ['127.0.0.1', port] as const)
  /** Bytes in and out of all nodes until now. */
  const traffic = async () => {
    const told = await Promise.all(watchers.map((watcher) => watcher.info('stats')))
    const sum = (name: string) =>
      told.reduce((all, text) => all + Number(new RegExp(`${name}:(\\d+)`).exec(text)?.[1]), 0)
    return sum('total_net_input_bytes') + sum('total_net_output_bytes')
  }
  const open = (maxSize: number | undefined) =>
    new DistributedCache<string>({ nodes, nearCache: maxSize === undefined ? undefined : { maxSize } })

  const hits = open(10_000)
  const { plainNs, nearNs, ratio } = await measureHitPath(hits, 4 * rounds + 1)
  await hits[Symbol.asyncDispose]()
  const { q1: least, q3: most } = ratio
  console.log(
    `\n${engine}: a near hit takes ${nearNs.toFixed(0)} ns, one of a TTLCache ${plainNs.toFixed(0)} ns: ${ratio.median.toFixed(2)} times (half of the rounds: ${least.toFixed(2)}–${most.toFixed(2)})\n`,
  )

  const seen = CELLS.map(() => [] as { rate: number; bytes: number; hitRatio: number }[])
  for (let round = 0; round < (onlyHits ? 0 : rounds); round++) {
    for (const [i, { writes, maxSize }] of CELLS.entries()) {
      const cache = open(maxSize)
      await cache.setMany(
        keys.map((key) => [key, value] as const),
        3600,
      )
      await cache.start()
      const random = seededRandom(round + 1)
      let calls = 0
      const drive = async (until: number) => {
        const lane = async (from: number) => {
          for (let at = from; performance.now() < until; at += IN_FLIGHT) {
            const key = keys[order[at % order.length]!]!
            if (random() / 2 ** 32 < writes) await cache.set(key, value, 3600)
            else await cache.get(key)
            calls++
            // Who answers without I/O lets others have their turn, as a server does between requests.
            if (calls % 256 === 0) await new Promise((resolve) => setImmediate(resolve))
          }
        }
        await Promise.all(Array.from({ length: IN_FLIGHT }, (_, lanes) => lane(lanes)))
      }
      await drive(performance.now() + ms / 2)
      cache.resetStats()
      calls = 0
      const before = await traffic()
      const began = performance.now()
      await drive(began + ms)
      const took = performance.now() - began
      const { near } = cache.getStats()
      const hitRatio = near === undefined ? 0 : near.hits / (near.hits + near.misses)
      seen[i]!.push({ rate: (calls / took) * 1000, bytes: ((await traffic()) - before) / calls, hitRatio })
      await cache[Symbol.asyncDispose]()
    }
  }
  const median = (i: number, of: 'rate' | 'bytes' | 'hitRatio') => spreadOf(seen[i]!.map((each) => each[of]))!.median
  const rows = (onlyHits ? [] : CELLS).map(({ writes, maxSize }, i) => {
    const without = i - (i % 3)
    return [
      `${writes * 100} %`,
      maxSize === undefined ? 'none' : maxSize.toLocaleString('en'),
      maxSize === undefined ? '' : `${(median(i, 'hitRatio') * 100).toFixed(0)} %`,
      (median(i, 'rate') / 1000).toFixed(0),
      (median(i, 'rate') / median(without, 'rate')).toFixed(1),
      median(i, 'bytes').toFixed(median(i, 'bytes') < 10 ? 2 : 0),
    ]
  })
  if (!onlyHits)
    console.log(markdownTable(['writes', 'near entries', 'near hits', 'k calls/s', 'ratio', 'bytes a call'], rows))
  for (const watcher of watchers) watcher.disconnect()
  await Promise.all(servers.map((server) => server.stop()))
}
