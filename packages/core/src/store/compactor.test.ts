import { EvictionPolicy } from '@mtaio/policies'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EntryStore } from './entry-store.js'

function newStore(evictionPolicy: EvictionPolicy = 'lru') {
  const store = new EntryStore<number>({ maxSize: Infinity, maxWeight: Infinity, evictionPolicy, now: 0 })
  const put = (key: string, value: number, expiresAt = Infinity, tags?: string[], space = store.root) =>
    store.put(space, key, value, expiresAt, 1 + (value % 3), tags, 0)
  const remove = (key: string, space = store.root) => store.remove(store.find(space, key, 0), 'deleted', 0)
  const sweepAll = (now = 0) => {
    while (store.sweep(now, 100) === 100);
  }
  return { store, put, remove, sweepAll }
}

/** Bytes of all columns, the table's and the wheel's. */
function columns(store: EntryStore<number>): number {
  const { slots, wheel, root } = store
  const links = (wheel as unknown as { links: Int32Array }).links.length
  const index = (root.table as unknown as { index: Int32Array }).index.length
  return 8 * slots.pairs.length + slots.hashes.byteLength + slots.expiresAt.byteLength + 4 * links + 4 * index
}

const POLICIES = Object.values(EvictionPolicy)

describe('a store that was larger', () => {
  it('gives its memory back when all have left', () => {
    const { store, put, sweepAll } = newStore()
    const before = columns(store)
    for (let number = 0; number < 20_000; number++) put(`key${number}`, number, 1000)
    expect(columns(store)).toBeGreaterThan(20_000 * 40)
    sweepAll(5000)
    expect(store.residents).toBe(0)
    expect(columns(store)).toBeLessThanOrEqual(before)
    put('again', 1)
    expect(store.slots.valueOf(store.find(store.root, 'again', 0))).toBe(1)
  })

  for (const policy of POLICIES) {
    it(`gives it back when most have left, and the rest notice nothing: ${policy}`, () => {
      const { store, put, remove, sweepAll } = newStore(policy)
      const space = store.root.child('space')
      for (let number = 0; number < 20_000; number++) {
        put(`key${number}`, number, 1e6 + number, number % 5 === 0 ? ['t'] : undefined, number % 2 ? space : store.root)
      }
      for (let number = 0; number < 20_000; number += 3) {
        store.hit(store.find(number % 2 ? space : store.root, `key${number}`, 0))
      }
      for (let number = 0; number < 20_000; number++) {
        if (number % 17 !== 0) remove(`key${number}`, number % 2 ? space : store.root)
      }
      const keysInOrder = () => [...store.policy.order()].map((slot) => store.slots.keyOf(slot))
      const before = { order: keysInOrder(), weight: store.weight, columns: columns(store) }
      sweepAll()
      expect(columns(store)).toBeLessThan(before.columns / 4)
      expect(keysInOrder()).toEqual(before.order)
      expect(store.weight).toBe(before.weight)
      for (let number = 0; number < 20_000; number++) {
        const slot = store.find(number % 2 ? space : store.root, `key${number}`, 0)
        expect(slot >= 0 ? store.slots.valueOf(slot) : undefined).toBe(number % 17 === 0 ? number : undefined)
        if (slot >= 0) expect(store.slots.expiresAt[slot]).toBe(1e6 + number)
      }
      expect(new Set(store.root.tags.slotsOf('t').map((slot) => store.slots.valueOf(slot)! % 170))).toEqual(
        new Set([0]),
      )
      // All of them still expire when they should.
      sweepAll(1e6 + 10_000 + 300)
      expect([...store.policy.order()].every((slot) => store.slots.expiresAt[slot]! > 1e6 + 10_000)).toBe(true)
      sweepAll(2e6)
      expect(store.residents).toBe(0)
    })
  }

  it('never moves an entry while a walk is under way', () => {
    const { store, put, remove, sweepAll } = newStore()
    for (let number = 0; number < 5000; number++) put(`key${number}`, number)
    const walk = store.slotsOf(store.root)
    const seen = [store.slots.valueOf(walk.next().value as number)]
    for (let number = 0; number < 4900; number++) if (number > 0) remove(`key${number}`)
    sweepAll()
    for (const slot of walk) seen.push(store.slots.valueOf(slot))
    expect(seen).toEqual([0, ...Array.from({ length: 100 }, (_, index) => 4900 + index)])
    const before = columns(store)
    sweepAll()
    expect(columns(store)).toBeLessThan(before / 4)
  })

  it('behaves as a Map does while it grows and shrinks, whatever comes between the steps', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...POLICIES),
        fc.array(fc.tuple(fc.constantFrom('fill', 'drain', 'step', 'put', 'walk'), fc.nat(3000)), { maxLength: 25 }),
        (policy, calls) => {
          const { store, put, remove } = newStore(policy)
          const model = new Map<string, number>()
          for (const [call, number] of calls) {
            if (call === 'fill') {
              for (let key = number; key < number + 2000; key++) {
                put(`key${key}`, key)
                model.set(`key${key}`, key)
              }
            } else if (call === 'drain') {
              for (const key of [...model.keys()]) {
                if (Number(key.slice(3)) % 13 === number % 13) continue
                remove(key)
                model.delete(key)
              }
            } else if (call === 'step') store.sweep(0, number)
            else if (call === 'put') {
              put(`key${number}`, -number)
              model.set(`key${number}`, -number)
            } else {
              const seen = [...store.slotsOf(store.root)].map((slot) => store.slots.keyOf(slot)!)
              expect(seen.sort()).toEqual([...model.keys()].sort())
            }
          }
          for (let key = 0; key < 5000; key++) {
            const slot = store.find(store.root, `key${key}`, 0)
            expect(slot < 0 ? undefined : store.slots.valueOf(slot)).toBe(model.get(`key${key}`))
          }
          expect([...store.policy.order()].length).toBe(model.size)
        },
      ),
      { numRuns: 60 },
    )
  })
})
