/**
 * Experiments as a chart: hit ratio against size, a panel for each trace, a line for each policy.
 *
 * One set of colours is legible on a light page and on a dark one, for an image is not told which it is on: the
 * background stays transparent. Lines are told apart by markers and labels at their ends, too, not by colour alone.
 */
import { type Experiment, OPTIMUM } from './experiment.js'

/** Each has a contrast of at least 3 with white and with a dark page; the text at least 4. */
export const COLOURS = {
  text: '#6f7781',
  axis: '#8b929b',
  optimum: '#7b7f86',
  lines: ['#d1581b', '#3d7fc1', '#2d8a57', '#b4509b', '#8266d4', '#977211', '#1d8592', '#d1434e'],
}

/** Around the origin, about 7 wide. */
const MARKERS = [
  'M-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0z',
  'M-3 -3h6v6h-6z',
  'M0 -4.4l4.4 4.4l-4.4 4.4l-4.4 -4.4z',
  'M0 -4.2l4.2 7.4h-8.4z',
  'M0 4.2l4.2 -7.4h-8.4z',
]

const WIDTH = 880
const MARGIN = 16
const HEAD = 44
const PLOT_HEIGHT = 260
const AXIS_LEFT = 44
const AXIS_BELOW = 44
const LABELS = 150
const LABEL_HEIGHT = 15

export function chartOf(experiments: readonly Experiment[]): string {
  const title = 'Hit ratio against cache size'
  const panelHeight = HEAD + PLOT_HEIGHT + AXIS_BELOW + MARGIN
  const height = experiments.length * panelHeight + MARGIN
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title desc" font-family="system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif" font-size="12">`,
    `<title id="title">${escaped(title)}</title>`,
    `<desc id="desc">${escaped(experiments.map(described).join(' '))}</desc>`,
    ...experiments.map((experiment, at) => panelOf(experiment, MARGIN + at * panelHeight)),
    '</svg>',
    '',
  ].join('\n')
}

/** What the panel shows, for who does not see it. */
function described({ trace, sizes, rows }: Experiment): string {
  const lines = rows.map(({ policy, results }) => {
    const points = results.map(({ hitRatio }, at) => `${percent(hitRatio)} % at ${sizes[at]!.capacity}`)
    return `${policy}: ${points.join(', ')}.`
  })
  return `${trace}, hit ratio by capacity: ${lines.join(' ')}`
}

interface Line {
  readonly name: string
  readonly colour: string
  readonly marker: string
  readonly isOptimum: boolean
  readonly points: readonly (readonly [x: number, y: number])[]
}

