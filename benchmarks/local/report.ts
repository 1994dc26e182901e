/** Results → Markdown. */
import { markdownTable } from '../report/markdown-table.js'
import { type Cell, type DescribedOperation, REFERENCE, type Results } from './results.js'

const ABSENT = '–'

/** The tables of the timed operations, by what they have in common. */
const TABLES: readonly { title: string; table: string; keys?: string }[] = [
  { title: 'Keys of 12 characters', table: 'sync', keys: '12' },
  { title: 'Keys of 60 characters', table: 'sync', keys: '60' },
  { title: 'Non-ASCII keys of 12 characters', table: 'sync', keys: 'unicode' },
  { title: 'Through promises (lru-cache and Map: an async function around them)', table: 'async' },
  { title: 'Loading through the cache (lru-cache: fetch)', table: 'getOrSet' },
]

export type Time = 'wall' | 'cpu'

/** Below this share of the processor, times by the clock are other processes' doing. */
const UNDISTURBED = 0.95

export function reportOf(results: Results, time: Time): string {
  const { node, v8, arch, rounds, seed, seasoned, processorShare } = results
  const sections = [
    [
      `Node ${node} (V8 ${v8}, ${arch}), ${rounds} rounds, seed ${seed}${seasoned ? '' : ', unseasoned'}.`,
      `Speed as a ratio to ${REFERENCE} (higher is faster) ${time === 'wall' ? 'by the clock' : 'in processor time'}: median of the per-round ratios (lowest–highest round).`,
      `In ${REFERENCE}'s own row: nanoseconds a call. ${ABSENT}: the contender lacks what the operation needs.`,
      ...(processorShare !== undefined && processorShare < UNDISTURBED
        ? [
            `**The machine was busy**: the measured processes had a processor for ${digits(100 * processorShare)} % of their time.`,
          ]
        : []),
    ].join('\n'),
    ...TABLES.map(({ title, table, keys }) => {
      const operations = results.operations.filter(
        (operation) =>
          operation.kind === 'timed' && operation.table === table && (keys === undefined || operation.keys === keys),
      )
      return section(title, speedTable(results, operations, time))
    }),
    ...results.operations
      .filter((operation) => operation.kind === 'lone')
      .map((operation) => section(capital(operation.title), loneTable(results, operation))),
    section('Hit ratios of mixed, from the empty cache on', hitRatioTable(results)),
    section('Contenders', contenderTable(results)),
    section('Disagreements', results.disagreements.map((line) => `- ${line}`).join('\n')),
  ]
  return `${sections.filter((text) => text !== '').join('\n\n')}\n`
}

function section(title: string, body: string): string {
  return body === '' ? '' : `### ${title}\n\n${body}`
}

function speedTable(results: Results, operations: readonly DescribedOperation[], time: Time): string {
  return table(
    results,
    operations,
    (operation) => operation.title,
    ({ ratio, cpuRatio, medians }, name) => {
      const spread = time === 'wall' ? ratio : cpuRatio
      const ns = `${digits((time === 'wall' ? medians.ns : medians.cpuNs)!)} ns`
      if (spread === undefined) return ns
      if (name === REFERENCE) return `1 (${ns})`
      return `${digits(spread.median)} (${digits(spread.min)}–${digits(spread.max)})`
    },
  )
}

function loneTable(results: Results, operation: DescribedOperation): string {
  const cells = results.cells[operation.name] ?? {}
  const columns = Object.entries(operation.columns!)
  const rows = results.contenders
    .filter(({ name }) => cells[name] !== undefined)
    .map(({ name }) => [name, ...columns.map(([column]) => digits(cells[name]!.medians[column]!))])
  return rows.length === 0 ? '' : markdownTable(['', ...columns.map(([, head]) => head)], rows)
}

function hitRatioTable(results: Results): string {
  const operations = results.operations.filter(({ name }) => name === 'mixed' || name.startsWith('mixed-'))
  return table(
    results,
    operations,
    ({ keys }) => keys,
    ({ medians }) => (medians.proof === undefined ? ABSENT : `${(100 * medians.proof).toFixed(2)} %`),
  )
}

/** Contenders down, operations across. Contenders that took part in none of them have no row. */
function table(
  results: Results,
  operations: readonly DescribedOperation[],
  head: (operation: DescribedOperation) => string,
  show: (cell: Cell, contender: string) => string,
): string {
  const rows = results.contenders
    .map(({ name }) => [
      name,
      ...operations.map((operation) => {
        const cell = results.cells[operation.name]?.[name]
        return cell === undefined ? ABSENT : show(cell, name)
      }),
    ])
    .filter(([, ...cells]) => cells.some((cell) => cell !== ABSENT))
  return rows.length === 0 ? '' : markdownTable(['', ...operations.map(head)], rows)
}

function contenderTable({ contenders }: Results): string {
  return markdownTable(
    ['', 'version', 'evicts', 'TTL', 'counts hits', 'note'],
    contenders.map(({ name, version, eviction, ttl, statistics, note }) => [
      name,
      version ?? ABSENT,
      eviction,
      ttl ? 'each entry' : 'none',
      statistics ? 'yes' : 'no',
      note ?? '',
    ]),
    ['left', 'left', 'left', 'left', 'left', 'left'],
  )
}

/** Three digits that count: 0.0412, 1.62, 53.4, 612, 12345. */
export function digits(value: number): string {
  const size = Math.abs(value)
  if (size >= 100 || size === 0) return value.toFixed(0)
  return value.toFixed(size >= 10 ? 1 : size >= 0.095 ? 2 : 3)
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
