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

/** One step. False when there is nothing to do, or nothing more. */
export function compact<T>(parts: Parts<T>): boolean {
  const { slots, policy, wheel, residents } = parts
  if (slots.limit === NO_LIMIT) {
    if (slots.end < SMALLEST || 4 * residents > slots.end) return false
    if (residents === 0) {
      parts.forgetSlots()
      return false
    }
    if (policy.move === undefined) return false
    slots.limit = Math.max(2 * residents, SMALLEST / 2)
  }
  const last = slots.end - 1
  if (last < slots.limit) {
    finish(parts)
    return false
  }
  if (slots.keyOf(last) !== undefined) {
    const to = slots.takeFree()
    if (to < 0) {
      slots.stayAt(slots.end)
      return false
    }
    move(parts, last, to)
  }
  wheel.cancel(last)
  slots.end = last
  return true
}

function move<T>({ slots, root, policy, wheel }: Parts<T>, from: number, to: number): void {
  const table = slots.tables?.[from] ?? root.table
  const tags = slots.tags?.[from]
  table.renumber(from, to)
  slots.pairs[2 * to] = slots.keyOf(from)
  slots.pairs[2 * to + 1] = slots.valueOf(from)
  slots.hashes[to] = slots.hashes[from]!
  wheel.scheduleAgain(to, slots.expiresAt[to]!, slots.expiresAt[from]!)
  slots.expiresAt[to] = slots.expiresAt[from]!
  slots.setWeight(to, slots.weightOf(from))
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

function finish<T>(parts: Parts<T>): void {
  const { slots, policy, wheel } = parts
  slots.stayAt(slots.end)
  slots.trim()
  wheel.trim(slots.end)
  policy.trim?.(slots.end)
  for (const table of parts.tables()) table.shrink()
}
