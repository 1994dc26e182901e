/** What other sizes and policies would hit: in words, as a curve and as a table. */
import type { Advice } from '@mtaio/policies/advice'
import type { ClusterState } from '../src/observe/cluster-observer.js'
import { count, percent } from './figures.js'
import { LineChart } from './line-chart.js'
import { element, tableOf } from './tables.js'

export class AdviceView {
  private readonly curves = new Map<string, LineChart>()

  constructor(
    private readonly place: HTMLElement,
    private readonly note: HTMLElement,
  ) {}

  show(advice: ClusterState['advice']): void {
    if (advice === undefined) {
      this.note.textContent = 'Not looked at: start the dashboard with --advise.'
      return
    }
    this.note.textContent = 'For the traffic seen; each figure within its error in 95 of 100 cases.'
    const shown = Object.entries(advice)
    this.place.replaceChildren(...shown.map(([node, told]) => this.partOf(node, told)))
    for (const [node, { rows }] of shown) {
      const sizes = rows.filter(({ policy }) => policy === rows[0]?.policy)
      this.curves.get(node)!.show(
        sizes.map(({ capacity }) => capacity),
        [sizes.map(({ hitRatio }) => hitRatio)],
      )
    }
  }

  redraw(): void {
    for (const curve of this.curves.values()) curve.redraw()
  }

  private partOf(node: string, { summary, rows }: Advice): HTMLElement {
    let curve = this.curves.get(node)
    if (curve === undefined) {
      curve = new LineChart({
        title: `${node}: hit ratio by size`,
        x: { label: 'entries', isTime: false, text: count },
        lines: ['hit ratio'],
        text: percent,
        top: 1,
      })
      this.curves.set(node, curve)
    }
    const table = tableOf(
      ['policy', 'entries', 'hit ratio', '±'],
      rows.map(({ policy, capacity, hitRatio, error }) => [policy, count(capacity), percent(hitRatio), percent(error)]),
    )
    return element('div', element('p', `${node}: ${summary}`), curve.figure, table)
  }
}
