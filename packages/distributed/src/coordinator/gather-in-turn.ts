/** What lies on all nodes is asked for at some of them, and beside those who hang or fail at others. */
import type { CancelTimer } from '@mtaio/core'
import type { Cluster } from './cluster.js'

/**
 * Asks `first`, at least one, and one of `others` in the place of each who hangs or fails. Resolves when `required` have answered,
 * or nobody is left, with what went wrong.
 */
export function gatherInTurn(
  cluster: Cluster,
  first: readonly string[],
  others: readonly string[],
  required: number,
  read: (node: string) => Promise<void>,
): Promise<ReadonlyMap<string, unknown>> {
  const waiting = [...others]
  const causes = new Map<string, unknown>()
  return new Promise((resolve) => {
    let open = 0
    let answered = 0
    let cancelHedge: CancelTimer | undefined
    const decide = () => {
      if (answered < required && open > 0) return
      cancelHedge?.()
      resolve(causes)
    }
    const ask = (node: string) => {
      open++
      read(node)
        .then(
          () => answered++,
          (error) => {
            causes.set(node, error)
            const next = answered < required ? waiting.shift() : undefined
            if (next !== undefined) ask(next)
          },
        )
        .then(() => {
          open--
          decide()
        })
    }
    for (const node of first) ask(node)
    if (waiting.length > 0) cancelHedge = cluster.hedges.later(() => waiting.splice(0, required).forEach(ask))
  })
}
