/** An experiment as text for people: rows are policies, columns sizes, cells hit ratios in %. */
import { type Experiment, OPTIMUM } from './experiment.js'

export function tableOf(experiment: Experiment): string {
  const { trace, requests, uniqueKeys, totalWeight, ceiling, isOptimumExact } = experiment
  const weight = totalWeight === undefined ? '' : ` that weigh ${count(totalWeight)}`
  const lines = [
    `${trace}: ${count(requests)} requests for ${count(uniqueKeys)} keys${weight}; at most ${percent(ceiling)} % can hit`,
    '',
    ...grid(
      experiment,
      totalWeight === undefined ? 'hit ratio, %' : 'hits, % of requests',
      (result) => result.hitRatio,
    ),
  ]
  if (totalWeight !== undefined) {
    lines.push('', ...grid(experiment, 'hits, % of weight', (result) => result.weightHitRatio ?? 0))
  }
  if (!isOptimumExact)
    lines.push('', `${OPTIMUM} ≈: an approximation, for entries are weighed; the true one may be higher`)
  return lines.join('\n')
}

type Result = Experiment['rows'][number]['results'][number]

function grid(experiment: Experiment, corner: string, ratio: (result: Result) => number): string[] {
  const { sizes, rows, isOptimumExact } = experiment
  const heads = sizes.map(({ size, capacity }) => (/%$/.test(size) ? `${size} = ${count(capacity)}` : count(capacity)))
  const names = rows.map(({ policy }) => (policy === OPTIMUM && !isOptimumExact ? `${OPTIMUM} ≈` : policy))
  const table = [
    [corner, ...heads],
    ...rows.map(({ results }, at) => [names[at]!, ...results.map((result) => percent(ratio(result)))]),
  ]
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)))
  return table.map((row) =>
    row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!))).join('  '),
  )
}

function percent(ratio: number): string {
  return (100 * ratio).toFixed(2)
}

function count(number: number): string {
  return number.toLocaleString('en-US', { maximumFractionDigits: 2 })
}
