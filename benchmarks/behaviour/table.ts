/** The answers as a table: a row a probe, a column a library. Knows neither. */
import { type Align, markdownTable } from '../report/markdown-table.js'

export interface Column {
  readonly library: string
  /** Of the package asked. */
  readonly version: string
  /** By probe. */
  readonly cells: Readonly<Record<string, string>>
}

/** What is kept of a run. */
export interface Results {
  readonly node: string
  readonly columns: readonly Column[]
}

/** @param probes - the rows: their names in `cells`, and their titles */
export function tableOf(
  probes: readonly { readonly id: string; readonly title: string }[],
  { columns }: Results,
): string {
  const heads = ['probe', ...columns.map(({ library }) => library)]
  const rows = [
    ['version', ...columns.map(({ version }) => version)],
    ...probes.map(({ id, title }) => [title, ...columns.map(({ cells }) => cells[id]!)]),
  ]
  return markdownTable(
    heads,
    rows,
    heads.map((): Align => 'left'),
  )
}
