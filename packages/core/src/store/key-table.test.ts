import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KeyTable } from './key-table.js'
import { Slots } from './slots.js'

/** A table over its own columns, with the hash chosen by the test so that runs, wraps and collisions can be forced. */
function tableWith(hash: (key: string) => number) {
  const slots = new Slots<number>()
  const table = new KeyTable(slots, 'owner')
  return {
    table,
    find: (key: string) => table.find(key, hash(key)),
    add: (key: string) => {
      const slot = slots.take(key, 0)
      slots.hashes[slot] = hash(key)
      if (!table.insert(slot)) {
        slots.giveBack(slot)
        return undefined
      }
      return slot
    },
    remove: (slot: number) => {
      table.remove(slot)
      slots.giveBack(slot)
    },
  }
}

const hashes: Record<string, (key: string) => number> = {
  'spread well': (key) => Math.imul(Number(key) + 1, 0x9e3779b1),
  'all equal': () => 7,
  'equal and at the end, so that runs wrap round': () => -1,
  'two runs that grow into each other': (key) => (Number(key) % 2 === 0 ? 14 << 26 : 15 << 26),
  'the last positions only': (key) => (-1 - (Number(key) % 3)) << 27,
  'equal homes, other tags': (key) => Number(key) << 12,
}

describe('KeyTable', () => {
  for (const [name, hash] of Object.entries(hashes)) {
    it(`answers as a Map does under random operations, hashes ${name}`, () => {
      fc.assert(
        fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(40)), { maxLength: 300 }), (operations) => {
          const { table, find, add, remove } = tableWith(hash)
          const model = new Map<string, number>()
          for (const [adds, number] of operations) {
            const key = String(number)
            const slot = model.get(key)
            if (slot === undefined && adds) model.set(key, add(key)!)
            else if (slot !== undefined && !adds) {
              remove(slot)
              model.delete(key)
            }
            expect(table.size).toBe(model.size)
          }
          for (let number = 0; number <= 41; number++)
            expect(find(String(number))).toBe(model.get(String(number)) ?? -1)
          const walked: number[] = []
          for (let at = table.next(0); at !== undefined; at = table.next(at.position + 1)) walked.push(at.slot)
          expect(walked.sort()).toEqual([...model.values()].sort())
        }),
      )
    })
  }

  it('refuses, changing nothing, what would lie too far from home, and takes it once there is room or another hash', () => {
    let salt = 0
    const slots = new Slots<number>()
    const table = new KeyTable(slots, 'owner')
    const hash = (key: string) => Math.imul(Number(key), salt)
    const keys = Array.from({ length: 100 }, (_, number) => String(number))
    let refused = 0
    for (const key of keys) {
      const slot = slots.take(key, 0)
      slots.hashes[slot] = hash(key)
      if (!table.insert(slot)) refused++
    }
    expect(refused).toBe(100 - 61)
    expect(table.size).toBe(61)
    expect(table.twins).toBeGreaterThan(5)
    for (const [slot, key] of keys.entries()) expect(table.find(key, hash(key))).toBe(slot < 61 ? slot : -1)
    expect(table.grow()).toBe(true)
    salt = 0x9e3779b1
    for (const [slot, key] of keys.entries()) slots.hashes[slot] = hash(key)
    expect(table.rehash()).toBe(true)
    for (let slot = 61; slot < 100; slot++) expect(table.insert(slot)).toBe(true)
    for (const [slot, key] of keys.entries()) expect(table.find(key, hash(key))).toBe(slot)
  })

  it('shrinks to what it holds', () => {
    const { table, find, add, remove } = tableWith((key) => Math.imul(Number(key) + 1, 0x9e3779b1))
    const slots = Array.from({ length: 1000 }, (_, number) => add(String(number))!)
    for (const slot of slots.slice(20)) remove(slot)
    table.shrink()
    expect((table as unknown as { index: Int32Array }).index.length).toBe(128)
    for (let number = 0; number < 1000; number++) expect(find(String(number))).toBe(number < 20 ? slots[number] : -1)
  })

  it('holds its answers over a million random operations', () => {
    const { find, add, remove } = tableWith((key) => Math.imul(Number(key) + 1, 0x9e3779b1))
    const model = new Map<string, number>()
    let random = 12345
    for (let step = 0; step < 1_000_000; step++) {
      random = (Math.imul(random, 1664525) + 1013904223) | 0
      const key = String((random >>> 8) % 5000)
      const slot = model.get(key)
      if (find(key) !== (slot ?? -1)) throw new Error(`step ${step}: key ${key}`)
      if (slot === undefined) model.set(key, add(key)!)
      else if ((random & 1) === 0) {
        remove(slot)
        model.delete(key)
      }
    }
    expect(model.size).toBeGreaterThan(1000)
  })
})