function panelOf(experiment: Experiment, top: number): string {
  const left = MARGIN + AXIS_LEFT
  const right = WIDTH - MARGIN - LABELS
  const bottom = top + HEAD + PLOT_HEIGHT
  const capacities = experiment.sizes.map(({ capacity }) => capacity)
  const [least, most] = [Math.min(...capacities), Math.max(...capacities)]
  const x = (capacity: number) =>
    least === most
      ? (left + right) / 2
      : left + 12 + (Math.log(capacity / least) / Math.log(most / least)) * (right - left - 24)
  const highest = Math.max(...experiment.rows.flatMap(({ results }) => results.map((result) => result.hitRatio)))
  const ceiling = [0.05, 0.1, 0.2, 0.4, 0.6, 0.8].find((bound) => highest <= bound) ?? 1
  const y = (ratio: number) => bottom - (ratio / ceiling) * PLOT_HEIGHT
  const lines = experiment.rows.map(({ policy, results }, at): Line => {
    const isOptimum = policy === OPTIMUM
    return {
      name: isOptimum && !experiment.isOptimumExact ? `${policy} (approximate)` : policy,
      colour: isOptimum ? COLOURS.optimum : COLOURS.lines[at % COLOURS.lines.length]!,
      marker: MARKERS[at % MARKERS.length]!,
      isOptimum,
      points: results
        .map(({ hitRatio }, size) => [x(capacities[size]!), y(hitRatio)] as const)
        .sort((one, other) => one[0] - other[0]),
    }
  })
  const unit = experiment.totalWeight === undefined ? 'entries' : 'weight'
  return [
    text(MARGIN, top + 16, experiment.trace, 'font-size="15" font-weight="600"'),
    text(MARGIN, top + 33, `hit ratio, % of ${experiment.requests.toLocaleString('en-US')} requests`),
    ...[0, 1, 2, 3, 4].map((step) => {
      const at = y((step * ceiling) / 4)
      const rule = `<path d="M${left} ${round(at)}H${right}" stroke="${COLOURS.axis}" stroke-opacity="${step === 0 ? 1 : 0.35}"/>`
      return rule + text(left - 7, at + 4, String(round((step * 100 * ceiling) / 4)), 'text-anchor="end"')
    }),
    ...ticks(experiment.sizes, x).map(({ at, label }) => text(at, bottom + 18, label, 'text-anchor="middle"')),
    text((left + right) / 2, bottom + 36, `capacity, ${unit} (logarithmic)`, 'text-anchor="middle"'),
    ...lines.map(drawn),
    ...labelled(lines, right + 10, bottom),
  ].join('\n')
}

/** The sizes under the axis, less those that would stand on one another. */
function ticks(sizes: Experiment['sizes'], x: (capacity: number) => number): { at: number; label: string }[] {
  const shown: { at: number; label: string }[] = []
  let free = Number.NEGATIVE_INFINITY
  for (const { size, capacity } of [...sizes].sort((one, other) => one.capacity - other.capacity)) {
    const entries = capacity.toLocaleString('en-US')
    const label = size.endsWith('%') ? `${entries} (${size})` : entries
    const at = x(capacity)
    const half = 3.4 * label.length
    if (at - half < free) continue
    shown.push({ at, label })
    free = at + half + 6
  }
  return shown
}

function drawn({ name, colour, marker, isOptimum, points }: Line): string {
  const path = points.map(([x, y], at) => `${at === 0 ? 'M' : 'L'}${round(x)} ${round(y)}`).join('')
  const dashes = isOptimum ? ' stroke-dasharray="6 4"' : ''
  return [
    `<g><title>${escaped(name)}</title>`,
    `<path d="${path}" fill="none" stroke="${colour}" stroke-width="2"${dashes}/>`,
    ...points.map(([x, y]) => `<path d="${marker}" transform="translate(${round(x)} ${round(y)})" fill="${colour}"/>`),
    '</g>',
  ].join('\n')
}

/** The lines' names at their ends, moved apart where they would stand on one another. */
function labelled(lines: readonly Line[], left: number, bottom: number): string[] {
  const ends = lines
    .map((line) => ({ line, y: line.points[line.points.length - 1]![1] }))
    .sort((one, other) => one.y - other.y)
  for (let at = 1; at < ends.length; at++) ends[at]!.y = Math.max(ends[at]!.y, ends[at - 1]!.y + LABEL_HEIGHT)
  let limit = bottom
  for (const end of [...ends].reverse()) {
    end.y = Math.min(end.y, limit)
    limit = end.y - LABEL_HEIGHT
  }
  return ends.map(({ line, y }) => {
    const marker = `<path d="${line.marker}" transform="translate(${left + 5} ${round(y)})" fill="${line.colour}"/>`
    return marker + text(left + 15, y + 4, line.name)
  })
}

function percent(ratio: number): string {
  return (100 * ratio).toFixed(2)
}

function text(x: number, y: number, content: string, attributes = ''): string {
  const rest = attributes === '' ? '' : ` ${attributes}`
  return `<text x="${round(x)}" y="${round(y)}" fill="${COLOURS.text}"${rest}>${escaped(content)}</text>`
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
