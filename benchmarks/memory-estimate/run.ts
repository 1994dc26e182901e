/**
 * `npm run bench:memory-estimate`: how far the estimate behind `maxMemory` is from the truth. Caches are filled with values of
 * a kind; how much memory the process holds more afterwards is compared with the weight that the cache states.
 * Needs `--expose-gc`.
 */
import { fileURLToPath } from 'node:url'
import { TTLCache } from '@mtaio/core'
import { bytesHeld } from '../local/bytes-held.js'
import { markdownTable } from '../report/markdown-table.js'
import { fresh, type Kind, kindsFrom } from './kinds.js'

const ROUNDS = 3
const LIMIT = 64 * 1024 * 1024

interface Sample {
  readonly real: number
  readonly estimate: number
  readonly microseconds: number
}

const held = async (): Promise<number> => {
  const { heap, offHeap } = await bytesHeld()
  return heap + offHeap
}

/** Bytes an entry, by the process and by the cache. A function of its own, so that nothing of it is left behind. */
async function fill({ name, count, make }: Kind, maxMemory: number): Promise<Sample & { entries: number }> {
  const before = await held()
  const cache = new TTLCache<unknown>({ maxMemory, defaultTtl: '1h' })
  for (let index = 0; index < count; index++) cache.sync.set(fresh(name, index), make(index))
  const grown = (await held()) - before
  const { items: size, weight } = cache.getStats()
  const values = [...cache.sync.values()].slice(0, 2000)
  const began = performance.now()
  for (const value of values) cache.sync.set('again', value)
  const microseconds = ((performance.now() - began) * 1000) / values.length
  return { real: grown / size, estimate: weight / size, microseconds, entries: size }
}

async function median(kind: Kind): Promise<Sample> {
  // Shapes, code and the tables of names, which values of the kind share, are there before it is measured.
  await fill({ ...kind, count: Math.min(kind.count, 1000) }, 2 ** 40)
  const samples: Sample[] = []
  for (let round = 0; round < ROUNDS; round++) samples.push(await fill(kind, 2 ** 40))
  return samples.sort((a, b) => a.real - b.real)[(ROUNDS - 1) / 2]!
}

const number = (value: number): string => Math.round(value).toLocaleString('en')
const percent = (estimate: number, real: number): string => {
  const error = Math.round(100 * (estimate / real - 1))
  return `${error > 0 ? '+' : ''}${error} %`
}

const kinds = kindsFrom(fileURLToPath(new URL('../../../', import.meta.url)))
const rows: string[][] = []
for (const kind of kinds) {
  const { real, estimate, microseconds } = await median(kind)
  process.stderr.write(`${kind.name}\n`)
  rows.push([kind.name, number(real), number(estimate), percent(estimate, real), microseconds.toFixed(1)])
}
process.stdout.write(`${markdownTable(['values', 'bytes an entry', 'estimate', 'error', 'µs a set'], rows)}\n\n`)

const limited: string[][] = []
for (const kind of kinds) {
  // Twice as many as there is room for.
  const { estimate } = await fill({ ...kind, count: Math.min(kind.count, 50) }, 2 ** 40)
  const { real, entries } = await fill({ ...kind, count: Math.ceil((2 * LIMIT) / estimate) }, LIMIT)
  limited.push([kind.name, number(entries), ((real * entries) / 2 ** 20).toFixed(1)])
}
process.stdout.write(`${markdownTable(["with `maxMemory: '64mb'`", 'entries', 'MiB'], limited)}\n`)
