/** The dashboard's page: asks what is seen, and shows it. */
import 'uplot/dist/uPlot.min.css'
import './page.css'
import type { ClusterState } from '../src/observe/cluster-observer.js'
import { AdviceView } from './advice-view.js'
import { momentsOf } from './cluster-figures.js'
import { bytes, clock, count, milliseconds, NONE, percent, seconds } from './figures.js'
import { KeyForm } from './key-form.js'
import { LineChart } from './line-chart.js'
import { type Cell, element, fillTable, scrollable } from './tables.js'
import { followTheme } from './theme.js'

const at = <E extends HTMLElement = HTMLElement>(id: string) => document.getElementById(id) as E
const PATIENCE = 10_000

const time = { label: 'time', isTime: true, text: (value: number) => clock(value * 1000) }
const hits = new LineChart({ title: 'Hit ratio', x: time, lines: ['hit ratio'], text: percent, top: 1 })
const latency = new LineChart({
  title: 'Latency: round trips to the slowest node',
  x: time,
  lines: ['p50', 'p95', 'p99'],
  text: milliseconds,
})
const leaving = new LineChart({
  title: 'Entries that left, a second',
  x: time,
  lines: ['evicted', 'expired'],
  text: count,
})
const advice = new AdviceView(at('advice'), at('advice-note'))
const charts = [hits, latency, leaving]
at('charts').append(...charts.map(({ figure }) => figure))
for (const id of ['nodes', 'hot']) {
  const table = at(id)
  table.replaceWith(scrollable(table.cloneNode() as HTMLElement, `${at(`${id}-title`).textContent}, as a table`))
}
followTheme(at<HTMLSelectElement>('theme'), () => {
  for (const chart of [...charts, advice]) chart.redraw()
})
new KeyForm(at<HTMLFormElement>('key-form'), at('key-report'))

let isPaused = false
at('pause').addEventListener('click', ({ currentTarget }) => {
  isPaused = !isPaused
  const button = currentTarget as HTMLButtonElement
  button.setAttribute('aria-pressed', String(isPaused))
  button.textContent = isPaused ? 'Go on' : 'Pause'
})

void (async function look(): Promise<void> {
  let pause = 1000
  if (!isPaused) {
    try {
      const response = await fetch('/api/state', { signal: AbortSignal.timeout(PATIENCE) })
      if (!response.ok) throw new Error(await response.text())
      const state = (await response.json()) as ClusterState
      pause = Math.max(500, state.interval)
      show(state)
    } catch (error) {
      at('alert').textContent = `The dashboard does not answer: ${(error as Error).message}`
    }
  }
  setTimeout(() => void look(), pause)
})()

function show(state: ClusterState): void {
  const { nodes } = state
  const up = nodes.filter((node) => node.up)
  const moments = momentsOf(state)
  const latest = moments.at(-1)
  const down = nodes.filter((node) => !node.up)
  const alert = down.map(({ node, error }) => `${node} is down: ${error ?? 'not asked yet'}`).join('. ')
  // Only when it changes: it is read aloud.
  if (at('alert').textContent !== alert) at('alert').textContent = alert
  at('now').textContent = `${up.length} of ${nodes.length} nodes up, ${clock(state.at)}`

  const total = (of: (node: (typeof nodes)[number]) => number | undefined) =>
    up.reduce((sum, node) => sum + (of(node) ?? 0), 0)
  showFigures([
    ['Nodes up', `${up.length} of ${nodes.length}`],
    ['Hit ratio', percent(latest?.hitRatio)],
    ['Commands a second', count(latest?.commands)],
    ['Latency p95', milliseconds(latest?.p95)],
    ['Keys', count(total(({ keys }) => keys))],
    ['Memory', bytes(total(({ memory }) => memory))],
    ['Evictions a second', count(latest?.evictions)],
    ['Expirations a second', count(latest?.expirations)],
  ])
  fillTable(
    at<HTMLTableElement>('nodes'),
    [
      'node',
      'state',
      'engine',
      'commands/s',
      'hit ratio',
      'keys',
      'memory',
      'limit',
      'evicted',
      'expired',
      'p50',
      'p95',
      'p99',
      'clients',
      'up for',
    ],
    nodes.map((node): (string | Cell)[] => {
      if (!node.up) return [node.node, { text: 'down', className: 'bad' }, ...new Array<string>(13).fill(NONE)]
      const rates = node.intervals.at(-1)
      return [
        node.node,
        { text: 'up', className: 'good' },
        { text: node.engine ?? '', className: 'text' },
        count(rates?.commands),
        percent(rates?.hitRatio),
        count(node.keys),
        bytes(node.memory),
        node.maxMemory === undefined ? 'none' : bytes(node.maxMemory),
        count(node.evictions),
        count(node.expirations),
        ...(['p50', 'p95', 'p99'] as const).map((rank) => milliseconds(node.latency?.[rank])),
        count(node.clients),
        seconds(node.uptime),
      ]
    }),
  )

  const times = moments.map((moment) => moment.at)
  hits.show(times, [moments.map((moment) => moment.hitRatio)])
  latency.show(times, [
    moments.map((moment) => moment.p50),
    moments.map((moment) => moment.p95),
    moments.map((moment) => moment.p99),
  ])
  leaving.show(times, [moments.map((moment) => moment.evictions), moments.map((moment) => moment.expirations)])

  at('hot-note').textContent = hotNote(state)
  fillTable(
    at<HTMLTableElement>('hot'),
    ['key', 'of the requests seen', 'at least'],
    (state.hotKeys ?? []).map(({ key, share, error }) => [key, percent(share), percent(share - error)]),
  )
  advice.show(state.advice)
}

function hotNote({ hotKeys, hotKeysError }: ClusterState): string {
  if (hotKeys === undefined) return 'Not looked for.'
  if (hotKeysError !== undefined) return `Not seen on every node: ${hotKeysError}`
  return hotKeys.length === 0 ? 'None seen yet.' : 'From moments in which each node was monitored.'
}

function showFigures(figures: readonly (readonly [name: string, value: string])[]): void {
  at('figures').replaceChildren(
    ...figures.map(([name, value]) => element('div', element('dt', name), element('dd', value))),
  )
}
