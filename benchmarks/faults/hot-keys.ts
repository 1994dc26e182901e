/**
 * The few keys that all clients of a round fight over. A key is left for a fresh one after so many calls, or when the outcome of
 * so many changes is not known: each of those may take effect at any later time, and the checker tries all of it.
 */
import type { Call, Witness } from '@mtaio/distributed/testing'

const MOST_CALLS = 250
const MOST_UNKNOWN = 3

interface Slot {
  readonly name: (generation: number) => readonly string[]
  generation: number
  calls: number
  unknown: number
}

export class HotKeys implements Witness {
  /** Two keys that lie apart, and two that lie together, for transactions. */
  private readonly slots: readonly Slot[]
  private readonly slotOf = new Map<string, Slot>()

  /** @param round - in the name of every key: no two rounds share one */
  constructor(round: string) {
    const slot = (name: Slot['name']) => ({ name, generation: 0, calls: 0, unknown: 0 })
    this.slots = [
      slot((generation) => [`${round}-a${generation}`]),
      slot((generation) => [`${round}-b${generation}`]),
      slot((generation) => [`{${round}-t${generation}}c`, `{${round}-t${generation}}d`]),
    ]
    for (const each of this.slots) this.open(each)
  }

  /** The keys in use. */
  get current(): string[] {
    return this.slots.flatMap(({ name, generation }) => name(generation))
  }

  /** Every key that was ever in use. */
  get all(): string[] {
    return [...this.slotOf.keys()]
  }

  /** The two that lie together. */
  get pair(): readonly string[] {
    const { name, generation } = this.slots.at(-1)!
    return name(generation)
  }

  began(call: Call): void {
    const slot = this.slotOf.get(call.key ?? '')
    if (slot === undefined || !this.isCurrent(slot, call.key!)) return
    if (++slot.calls >= MOST_CALLS) this.renew(slot)
  }

  ended(call: Call): void {
    const slot = this.slotOf.get(call.key ?? '')
    if (call.error === undefined || call.isVoid || slot === undefined || !this.isCurrent(slot, call.key!)) return
    if (++slot.unknown >= MOST_UNKNOWN) this.renew(slot)
  }

  private isCurrent({ name, generation }: Slot, key: string): boolean {
    return name(generation).includes(key)
  }

  private renew(slot: Slot): void {
    slot.generation++
    slot.calls = 0
    slot.unknown = 0
    this.open(slot)
  }

  private open(slot: Slot): void {
    for (const key of slot.name(slot.generation)) this.slotOf.set(key, slot)
  }
}
