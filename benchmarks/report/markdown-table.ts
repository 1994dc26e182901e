/** Markdown tables, padded so that they read in a terminal, too. Knows nothing of what stands in them. */

export type Align = 'left' | 'right'

/** @param rows - each as long as `heads`; a `|` within a cell is escaped */
export function markdownTable(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  aligns: readonly Align[] = heads.map((_, column) => (column === 0 ? 'left' : 'right')),
): string {
  const lines = [heads, ...rows].map((cells) => cells.map((cell) => cell.replaceAll('|', '\\|')))
  const widths = heads.map((_, column) => Math.max(4, ...lines.map((cells) => widthOf(cells[column]!))))
  const pad = (cell: string, column: number) => {
    const space = ' '.repeat(widths[column]! - widthOf(cell))
    return aligns[column] === 'right' ? space + cell : cell + space
  }
  const rule = widths.map((width, column) =>
    aligns[column] === 'right' ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width),
  )
  const [head, ...body] = lines.map((cells) => `| ${cells.map(pad).join(' | ')} |`)
  return [head, `| ${rule.join(' | ')} |`, ...body].join('\n')
}

/** Characters, not UTF-16 units. */
function widthOf(text: string): number {
  return [...text].length
}
