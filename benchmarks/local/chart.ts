/** `npm run bench:chart`: the main operations of a results file → an SVG for the README. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { type Bar, barChart } from '../report/bar-chart.js'
import { MAIN } from './operations/index.js'
import { digits } from './report.js'
import type { Results } from './results.js'

const RESULTS = fileURLToPath(new URL('../../results/', import.meta.url))
const CHART = fileURLToPath(new URL('../../../docs/assets/local.svg', import.meta.url))

/** Those below this in every panel are left to the table: their bars could not be seen. */
const VISIBLE = 0.3

interface Options {
  input?: string
  output: string
}

const options = new Command('bench:chart')
  .description('Draws the main operations of a results file.')
  .option('--input <file>', 'results; by default those of the lowest Node of which all was measured')
  .option('--output <file>', 'the SVG', CHART)
  .parse()
  .opts<Options>()

const results = JSON.parse(await readFile(options.input ?? (await measuredFile()), 'utf8')) as Results
await mkdir(dirname(options.output), { recursive: true })
await writeFile(options.output, chartOf(results))

function chartOf({ cells, contenders, operations, reference, node, rounds }: Results): string {
  const drawn = MAIN.filter((name) => cells[name] !== undefined)
  const names = contenders
    .map(({ name }) => name)
    .filter((name) => drawn.some((operation) => (cells[operation]![name]?.ratio?.median ?? 0) >= VISIBLE))
  const panels = drawn.map((operation) => ({
    title: operations.find(({ name }) => name === operation)!.title,
    bars: names.flatMap((name) => barOf(name, cells[operation]![name]?.ratio, reference)),
  }))
  return barChart({
    title: `Speed as a ratio to ${reference}`,
    notes: [
      `Node ${node}, medians of ${rounds} rounds, the thin lines span half of them. 100,000 keys of 12 characters; longer is faster.`,
      `Contenders without lifetimes for their entries: ${contenders
        .filter(({ name, ttl }) => !ttl && names.includes(name))
        .map(({ name }) => name)
        .join(', ')}.`,
    ],
    baseline: 1,
    panels,
  })
}

type Ratio = NonNullable<Results['cells'][string][string]['ratio']>

function barOf(name: string, ratio: Ratio | undefined, reference: string): Bar[] {
  if (ratio === undefined) return []
  const emphasis = name.startsWith('mtaio') ? 'ours' : name === reference ? 'reference' : 'other'
  const bar = { label: name, value: ratio.median, text: `${digits(ratio.median)}×`, emphasis } as const
  return [name === reference ? bar : { ...bar, from: ratio.q1, to: ratio.q3 }]
}

/** @throws Error when no results are there */
async function measuredFile(): Promise<string> {
  const [file] = (await readdir(RESULTS)).filter((name) => /^local-node\d+\.json$/.test(name)).sort()
  if (file === undefined) throw new Error('there are no results yet: run bench:local, or pass --input')
  return `${RESULTS}${file}`
}
