/**
 * Gives back what a store that was larger no longer needs, bit by bit: once three quarters of the slots are free, entries
 * move from the highest slots to free low ones, one a step, and in the end the columns are cut off behind them. Nobody
 * outside sees a slot, so nobody sees this.
 */
import type { Policy } from '@mtaio/policies'
import type { TimerWheel } from '../expiry/timer-wheel.js'
import type { KeyTable } from './key-table.js'
import { NO_LIMIT, type Slots } from './slots.js'
import type { Space } from './space.js'

/** Fewer slots than this are not worth the trouble. */
const SMALLEST = 1024

/** What has to follow when an entry gets another slot. */
export interface Parts<T> {
  readonly slots: Slots<T, KeyTable<T, Space<T>>>
  readonly root: Space<T>
  readonly policy: Policy
  readonly wheel: TimerWheel
  readonly residents: number
  tables(): Iterable<KeyTable<T, Space<T>>>
  /** Gives back all memory that is kept by slot. Nobody may be resident. */
  forgetSlots(): void
}

/** How many steps a pass over a column counts for: so many that whoever counts them looks at the clock. */
const PASS = 1000

export class Compactor<T> {
  /** What is still to be cut off, a column each. */
  private readonly cuts: (() => void)[] = []

  constructor(private readonly parts: Parts<T>) {}

  /** One step; how much it counts for. 0: there was nothing to do. */
  step(): number {
    const { slots, policy, wheel, residents } = this.parts
    const cut = this.cuts.shift()
    if (cut !== undefined) {
      cut()
      return PASS
    }
    if (slots.limit === NO_LIMIT) {
      if (slots.end < SMALLEST || 4 * residents > slots.end) return 0
      if (residents === 0) {
        this.parts.forgetSlots()
        return PASS
      }
      if (policy.move === undefined) return 0
      slots.limit = Math.max(2 * residents, SMALLEST / 2)
    }
    const last = slots.end - 1
    if (last < slots.limit) {
      this.finish()
      return PASS
    }
    if (slots.keyOf(last) !== undefined) {
      const to = slots.takeFree()
      if (to < 0) {
        slots.stayAt(slots.end)
        return PASS
      }
      move(this.parts, last, to)
    }
    wheel.cancel(last)
    slots.end = last
    return 1
  }

  /** Cuts are made later, one at a time; what is handed out meanwhile is left whole. */
  private finish(): void {
    const { slots, policy, wheel } = this.parts
    slots.stayAt(slots.end)
    this.cuts.push(
      () => slots.trim(),
      () => wheel.trim(slots.end),
      () => policy.trim?.(slots.end),
    )
    for (const table of this.parts.tables()) this.cuts.push(() => table.shrink())
  }
}

function move<T>({ slots, root, policy, wheel }: Parts<T>, from: number, to: number): void {
  const table = slots.tables?.[from] ?? root.table
  const tags = slots.tags?.[from]
  table.renumber(from, to)
  slots.pairs[2 * to] = slots.keyOf(from)
  slots.pairs[2 * to + 1] = slots.valueOf(from)
  slots.hashes[to] = slots.hashes[from]!
  wheel.scheduleAgain(to, slots.endOf(to), slots.endOf(from))
  slots.setDeadlines(to, slots.expiresAt[from]!, slots.endOf(from))
  slots.setWeight(to, slots.weightOf(from))
  if (slots.storedAt !== undefined) slots.storedAt[to] = slots.storedAt[from]!
  if (slots.tables !== undefined) slots.tables[to] = table
  if (tags !== undefined) {
    slots.tags![to] = tags
    table.owner?.tags.remove(from, tags)
    table.owner?.tags.add(to, tags)
  }
  policy.move!(from, to)
  slots.pairs[2 * from] = slots.pairs[2 * from + 1] = undefined
  if (slots.tags !== undefined) slots.tags[from] = undefined
  if (slots.tables !== undefined) slots.tables[from] = undefined
}
