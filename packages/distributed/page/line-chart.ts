/** A chart of lines over time, or over sizes, with the same figures as a table for those who cannot see it. */
import uPlot from 'uplot'
import { NONE } from './figures.js'
import { element, fillTable, scrollable } from './tables.js'
import { color } from './theme.js'

export interface ChartOptions {
  readonly title: string
  /** What the horizontal axis shows. */
  readonly x: { readonly label: string; readonly isTime: boolean; readonly text: (value: number) => string }
  readonly lines: readonly string[]
  /** How a figure reads. */
  readonly text: (value: number | undefined) => string
  /** Where the vertical axis ends; as high as the figures where it is left out. */
  readonly top?: number
}

/** By line: figures, `undefined` where there is none. */
export type Series = readonly (readonly (number | undefined)[])[]

const HEIGHT = 180
/** Told apart by how they are drawn, too, not by colour alone. */
const DASHES = [[], [8, 4], [2, 3], [12, 4, 2, 4]]
const COLORS = ['--accent', '--good', '--bad', '--faint']
const ROWS = 60

export class LineChart {
  readonly figure: HTMLElement
  private readonly place = element('div')
  private readonly table = document.createElement('table')
  private plot: uPlot | undefined
  private shown: [number[], Series] = [[], []]

  constructor(private readonly options: ChartOptions) {
    this.figure = element(
      'figure',
      element('figcaption', options.title),
      this.place,
      element('details', element('summary', 'As a table'), scrollable(this.table, `${options.title}, as a table`)),
    )
    this.place.setAttribute('role', 'img')
    new ResizeObserver(() => this.plot?.setSize({ width: this.width, height: HEIGHT })).observe(this.figure)
  }

  show(xs: number[], series: Series): void {
    this.shown = [xs, series]
    const { options } = this
    if (this.plot === undefined) this.redraw()
    else this.plot.setData(dataOf(xs, series))
    const latest = options.lines.map((line, at) => `${line} ${options.text(series[at]?.at(-1))}`)
    this.place.setAttribute('aria-label', `Chart: ${options.title}. Latest: ${latest.join(', ') || NONE}`)
    const rows = xs.map((x, at) => [options.x.text(x), ...series.map((values) => options.text(values[at]))])
    fillTable(this.table, [options.x.label, ...options.lines], options.x.isTime ? rows.slice(-ROWS).reverse() : rows)
  }

  /** In the colours of the present theme. */
  redraw(): void {
    const { title: _, x, lines, text, top } = this.options
    this.plot?.destroy()
    const ink = color('--faint')
    const axis = { stroke: ink, grid: { stroke: color('--line'), width: 1 }, ticks: { stroke: color('--line') } }
    const format = (value: number | null | undefined) => text(value ?? undefined)
    this.plot = new uPlot(
      {
        width: this.width,
        height: HEIGHT,
        scales: {
          x: { time: x.isTime },
          y: { range: (_plot, _low, high) => [0, top ?? (high > 0 ? high * 1.05 : 1)] },
        },
        axes: [
          x.isTime ? { ...axis, space: 90 } : { ...axis, values: (_plot, values) => values.map(x.text) },
          { ...axis, size: widthFor, values: (_plot, values) => values.map((value) => rounded(text(value))) },
        ],
        series: [
          {
            label: x.label,
            value: (_plot, value) => (value === null ? NONE : x.isTime ? x.text(value) : x.text(value)),
          },
          ...lines.map((label, at) => ({
            label,
            stroke: color(COLORS[at % COLORS.length]!),
            width: 2,
            dash: DASHES[at % DASHES.length]!,
            points: { show: !x.isTime },
            value: (_plot: uPlot, value: number | null) => format(value),
          })),
        ],
      },
      dataOf(...this.shown),
      this.place,
    )
  }

  private get width(): number {
    return Math.max(200, this.figure.clientWidth - 26)
  }
}

/** A figure on an axis, where zeros behind the point say nothing. */
function rounded(text: string): string {
  return text.replace(/\.0+(?!\d)/, '')
}

/** Pixels that the longest of these labels takes, with the tick beside it. */
function widthFor(_plot: uPlot, labels: readonly string[] | null): number {
  return 24 + 8 * Math.max(3, ...(labels ?? []).map(({ length }) => length))
}

function dataOf(xs: number[], series: Series): uPlot.AlignedData {
  return [xs, ...series.map((values) => values.map((value) => value ?? null))]
}
