/**
 * `npm run bench:telemetry`: what telemetry costs a local cache, as a multiple of the same call in a program that has none. A
 * process for each mode, all modes in turn in each round.
 */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { spreadOf } from '../measure/ratios.js'
import { markdownTable } from '../report/markdown-table.js'
import { MODES, type Mode, type Times } from './modes.js'

const ROUNDS = 7
const BASE: Mode = 'not imported'
const worker = fileURLToPath(new URL('worker.js', import.meta.url))
const modes = Object.keys(MODES) as Mode[]

const measured = new Map<Mode, Times[]>(modes.map((mode) => [mode, []]))
for (let round = 0; round < ROUNDS; round++) {
  for (const mode of modes) {
    const printed = execFileSync(process.execPath, [worker, mode], { encoding: 'utf8', timeout: 120_000 })
    measured.get(mode)!.push(JSON.parse(printed) as Times)
  }
  process.stderr.write(`round ${round + 1} of ${ROUNDS}\n`)
}

const median = (numbers: number[]) => spreadOf(numbers)!.median
const operations = Object.keys(measured.get(BASE)![0]!) as (keyof Times)[]
/** By how much of the base's time in the same round a call takes longer. */
const ratio = (mode: Mode, operation: keyof Times) =>
  median(measured.get(mode)!.map((times, round) => times[operation] / measured.get(BASE)![round]![operation]))
const rows = modes.map((mode) => [
  mode,
  MODES[mode],
  ...operations.map((operation) =>
    mode === BASE
      ? `${Math.round(median(measured.get(BASE)!.map((times) => times[operation])))} ns`
      : `${ratio(mode, operation).toFixed(2)}×`,
  ),
])
console.log(markdownTable(['', 'what', ...operations], rows))
