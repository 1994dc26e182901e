import { describe, expect, it, vi } from 'vitest'
import { beside, type Model } from '../test-support/model-property.js'
import { SIEVE } from './sieve.js'
import { SlotList } from './structures/slot-list.js'

/** Oldest first, each with its bit; the hand is an index. */
class SIEVEModel implements Model {
  entries: { slot: number; visited: boolean }[] = []
  hand = 0
  insert(slot: number) {
    this.entries.push({ slot, visited: false })
  }
  use(slot: number) {
    this.entries.find((entry) => entry.slot === slot)!.visited = true
  }
  remove(slot: number, evicted: boolean) {
    if (evicted && slot === this.order()[0]) this.hand = this.sweep(this.entries, this.hand)
    const index = this.entries.findIndex((entry) => entry.slot === slot)
    this.entries.splice(index, 1)
    if (index < this.hand) this.hand--
    if (this.hand === this.entries.length) this.hand = 0
  }
  /** Where the hand comes to stand. Clears what it passes. */
  sweep(entries: { slot: number; visited: boolean }[], from: number) {
    let hand = from
    for (; entries[hand]!.visited; hand = (hand + 1) % entries.length) entries[hand]!.visited = false
    return hand
  }
  /** Evicts from a copy until nothing is left. */
  order() {
    const entries = this.entries.map((entry) => ({ ...entry }))
    const order: number[] = []
    for (let hand = this.hand; entries.length > 0; ) {
      hand = this.sweep(entries, hand)
      order.push(entries.splice(hand, 1)[0]!.slot)
      if (hand === entries.length) hand = 0
    }
    return order
  }
}

describe('SIEVE', () => {
  it.each([
    { what: 'few residents', capacity: 4 },
    { what: 'arrays about to grow', capacity: 68, first: 62 },
    { what: 'slots far apart', capacity: 30, stride: 97 },
  ])('orders as its model does: $what', (run) => {
    beside(
      () => new SIEVE(),
      () => new SIEVEModel(),
      run,
      (sieve, model) => {
        expect(sieve.victim()).toBe(model.order()[0] ?? -1)
        expect([...sieve.order()]).toEqual(model.order())
      },
    )
  })

  it('lets survivors stay where they are, before newcomers', () => {
    const sieve = withSlots(4)
    sieve.onHit(0)
    sieve.onHit(1)
    expect([...sieve.order()]).toEqual([2, 3, 0, 1])
    sieve.onRemove(2, true)
    sieve.onInsert(2)
    expect([...sieve.order()]).toEqual([3, 2, 0, 1])
  })

  it('spares an update as it spares a read', () => {
    const sieve = withSlots(2)
    sieve.onUpdate(0)
    expect(sieve.victim()).toBe(1)
  })

  it('takes the one at its hand when all were read', () => {
    const sieve = withSlots(3)
    for (const slot of [0, 1, 2]) sieve.onHit(slot)
    expect(sieve.victim()).toBe(0)
    sieve.onRemove(0, true)
    expect([...sieve.order()]).toEqual([1, 2])
    sieve.onInsert(0)
    expect([...sieve.order()]).toEqual([1, 2, 0])
  })

  it('looks at none twice while victims leave for another reason than size', () => {
    const count = 1_000
    const sieve = withSlots(count)
    for (let slot = 0; slot < count; slot += 2) sieve.onHit(slot)
    const step = vi.spyOn(SlotList.prototype, 'newer')
    for (let left = 0; left < count; left++) sieve.onRemove(sieve.victim(), false)
    expect(sieve.victim()).toBe(-1)
    expect(step.mock.calls.length).toBeLessThan(4 * count)
    step.mockRestore()
  })
})

function withSlots(count: number): SIEVE {
  const sieve = new SIEVE()
  for (let slot = 0; slot < count; slot++) sieve.onInsert(slot)
  return sieve
}
