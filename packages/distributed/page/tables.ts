/** Tables as elements. Text only: what is shown may come from strangers. */

export interface Cell {
  readonly text: string
  /** `'good'`, `'bad'`, or `'text'` to stand on the left. */
  readonly className?: string
}

/** Fills a table: a row of heads, then rows whose first cell says what they are about. */
export function fillTable(
  table: HTMLTableElement,
  heads: readonly string[],
  rows: readonly (readonly (string | Cell)[])[],
): void {
  const head = element('thead', row(heads.map((text, at) => column(text, rows[0]?.[at]))))
  const body = element('tbody', ...rows.map((cells) => row(cells.map(cellOf))))
  table.replaceChildren(head, body)
}

export function tableOf(heads: readonly string[], rows: readonly (readonly (string | Cell)[])[]): HTMLTableElement {
  const table = document.createElement('table')
  fillTable(table, heads, rows)
  return table
}

export function element(name: string, ...children: (Node | string)[]): HTMLElement {
  const made = document.createElement(name)
  made.append(...children)
  return made
}

function row(cells: readonly HTMLElement[]): HTMLElement {
  return element('tr', ...cells)
}

function column(text: string, first: string | Cell | undefined): HTMLElement {
  const cell = element('th', text)
  // It stands where its column does.
  if (typeof first === 'object' && first.className?.includes('text')) cell.className = 'text'
  cell.setAttribute('scope', 'col')
  return cell
}

function cellOf(cell: string | Cell, at: number): HTMLElement {
  const { text, className } = typeof cell === 'string' ? { text: cell, className: undefined } : cell
  const made = element(at === 0 ? 'th' : 'td', text)
  if (at === 0) made.setAttribute('scope', 'row')
  if (className !== undefined) made.className = className
  return made
}

/** What is wider than the page scrolls, also by keyboard. */
export function scrollable(content: HTMLElement, label: string): HTMLElement {
  const place = element('div', content)
  place.className = 'scrolls'
  place.tabIndex = 0
  place.setAttribute('role', 'region')
  place.setAttribute('aria-label', label)
  return place
}
