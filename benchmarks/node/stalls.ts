/**
 * `npm run bench:node-stalls`: how long one client at a time waits while a server grows, expires, cleans up what was
 * removed, or evicts; CacheNode beside redis-server, in turn, each in a fresh process.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { markdownTable } from '../report/markdown-table.js'
import { CONTENDERS, type Contender, type ContenderName, start } from './contender.js'
import { infoOf, pipe, redisCli } from './redis-cli.js'
import { setOf, sets } from './workload.js'

const ENTRIES = 1_000_000
const ROUNDS = 3
/** What each entry counts for is 170 bytes or more: half of what is written has to leave. */
const SMALL = 100 * 2 ** 20

interface Waits {
  readonly answers: number
  readonly p50: number
  readonly p99: number
  readonly p999: number
  readonly max: number
}

interface Scenario {
  readonly name: string
  prepare(server: Contender): Promise<void>
  run(server: Contender): Promise<void>
}

function* each(line: (index: number) => string, wanted: (index: number) => boolean = () => true): Iterable<string> {
  for (let index = 0; index < ENTRIES; index++) if (wanted(index)) yield line(index)
}

const keyOf = (index: number) => `key:${String(index).padStart(12, '0')}`
const nothing = async () => {}
const filled = ({ port }: Contender) => pipe(port, sets(ENTRIES))

const SCENARIOS: readonly Scenario[] = [
  { name: 'nothing', prepare: filled, run: () => new Promise((resolve) => setTimeout(resolve, 2000)) },
  { name: 'a million new entries', prepare: nothing, run: filled },
  { name: 'a million overwritten', prepare: filled, run: filled },
  {
    name: 'a million expired within 3 s',
    // Far deadlines first: that they are moved costs what setting them does.
    prepare: ({ port }) => pipe(port, sets(ENTRIES, 3_600_000)),
    async run({ port }) {
      const expiry = (index: number) => `${1000 + (index % 3000)}`
      const line = (index: number) =>
        `*3\r\n$7\r\nPEXPIRE\r\n$16\r\n${keyOf(index)}\r\n$${expiry(index).length}\r\n${expiry(index)}\r\n`
      await pipe(port, each(line))
      while ((await infoOf(port, 'expired_keys')) < ENTRIES) await new Promise((resolve) => setTimeout(resolve, 50))
    },
  },
  {
    name: 'nine of ten removed, the rest made longer',
    prepare: filled,
    async run({ port }) {
      await pipe(
        port,
        each(
          (index) => `*2\r\n$3\r\nDEL\r\n$16\r\n${keyOf(index)}\r\n`,
          (index) => index % 10 !== 0,
        ),
      )
      await pipe(
        port,
        each(
          (index) => setOf(index, 150),
          (index) => index % 10 === 0,
        ),
      )
      await new Promise((resolve) => setTimeout(resolve, 1000))
    },
  },
  {
    name: 'a million new entries, half of them evicted',
    async prepare(server) {
      if (server.name !== 'redis-server') return
      await redisCli(server.port, 'CONFIG', 'SET', 'maxmemory', String(SMALL))
      await redisCli(server.port, 'CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru')
    },
    run: filled,
  },
]

async function waitsIn(name: ContenderName, scenario: Scenario): Promise<Waits> {
  const isBounded = scenario.name.endsWith('evicted')
  const server = await start(name, isBounded ? String(SMALL) : '4gb')
  const probe = fork(fileURLToPath(new URL('./stall-probe.js', import.meta.url)), [`${server.port}`])
  try {
    await once(probe, 'message')
    await scenario.prepare(server)
    probe.send('begin')
    await once(probe, 'message')
    await scenario.run(server)
    const told = once(probe, 'message')
    probe.send('end')
    const [waits] = (await told) as [Waits]
    return waits
  } finally {
    probe.disconnect()
    await server.stop()
  }
}

function medianOf(all: readonly Waits[], what: 'p50' | 'p99' | 'p999' | 'max'): string {
  const sorted = all.map((waits) => waits[what]).sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)]!.toFixed(2)
}

const rows: string[][] = []
for (const scenario of SCENARIOS) {
  const waits = new Map<ContenderName, Waits[]>(CONTENDERS.map((name) => [name, []]))
  for (let round = 0; round < ROUNDS; round++) {
    const order = round % 2 === 0 ? CONTENDERS : CONTENDERS.toReversed()
    for (const name of order) waits.get(name)!.push(await waitsIn(name, scenario))
  }
  process.stderr.write(`${scenario.name}\n`)
  const [redis, node] = CONTENDERS.map((name) => waits.get(name)!) as [Waits[], Waits[]]
  const cells = (['p50', 'p99', 'p999', 'max'] as const).map(
    (what) => `${medianOf(node, what)} / ${medianOf(redis, what)}`,
  )
  rows.push([scenario.name, ...cells])
}
process.stdout.write(
  `Waits of one client at a time, ms, CacheNode / redis-server, medians of ${ROUNDS} rounds, Node ${process.version}:\n\n`,
)
process.stdout.write(`${markdownTable(['meanwhile', 'p50', 'p99', 'p99.9', 'longest'], rows)}\n`)
