/**
 * Gives back what is kept by slot once most slots are free: the entries in the highest slots move to lower ones, a few at
 * a time, and then every column is cut off.
 */

import type { TimerWheel } from '@mtaio/core/engine'
import type { Policy } from '@mtaio/policies'
import type { Entries } from './store/entries.js'
import { ENTRY, FREE } from './store/slot-columns.js'

/** With fewer slots there is too little to gain. */
const SMALLEST = 4096

/** What goes by slots. */
export interface BySlot {
  readonly entries: Entries
  readonly policy: Policy
  readonly wheel: TimerWheel
}

/** Looks at up to `limit` slots, where less than a quarter is in use; how many it looked at. */
export function shrink({ entries, policy, wheel }: BySlot, limit: number): number {
  const { columns, size } = entries
  if (columns.limit >= columns.end) {
    if (columns.reach < SMALLEST || 4 * size > columns.reach || policy.move === undefined) return 0
    columns.limit = Math.max(2 * size, SMALLEST / 2)
  }
  for (let looked = 0; looked < limit; looked++) {
    const last = columns.end - 1
    if (last < columns.limit) {
      columns.trim()
      wheel.trim(columns.end)
      policy.trim?.(columns.end)
      return looked
    }
    if (columns.kinds[last] !== FREE) {
      const to = columns.takeFree()
      if (to < 0) {
        columns.stay()
        return looked
      }
      if (columns.kinds[last] === ENTRY) policy.move!(last, to)
      entries.renumber(last, to)
      if (wheel.has(last)) {
        wheel.cancel(last)
        wheel.schedule(to, columns.expiresAt[to]!)
      }
    }
    columns.end = last
  }
  return limit
}
