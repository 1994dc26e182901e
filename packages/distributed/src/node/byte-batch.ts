/** Several writes at once: all or nothing. */
import { textOf } from './arguments.js'
import type { ByteWrite, SetVerdict } from './byte-write.js'
import { isRegister } from './register-bytes.js'
import type { Residents } from './residents.js'
import { ENTRY } from './store/slot-columns.js'

/**
 * Stores all or nothing, and none of the writes evicts another. Of a key that comes twice the last value counts. Room
 * is reckoned as if what grows came before what shrinks, so that close to the bounds a set of writes may be refused.
 */
export function putAll(residents: Residents, writes: readonly ByteWrite[], now: number): SetVerdict {
  const { limits, policy, entries } = residents
  const { records, columns } = entries
  const last = new Map<string, ByteWrite>()
  for (const write of writes) last.set(textOf(write.key), write)
  const standing: number[] = []
  const more = { entries: 0, bytes: 0, cost: 0, registers: 0, registerBytes: 0 }
  let stayingCost = 0
  for (const { key, value } of last.values()) {
    const slot = residents.live(entries.find(entries.hashOf(key, 0, key.length), key, 0, key.length), now)
    const held = slot < 0 ? 0 : residents.costOf(slot)
    const bytes = records.sizeFor(key.length, value.length)
    const cost = residents.costFor(bytes)
    const growth = Math.max(0, cost - held)
    // The old record stays until the new one is there, unless that takes its place.
    if (slot < 0 || records.growthFor(slot, key.length, value.length) !== 0) {
      more.bytes += bytes
      more.cost += cost
    }
    if (slot < 0) more.entries++
    const isOrdinary = slot >= 0 && columns.kinds[slot] === ENTRY
    if (isOrdinary) {
      standing.push(slot)
      stayingCost += held
    }
    if (isRegister(value)) {
      const isNew = slot < 0 || isOrdinary
      more.registers += isNew ? 1 : 0
      more.registerBytes += isNew ? cost : growth
    }
  }
  const count = limits.registers + standing.length + more.entries
  if (count > limits.maxSize || limits.registerMemory + stayingCost + more.cost > limits.budget) return 'too-large'
  const changesRegisters = more.registers > 0 || more.registerBytes > 0
  if (
    changesRegisters &&
    !limits.registersFit(limits.registers + more.registers, limits.registerMemory + more.registerBytes)
  )
    return 'registers-full'

  if (residents.exceeds(more.entries, more.bytes)) {
    // Out of the policy while room is made, so that what leaves is none of them.
    for (const slot of standing) policy.onRemove(slot, false)
    residents.makeRoom(more.entries, more.bytes)
    for (const slot of standing) {
      policy.onInsert(slot, columns.hashes[slot]!, residents.weightOf(residents.costOf(slot)))
    }
    // What is kept by slot may still be that of many more entries.
    if (residents.exceeds(more.entries, more.bytes)) return 'too-large'
  }
  for (const { key, value, expiresAt } of last.values()) {
    residents.put(key, 0, key.length, value, 0, value.length, expiresAt, now)
  }
  return 'stored'
}
