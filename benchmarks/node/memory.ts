/**
 * `npm run bench:node-memory`: how far what a node counts is from what its process grows by (VmRSS), after its garbage is
 * collected. A fresh process for each data set, which has worked with a few of the entries before: compiled code and
 * buffers of the process itself are no entry's.
 */
import { markdownTable } from '../report/markdown-table.js'
import { start } from './contender.js'
import { DATA_SETS, type DataSet, OVERFLOWING } from './data-sets.js'
import { residentOf } from './process-facts.js'
import { infoOf, pipe, redisCli } from './redis-cli.js'

const MB = 2 ** 20
/** The process works with so many bytes of entries, over and over, before it is measured. */
const FEW = MB
const WARM_UP_COMMANDS = 400_000
const WARM_UP_BYTES = 400 * MB
const BOUND = '128mb'
/** Expired and removed entries are cleaned up in the background meanwhile, ms. */
const SETTLING = 3000

interface Grown {
  readonly entries: number
  readonly counted: number
  readonly resident: number
}

async function grown(data: DataSet, maxMemory: string): Promise<Grown> {
  const node = await start('CacheNode', maxMemory)
  try {
    const { port, pid } = node
    await pipe(port, overAndOver([...first(data.commands(), FEW)]))
    await redisCli(port, 'FLUSHALL')
    await node.collect()
    const before = { counted: await infoOf(port, 'used_memory'), resident: await residentOf(pid) }
    await pipe(port, data.commands())
    await new Promise((resolve) => setTimeout(resolve, SETTLING))
    await node.collect()
    return {
      entries: Number(await redisCli(port, 'DBSIZE')),
      counted: (await infoOf(port, 'used_memory')) - before.counted,
      resident: (await residentOf(pid)) - before.resident,
    }
  } finally {
    await node.stop()
  }
}

function* first(commands: Iterable<string>, bytes: number): Iterable<string> {
  let left = bytes
  for (const command of commands) {
    if (left < 0) return
    left -= command.length
    yield command
  }
}

function* overAndOver(commands: readonly string[]): Iterable<string> {
  let bytes = 0
  for (let i = 0; i < WARM_UP_COMMANDS && bytes < WARM_UP_BYTES; i++) {
    const command = commands[i % commands.length]!
    bytes += command.length
    yield command
  }
}

function rowOf(name: string, { entries, counted, resident }: Grown): string[] {
  process.stderr.write(`${name}\n`)
  const error = (100 * counted) / resident - 100
  const sign = error > 0 ? '+' : ''
  return [
    name,
    entries.toLocaleString('en'),
    (counted / MB).toFixed(1),
    (resident / MB).toFixed(1),
    `${sign}${error.toFixed(1)} %`,
  ]
}

const heads = ['values', 'entries', 'counted, MB', 'process grew by, MB', 'error']
const rows: string[][] = []
for (const data of DATA_SETS) rows.push(rowOf(data.name, await grown(data, '4gb')))
process.stdout.write(`${markdownTable(heads, rows)}\n\n`)
const bounded: string[][] = []
for (const data of OVERFLOWING) bounded.push(rowOf(data.name, await grown(data, BOUND)))
process.stdout.write(`With \`maxMemory: '${BOUND}'\`, of which more is written:\n\n${markdownTable(heads, bounded)}\n`)
