/** Samples → results → Markdown. */
import { type Spread, spreadOf } from '../measure/ratios.js'
import { markdownTable } from '../report/markdown-table.js'
import type { Load, Measured } from './drive.js'

export const REFERENCE = 'ioredis'

export interface Sample extends Load, Measured {
  readonly round: number
  readonly contender: string
}

export interface Cell {
  /** Calls a second, as a ratio to the reference's in the same round. */
  readonly ratio: Spread
  /** Medians over the rounds. */
  readonly rate: number
  readonly cpuUs: number
  readonly p99Ms: number
}

/** A node that hangs or is gone: 99 of 100 calls end within this, as a ratio to the same with all nodes well. */
export interface Fault {
  /** `SIGSTOP`: takes everything and never answers. `SIGKILL`: nobody is there. */
  readonly signal: 'SIGSTOP' | 'SIGKILL'
  readonly contender: string
  readonly verb: string
  readonly healthyP99Ms: number
  readonly p99Ratio: Spread
  readonly worstMs: number
  readonly failed: number
}

export interface Results {
  readonly node: string
  readonly redis: string
  readonly rounds: number
  readonly msPerCell: number
  /** By load, then by contender. */
  readonly cells: Readonly<Record<string, Readonly<Record<string, Cell>>>>
  readonly faults: readonly Fault[]
}

export function loadName({ verb, inFlight, bytes }: Load): string {
  const size = bytes >= 1_000_000 ? `${bytes / 1_000_000} MB` : bytes >= 1000 ? `${bytes / 1000} kB` : `${bytes} B`
  return `${verb} ${size}, ${inFlight} in flight`
}

export function cellsOf(samples: readonly Sample[]): Results['cells'] {
  const cells: Record<string, Record<string, Cell>> = {}
  for (const load of new Set(samples.map(loadName))) {
    const ofLoad = samples.filter((sample) => loadName(sample) === load)
    const standard = new Map(
      ofLoad.flatMap(({ contender, round, rate }) => (contender === REFERENCE ? [[round, rate] as const] : [])),
    )
    cells[load] = {}
    for (const contender of new Set(ofLoad.map((sample) => sample.contender))) {
      const own = ofLoad.filter((sample) => sample.contender === contender)
      const ratio = spreadOf(own.map(({ round, rate }) => rate / standard.get(round)!))!
      const median = (of: (sample: Sample) => number) => spreadOf(own.map(of))!.median
      cells[load][contender] = {
        ratio,
        rate: median(({ rate }) => rate),
        cpuUs: median(({ cpuUs }) => cpuUs),
        p99Ms: median(({ p99Ms }) => p99Ms),
      }
    }
  }
  return cells
}

export function reportOf({ node, redis, rounds, msPerCell, cells, faults }: Results): string {
  const loads = Object.keys(cells)
  const contenders = [...new Set(loads.flatMap((load) => Object.keys(cells[load]!)))]
  const table = (show: (cell: Cell) => string) =>
    markdownTable(
      ['', ...loads],
      contenders.map((name) => [name, ...loads.map((load) => (cells[load]![name] ? show(cells[load]![name]) : '–'))]),
    )
  const parts = [
    `Node ${node}, Redis ${redis}, ${rounds} rounds of ${msPerCell} ms a cell, interleaved, all servers on this machine.`,
    `### Calls, as a ratio to one ${REFERENCE} call (higher is faster): median (lowest–highest round)`,
    table(({ ratio }) => `${digits(ratio.median)} (${digits(ratio.min)}–${digits(ratio.max)})`),
    '### Processor time of the client, µs a call',
    table(({ cpuUs }) => digits(cpuUs)),
    '### 99 of 100 calls end within, ms',
    table(({ p99Ms }) => digits(p99Ms)),
  ]
  if (faults.length > 0) {
    parts.push(
      '### One of three nodes hangs (SIGSTOP) or is gone (SIGKILL)',
      markdownTable(
        ['', 'verb', 'signal', 'p99 with all well, ms', 'p99 then, as a ratio', 'the slowest call, ms', 'failed'],
        faults.map(({ contender, verb, signal, healthyP99Ms, p99Ratio, worstMs, failed }) => [
          contender,
          verb,
          signal,
          digits(healthyP99Ms),
          `${digits(p99Ratio.median)} (${digits(p99Ratio.min)}–${digits(p99Ratio.max)})`,
          digits(worstMs),
          String(failed),
        ]),
      ),
    )
  }
  return `${parts.join('\n\n')}\n`
}

export function digits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)
}
