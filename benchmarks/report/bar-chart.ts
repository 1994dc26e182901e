/**
 * Bars in panels, as SVG. Knows nothing of caches.
 *
 * One set of colours must be legible on a light page and on a dark one: an image in a README is shown on either, and
 * the page's choice is not the one that a media query in the image sees. So the background stays transparent and every
 * colour keeps its contrast on both; the test beside this holds it.
 */

export interface Bar {
  readonly label: string
  readonly value: number
  /** The range of the rounds, drawn as a thin line over the bar's end. */
  readonly from?: number
  readonly to?: number
  /** What stands at the bar's end. */
  readonly text: string
  readonly emphasis: 'ours' | 'other' | 'reference'
}

export interface Panel {
  readonly title: string
  readonly bars: readonly Bar[]
}

export interface Chart {
  readonly title: string
  /** Lines under the title. */
  readonly notes: readonly string[]
  /** Where a line is drawn through each panel: what counts as 1. */
  readonly baseline: number
  readonly panels: readonly Panel[]
}

export const COLOURS = { text: '#6f7781', ours: '#d1581b', other: '#5a83ad', reference: '#7b7f86', line: '#8b929b' }

const WIDTH = 880
const COLUMNS = 2
const GAP = 28
const MARGIN = 16
const ROW = 19
const BAR = 12
const LABEL = 122
const VALUE = 56
const PANEL_HEAD = 30
const NOTE = 17

export function barChart({ title, notes, baseline, panels }: Chart): string {
  const panelWidth = (WIDTH - 2 * MARGIN - (COLUMNS - 1) * GAP) / COLUMNS
  const head = MARGIN + 24 + notes.length * NOTE + 8
  const parts: string[] = []
  let top = head
  for (let first = 0; first < panels.length; first += COLUMNS) {
    const row = panels.slice(first, first + COLUMNS)
    for (const [column, panel] of row.entries()) {
      const left = MARGIN + column * (panelWidth + GAP)
      parts.push(panelOf(panel, baseline, left, top, panelWidth))
    }
    top += PANEL_HEAD + Math.max(...row.map((panel) => panel.bars.length)) * ROW + 14
  }
  const height = top + MARGIN / 2
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escaped(title)}" font-family="system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif" font-size="12">`,
    `<title>${escaped(title)}</title>`,
    text(MARGIN, MARGIN + 14, title, 'font-size="17" font-weight="600"'),
    ...notes.map((note, line) => text(MARGIN, MARGIN + 36 + line * NOTE, note)),
    ...parts,
    '</svg>',
    '',
  ].join('\n')
}

function panelOf({ title, bars }: Panel, baseline: number, left: number, top: number, width: number): string {
  const room = width - LABEL - VALUE
  const most = Math.max(baseline, ...bars.map((bar) => Math.max(bar.value, bar.to ?? 0)))
  const start = left + LABEL
  const x = (value: number) => round(start + (value / most) * room)
  const bottom = top + PANEL_HEAD + bars.length * ROW
  const lines = [text(left, top + 16, title, 'font-size="13.5" font-weight="600"')]
  for (const [row, bar] of bars.entries()) {
    const y = top + PANEL_HEAD + row * ROW
    const middle = y + BAR / 2
    const weight = bar.emphasis === 'ours' ? 'font-weight="600"' : ''
    lines.push(
      text(start - 7, y + BAR - 1.5, bar.label, `text-anchor="end" ${weight}`),
      `<rect x="${round(start)}" y="${y}" width="${round(Math.max(1, x(bar.value) - start))}" height="${BAR}" rx="1.5" fill="${COLOURS[bar.emphasis]}"/>`,
    )
    if (bar.from !== undefined && bar.to !== undefined) {
      lines.push(`<path d="M${x(bar.from)} ${middle}H${x(bar.to)}" stroke="${COLOURS.text}" stroke-width="1.5"/>`)
    }
    const end = Math.max(x(bar.value), bar.to === undefined ? 0 : x(bar.to))
    lines.push(text(round(end + 5), y + BAR - 1.5, bar.text, weight))
  }
  lines.push(
    `<path d="M${x(baseline)} ${top + PANEL_HEAD - 5}V${bottom - 2}" stroke="${COLOURS.line}" stroke-dasharray="3 3"/>`,
  )
  return lines.join('\n')
}

function text(x: number, y: number, content: string, attributes = ''): string {
  const rest = attributes.trim() === '' ? '' : ` ${attributes.trim()}`
  return `<text x="${round(x)}" y="${round(y)}" fill="${COLOURS.text}"${rest}>${escaped(content)}</text>`
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
