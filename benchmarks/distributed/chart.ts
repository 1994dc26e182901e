/** Results → the chart of docs/distributed.md: calls as a ratio to one of ioredis. */
import { type Bar, barChart } from '../report/bar-chart.js'
import { digits, REFERENCE, type Results } from './report.js'

export function chartOf({ cells, node, rounds, redis }: Results): string {
  const panels = Object.entries(cells).map(([load, contenders]) => ({
    title: load,
    bars: Object.entries(contenders)
      .sort(([one], [other]) => one.localeCompare(other))
      .map(([name, { ratio }]): Bar => {
        const isReference = name === REFERENCE
        const emphasis = isReference ? 'reference' : /^(transport|DistributedCache)/.test(name) ? 'ours' : 'other'
        const bar = { label: labelOf(name), value: ratio.median, text: `${digits(ratio.median)}×`, emphasis } as const
        return isReference ? bar : { ...bar, from: ratio.q1, to: ratio.q3 }
      }),
  }))
  return barChart({
    title: `Calls beside one of ${REFERENCE}`,
    notes: [
      `Node ${node}, Redis ${redis}, medians of ${rounds} rounds, the thin lines span half of them; longer is faster.`,
      'RF copies, R asked by a read, W waited for by a write. "by hand": Promise.all over ioredis, copies/read.',
    ],
    baseline: 1,
    panels,
  })
}

/** Short enough for the chart. */
function labelOf(name: string): string {
  const own = /^DistributedCache (\S+) on (\S+)$/.exec(name)
  if (own !== null) return `${own[1]} ${own[2] === 'redis' ? 'redis' : 'node'}`
  const hand = /, (\d) copies, (\d) read$/.exec(name)
  return hand === null ? name : `by hand ${hand[1]}/${hand[2]}`
}
