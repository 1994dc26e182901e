/** `mtaio simulate`: what each policy would hit on the user's own traces. */
import { writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { CacheConfigError } from '@mtaio/exceptions'
import type { EvictionPolicy } from '@mtaio/policies'
import type { Requests } from '@mtaio/policies/simulator'
import type { Command } from 'commander'
import { say } from '../terminal.js'
import { chartOf } from './chart.js'
import { type Experiment, experiment } from './experiment.js'
import { parsePolicies } from './policy-names.js'
import { ProgressBar } from './progress.js'
import { nameOf, readTrace, STDIN } from './read-trace.js'
import type { LineFormat } from './request-line.js'
import { parseSizes, type Size } from './sizes.js'
import { tableOf } from './table.js'

interface SimulateFlags {
  readonly policies: string
  readonly sizes: string
  readonly keyColumn?: string
  readonly sizeOfEntries?: string
  readonly delimiter?: string
  readonly json?: boolean
  readonly svg?: string
}

export function addSimulateCommand(program: Command): void {
  program
    .command('simulate')
    .argument('<trace...>', 'files with one key a line, or CSV; gzipped or not; - is the standard input')
    .description('Shows what each eviction policy would hit on a trace of requests, and what the best possible would.')
    .option('--policies <names>', 'all, or some of them: lru,lfu', 'all')
    .option(
      '--sizes <sizes>',
      'shares of all keys (of their weight, where weighed), or entries: 1%,5000',
      '0.1%,1%,10%',
    )
    .option('--key-column <column>', 'the column with the key, by number or name; without it the line is the key')
    .option('--size-of-entries <column>', 'the column with the weight of the entry, by number or name')
    .option('--delimiter <character>', "what parts the columns, '\\t' for tabs; a comma where a column is chosen")
    .option('--json', 'prints the figures for programs')
    .option('--svg <file>', 'draws a chart of hit ratio against size')
    .action((traces: string[], flags: SimulateFlags) => runSimulate(traces, flags))
}

async function runSimulate(traces: readonly string[], flags: SimulateFlags): Promise<void> {
  const { keyColumn, sizeOfEntries: weightColumn, delimiter } = flags
  // Before anything is read: a slip should not cost the time that a long trace takes.
  const policies = parsePolicies(flags.policies)
  const sizes = parseSizes(flags.sizes, weightColumn !== undefined)
  if (traces.filter((trace) => trace === STDIN).length > 1) {
    throw new CacheConfigError(`${STDIN}, the standard input, can be read only once`)
  }
  const experiments: Experiment[] = []
  for (const trace of traces) {
    const requests = await readWithBar(trace, { keyColumn, weightColumn, delimiter })
    const told = runWithBar(basename(nameOf(trace)), requests, policies, sizes)
    if (flags.json !== true) say(`${experiments.length === 0 ? '' : '\n'}${tableOf(told)}`)
    experiments.push(told)
  }
  if (flags.json === true) say(JSON.stringify({ traces: experiments }, null, 2))
  if (flags.svg !== undefined) await writeChart(flags.svg, experiments)
}

async function readWithBar(trace: string, format: LineFormat): Promise<Requests> {
  const bar = new ProgressBar()
  try {
    return await readTrace(trace, format, (done, total) => {
      if (total !== undefined && total > 0) bar.at(`reading ${basename(nameOf(trace))}`, Math.min(1, done / total))
    })
  } finally {
    bar.stop()
  }
}

function runWithBar(
  name: string,
  requests: Requests,
  policies: readonly EvictionPolicy[],
  sizes: readonly Size[],
): Experiment {
  const bar = new ProgressBar()
  try {
    return experiment(name, requests, policies, sizes, (what, share) => bar.at(`${name}: ${what}`, share))
  } finally {
    bar.stop()
  }
}

async function writeChart(file: string, experiments: readonly Experiment[]): Promise<void> {
  try {
    await writeFile(file, chartOf(experiments))
  } catch (cause) {
    throw new CacheConfigError(`the chart cannot be written to ${file}: ${(cause as Error).message}`, { cause })
  }
}
