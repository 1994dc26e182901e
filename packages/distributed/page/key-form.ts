/** Where a key lies: asked by a form, answered by a table of its replicas. */
import type { KeyReport } from '../src/dashboard/key-report.js'
import { bytes, NONE, seconds } from './figures.js'
import { type Cell, element, scrollable, tableOf } from './tables.js'

export class KeyForm {
  constructor(
    form: HTMLFormElement,
    private readonly place: HTMLElement,
  ) {
    form.addEventListener('submit', (event) => {
      event.preventDefault()
      const asked = new URLSearchParams()
      for (const [name, value] of new FormData(form)) asked.set(name, String(value))
      void this.look(asked)
    })
  }

  private async look(asked: URLSearchParams): Promise<void> {
    try {
      const response = await fetch(`/api/key?${asked}`, { signal: AbortSignal.timeout(10_000) })
      const told = (await response.json()) as KeyReport | { error: string }
      if ('error' in told) this.complain(told.error)
      else this.show(told)
    } catch (error) {
      this.complain((error as Error).message)
    }
  }

  private show({ physical, summary, nodes }: KeyReport): void {
    const table = tableOf(
      ['node', 'place', 'holds', 'version', 'lives for', 'size'],
      nodes.map(({ node, place, holds, version, ttl, size, error }): (string | Cell)[] => [
        node,
        { text: place, className: 'text' },
        { text: error ?? holds, className: error === undefined ? 'text' : 'text bad' },
        { text: version ?? NONE, className: 'text' },
        ttl === null ? 'for ever' : seconds(ttl),
        bytes(size),
      ]),
    )
    this.place.replaceChildren(
      element('p', summary, ' On the nodes it is ', element('code', physical), '.'),
      scrollable(table, 'What each node holds'),
    )
  }

  private complain(message: string): void {
    const complaint = element('p', message)
    complaint.className = 'bad'
    this.place.replaceChildren(complaint)
  }
}
