/** Samples → the results that are kept, and the tables that are shown. Knows no server. */
import { type Spread, speedRatios } from '../measure/ratios.js'
import { markdownTable } from '../report/markdown-table.js'
import type { EntryBytes } from './entry-bytes.js'
import type { Sample } from './measure.js'

export interface Cell {
  readonly operation: string
  readonly keys: number
  readonly pipeline: number
  /** CacheNode to redis-server, round by round. */
  readonly perSecond: Spread
  readonly p99: Spread
  readonly cpu: Spread
  /** Medians of what was measured. */
  readonly medians: Readonly<Record<string, { perSecond: number; p99: number; max: number; cpu: number }>>
}

export interface Results {
  readonly node: string
  readonly redis: string
  readonly rounds: number
  readonly clients: number
  readonly cells: readonly Cell[]
  readonly entryBytes: Readonly<Record<string, Readonly<Record<string, EntryBytes>>>>
}

export function cellsOf(samples: readonly Sample[]): Cell[] {
  const cells = new Map<string, Sample[]>()
  for (const sample of samples) {
    const name = `${sample.operation} ${sample.keys} ${sample.pipeline}`
    cells.set(name, [...(cells.get(name) ?? []), sample])
  }
  return [...cells.values()].map((own) => {
    const [{ operation, keys, pipeline }] = own as [Sample]
    const of = (contender: string, what: 'perSecond' | 'p99' | 'cpu' | 'max') =>
      new Map(own.filter((sample) => sample.contender === contender).map((sample) => [sample.round, sample[what]]))
    const medianOf = (contender: string, what: 'perSecond' | 'p99' | 'cpu' | 'max') => {
      const sorted = [...of(contender, what).values()].sort((a, b) => a - b)
      return Number(sorted[Math.floor(sorted.length / 2)]!.toPrecision(5))
    }
    const medians = Object.fromEntries(
      ['redis-server', 'CacheNode'].map((name) => [
        name,
        {
          perSecond: medianOf(name, 'perSecond'),
          p99: medianOf(name, 'p99'),
          max: medianOf(name, 'max'),
          cpu: medianOf(name, 'cpu'),
        },
      ]),
    )
    // Each ratio is CacheNode's number to Redis's.
    return {
      operation,
      keys,
      pipeline,
      perSecond: rounded(speedRatios(of('CacheNode', 'perSecond'), of('redis-server', 'perSecond'))!),
      p99: rounded(speedRatios(of('CacheNode', 'p99'), of('redis-server', 'p99'))!),
      cpu: rounded(speedRatios(of('CacheNode', 'cpu'), of('redis-server', 'cpu'))!),
      medians,
    }
  })
}

export function reportOf({ cells, entryBytes, node, redis, rounds, clients }: Results): string {
  const rows = cells.map(({ operation, keys, pipeline, perSecond, p99, cpu, medians }) => [
    operation,
    keys >= 1e9 ? 'new ones' : keys.toLocaleString('en'),
    `${pipeline}`,
    digits(perSecond.median),
    `${digits(perSecond.q1)}–${digits(perSecond.q3)}`,
    digits(p99.median),
    digits(cpu.median),
    Math.round(medians.CacheNode!.perSecond / 1000).toLocaleString('en'),
    medians.CacheNode!.p99.toFixed(1),
    medians['redis-server']!.p99.toFixed(1),
  ])
  const heads = ['operation', 'keys', 'pipeline', 'operations', 'half of the rounds', 'p99', 'CPU']
  const table = markdownTable([...heads, 'k/s', 'p99, ms', "Redis's"], rows)
  const memory = markdownTable(
    ['entries', 'CacheNode', 'redis-server', 'ratio', 'told by CacheNode'],
    Object.entries(entryBytes).map(([name, { CacheNode, 'redis-server': other }]) => [
      name,
      CacheNode!.resident.toFixed(0),
      other!.resident.toFixed(0),
      digits(CacheNode!.resident / other!.resident),
      CacheNode!.told.toFixed(0),
    ]),
  )
  const how = `Node ${node}, ${redis}, ${clients} connections, values of 100 bytes, medians of ${rounds} interleaved rounds; ratios are CacheNode's to redis-server's.`
  return `${how}\n\n${table}\n\nBytes of memory an entry:\n\n${memory}\n`
}

function digits(value: number): string {
  return value.toFixed(2)
}

function rounded(spread: Spread): Spread {
  return Object.fromEntries(
    Object.entries(spread).map(([name, value]) => [name, Number(value.toPrecision(4))]),
  ) as never
}
