/** What `mtaio top` shows, as lines of text. Pure: knows no terminal but its size. */
import type { ClusterState, NodeState } from '../../observe/cluster-observer.js'
import type { NodeRates } from '../../observe/node-history.js'

export interface ScreenSize {
  readonly columns: number
  readonly rows: number
  /** Whether it shows colours. */
  readonly colors: boolean
}

const BOLD = '1'
const DIM = '2'
const RED = '31'
const GREEN = '32'
const BARS = '▁▂▃▄▅▆▇█'

/** The whole screen, no line wider and not more lines than fit. */
export function screenOf(state: ClusterState, { columns, rows, colors }: ScreenSize): string[] {
  const paint = (code: string, text: string) => (colors ? `\x1b[${code}m${text}\x1b[0m` : text)
  const up = state.nodes.filter((node) => node.up)
  const latest = up.flatMap((node) => node.intervals.slice(-1))
  const time = new Date(state.at).toISOString().slice(11, 19)
  const lines: [text: string, code?: string][] = [
    [`mtaio top  ${time} UTC  ${up.length} of ${state.nodes.length} nodes up  q quits`, BOLD],
    [summaryOf(up, latest)],
    [`hit ratio  ${sparkline(hitRatios(state), Math.max(10, columns - 11))}`],
    [''],
    ...tableOf(state).map((text, at): [string, string?] => {
      if (at === 0) return [text, DIM]
      return state.nodes[at - 1]!.up ? [text] : [text, RED]
    }),
    [''],
    ...hotKeysOf(state),
  ]
  return lines.slice(0, rows).map(([text, code]) => {
    const cut = text.length > columns ? `${text.slice(0, columns - 1)}…` : text
    return code === undefined ? cut : paint(code, cut)
  })
}

function summaryOf(up: readonly NodeState[], latest: readonly NodeRates[]): string {
  const sum = (of: (rates: NodeRates) => number) => latest.reduce((total, rates) => total + of(rates), 0)
  const memory = up.reduce((total, node) => total + (node.memory ?? 0), 0)
  const keys = up.reduce((total, node) => total + (node.keys ?? 0), 0)
  return [
    `${figure(sum((rates) => rates.commands))} commands/s`,
    `hit ratio ${percent(ratioOf(latest))}`,
    `${figure(keys)} keys`,
    bytes(memory),
    `${figure(sum((rates) => rates.evictions))} evictions/s`,
    `${figure(sum((rates) => rates.expirations))} expirations/s`,
  ].join('  ')
}

const HEADS = ['node', 'engine', 'ops/s', 'hit %', 'keys', 'memory', 'evict/s', 'exp/s', 'p50', 'p95', 'p99 ms', 'up']

function tableOf(state: ClusterState): string[] {
  const table = [HEADS, ...state.nodes.map(rowOf)]
  // What is wrong with a node stands behind its name, across the columns.
  const widths = HEADS.map((_, column) =>
    Math.max(...table.map((row) => (row.length === 2 && column > 0 ? 0 : row[column]!.length))),
  )
  return table.map((row) =>
    row
      .map((cell, at) => (at < 2 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!)))
      .join('  ')
      .trimEnd(),
  )
}

function rowOf(node: NodeState): string[] {
  if (!node.up) return [node.node, `down: ${node.error ?? 'not asked yet'}`]
  const rates = node.intervals.at(-1)
  const memory = bytes(node.memory ?? 0)
  return [
    node.node,
    node.engine ?? '',
    rates === undefined ? '–' : figure(rates.commands),
    percent(rates?.hitRatio),
    figure(node.keys ?? 0),
    node.maxMemory === undefined ? memory : `${memory} of ${bytes(node.maxMemory)}`,
    rates === undefined ? '–' : figure(rates.evictions),
    rates === undefined ? '–' : figure(rates.expirations),
    ...(['p50', 'p95', 'p99'] as const).map((rank) => node.latency?.[rank].toFixed(2) ?? '–'),
    duration(node.uptime ?? 0),
  ]
}

function hotKeysOf({ hotKeys, hotKeysError }: ClusterState): [string, string?][] {
  if (hotKeys === undefined) return []
  if (hotKeysError !== undefined && hotKeys.length === 0) return [[`hot keys: ${hotKeysError}`, DIM]]
  if (hotKeys.length === 0) return [['hot keys: none seen yet', DIM]]
  return [
    ['hot keys, of the requests seen', DIM],
    ...hotKeys.map(({ key, share }): [string, string] => [`${percent(share).padStart(6)} %  ${printable(key)}`, GREEN]),
  ]
}

/** The cluster's hit ratio over time, oldest first: by position from the end, nodes together. */
function hitRatios({ nodes }: ClusterState): (number | undefined)[] {
  const length = Math.max(0, ...nodes.map(({ intervals }) => intervals.length))
  return Array.from({ length }, (_, at) =>
    ratioOf(nodes.flatMap(({ intervals }) => intervals[intervals.length - length + at] ?? [])),
  )
}

/** Hits by reads, of several nodes: each counts by its reads. */
function ratioOf(rates: readonly NodeRates[]): number | undefined {
  const reads = rates.reduce((total, each) => total + each.reads, 0)
  return reads === 0 ? undefined : rates.reduce((total, each) => total + (each.hitRatio ?? 0) * each.reads, 0) / reads
}

/** The last values as bars from 0 to 1; a gap where there is none. */
export function sparkline(values: readonly (number | undefined)[], width: number): string {
  const bar = (value: number | undefined) =>
    value === undefined ? ' ' : BARS[Math.min(BARS.length - 1, Math.floor(value * BARS.length))]
  return values.slice(-width).map(bar).join('')
}

function percent(share: number | undefined): string {
  return share === undefined ? '–' : (100 * share).toFixed(1)
}

function figure(value: number): string {
  if (value < 1000) return value === 0 || value >= 10 ? value.toFixed(0) : value.toFixed(1)
  return value.toLocaleString('en-US', { notation: 'compact', maximumFractionDigits: 1 })
}

function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let unit = 0
  let scaled = value
  for (; scaled >= 1000 && unit < units.length - 1; unit++) scaled /= 1000
  return `${unit === 0 || scaled >= 100 ? scaled.toFixed(0) : scaled.toFixed(1)} ${units[unit]}`
}

function duration(seconds: number): string {
  if (seconds < 60) return `${seconds}s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`
  return seconds < 86_400 ? `${Math.floor(seconds / 3600)}h` : `${Math.floor(seconds / 86_400)}d`
}

// A key comes from strangers and must not steer the terminal.
function printable(key: string): string {
  return key.replace(/[\p{C}]/gu, (character) => `\\u${character.codePointAt(0)!.toString(16).padStart(4, '0')}`)
}
