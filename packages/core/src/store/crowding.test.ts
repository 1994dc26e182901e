import { describe, expect, it } from 'vitest'
import { EntryStore } from './entry-store.js'
import { fastHash, type Hash, keyedHash, strongHash } from './hash.js'

/** A store whose hash somebody has seen through: every key collides with every other. */
function crowdedStore() {
  const store = new EntryStore<number>({ maxSize: 1000, maxWeight: Infinity, evictionPolicy: 'lru', now: 0 })
  const inside = store as unknown as { hash: Hash; isHardened: boolean }
  inside.hash = () => 7
  return { store, inside }
}

describe('a table that is crowded by colliding keys', () => {
  it('takes another hash, once, and finds every key as before, in namespaces too', () => {
    const { store, inside } = crowdedStore()
    const space = store.root.child('space')
    for (let number = 0; number < 100; number++) store.put(space, `key${number}`, -number, Infinity, 1, undefined, 0)
    expect(inside.isHardened).toBe(false)
    for (let number = 0; number < 400; number++)
      store.put(store.root, `key${number}`, number, Infinity, 1, undefined, 0)
    expect(inside.isHardened).toBe(true)
    for (let number = 0; number < 400; number++) {
      expect(store.slots.valueOf(store.find(store.root, `key${number}`, 0))).toBe(number)
    }
    for (let number = 0; number < 100; number++) {
      expect(store.slots.valueOf(store.find(space, `key${number}`, 0))).toBe(-number)
    }
    for (let number = 0; number < 400; number += 2) store.remove(store.find(store.root, `key${number}`, 0), 'deleted')
    for (let number = 0; number < 400; number++) {
      expect(store.find(store.root, `key${number}`, 0) >= 0).toBe(number % 2 === 1)
    }
  })

  it('is not what chance brings about', () => {
    const store = new EntryStore<number>({ maxSize: Infinity, maxWeight: Infinity, evictionPolicy: 'lru', now: 0 })
    for (let number = 0; number < 100_000; number++)
      store.put(store.root, `user:${number}`, number, Infinity, 1, undefined, 0)
    expect((store as unknown as { isHardened: boolean }).isHardened).toBe(false)
  })
})

describe('the hashes', () => {
  const keys = Array.from({ length: 20_000 }, (_, number) => `user:${number}`)
  for (const [name, hash] of Object.entries({ fast: fastHash(), strong: strongHash() })) {
    it(`spread similar keys evenly: ${name}`, () => {
      const buckets = new Int32Array(256)
      for (const key of keys) buckets[hash(key) & 255]!++
      // Chance puts about 78 into each, with a deviation of 9.
      expect(Math.max(...buckets)).toBeLessThan(150)
      expect(new Set(keys.map(hash)).size).toBeGreaterThan(keys.length - 5)
    })
  }

  it('depend on their key, and tell a string from its padding', () => {
    expect(keyedHash(1, 2)('key')).toBe(keyedHash(1, 2)('key'))
    expect(keyedHash(1, 2)('key')).not.toBe(keyedHash(1, 3)('key'))
    expect(new Set(['', '\0', '\0\0', 'a', 'a\0', 'ab', 'ba'].map(keyedHash(1, 2))).size).toBe(7)
  })
})
