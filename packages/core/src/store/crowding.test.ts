import { describe, expect, it } from 'vitest'
import { EntryStore } from './entry-store.js'
import { fastHash, KeyHash, keyedHash, strongHash } from './hash.js'

interface Inside {
  rehasher: { hash: { seed: number; isSampled: boolean; isStrong: boolean } }
}

function newStore(maxSize: number) {
  const store = new EntryStore<number>({ maxSize, maxWeight: Infinity, evictionPolicy: 'lru', now: 0 })
  const { hash } = (store as unknown as Inside).rehasher
  const put = (key: string, value: number, space = store.root) =>
    store.put(space, key, value, Infinity, 1, undefined, 0)
  const found = (key: string, space = store.root) => {
    const slot = store.find(space, key, 0)
    return slot < 0 ? undefined : store.slots.valueOf(slot)
  }
  return { store, hash, put, found }
}

/** Keys whose hashes under `seed` share their first ten bits. */
function collidingKeys(seed: number, count: number): string[] {
  const keys: string[] = []
  for (let number = 0; keys.length < count; number++) {
    const key = `attack:${number}`
    if (fastHash(key, seed) >>> 22 === 5) keys.push(key)
  }
  return keys
}

describe('a table that is crowded by colliding keys', () => {
  it('takes the strong hash when somebody knows the seed, and finds every key as before, in namespaces too', () => {
    const { store, hash, put, found } = newStore(1000)
    const space = store.root.child('space')
    for (let number = 0; number < 50; number++) put(`key${number}`, -number, space)
    const keys = collidingKeys(hash.seed, 400)
    for (const [number, key] of keys.entries()) put(key, number)
    expect(hash.isStrong).toBe(true)
    for (const [number, key] of keys.entries()) expect(found(key)).toBe(number)
    for (let number = 0; number < 50; number++) expect(found(`key${number}`, space)).toBe(-number)
    for (let number = 0; number < 400; number += 2) store.remove(store.find(store.root, keys[number]!, 0), 'deleted', 0)
    for (const [number, key] of keys.entries()) expect(found(key)).toBe(number % 2 === 1 ? number : undefined)
  })

  it('learns which characters matter, and gives that up when keys differ elsewhere', () => {
    const { hash, put, found } = newStore(Infinity)
    for (let number = 0; number < 5000; number++) put(`https://example.com/${number + 10_000}/page/of/items`, number)
    expect(hash.isSampled).toBe(true)
    const others = Array.from({ length: 5000 }, (_, number) => {
      const name = String(number).padStart(4, 'x')
      return `https://${name}mple.com/10000/page/of/items`
    })
    for (const [number, key] of others.entries()) put(key, -number)
    expect(hash.isStrong).toBe(false)
    for (const [number, key] of others.entries()) expect(found(key)).toBe(-number)
    for (let number = 0; number < 5000; number++) {
      expect(found(`https://example.com/${number + 10_000}/page/of/items`)).toBe(number)
    }
  })

  it('learns from keys that lie in several namespaces, too', () => {
    const { store, hash, put } = newStore(Infinity)
    const space = store.root.child('space')
    for (let number = 0; number < 5000; number++) {
      put(`user:${number + 10_000}`, number)
      put(`user:${number + 10_000}`, number, space)
    }
    expect(hash.isSampled).toBe(true)
  })

  it('does not take the strong hash for keys that are merely alike', () => {
    for (const key of [
      (number: number) => `user:${number}`,
      (number: number) => `${'long prefix '.repeat(40)}${number}`,
      (number: number) => `${number % 7}:${number}:${number % 3}`,
      (number: number) => number.toString(2).padStart(40, '0'),
    ]) {
      const { hash, put, found } = newStore(Infinity)
      for (let number = 0; number < 60_000; number++) put(key(number), number)
      expect(hash.isStrong).toBe(false)
      for (let number = 0; number < 60_000; number += 97) expect(found(key(number))).toBe(number)
    }
  })
})

describe('the hashes', () => {
  const keys = Array.from({ length: 20_000 }, (_, number) => `user:${number}`)
  const learned = new KeyHash()
  learned.learn(keys.filter((_, index) => index % 80 === 0))
  for (const [name, hash] of Object.entries({
    fast: (key: string) => fastHash(key, 12345),
    learned: (key: string) => learned.of(key),
    strong: strongHash(),
  })) {
    it(`spread similar keys evenly: ${name}`, () => {
      const buckets = new Int32Array(256)
      for (const key of keys) buckets[hash(key) >>> 24]!++
      // Chance puts about 78 into each, with a deviation of 9.
      expect(Math.max(...buckets)).toBeLessThan(150)
      expect(new Set(keys.map((key) => hash(key))).size).toBeGreaterThan(keys.length - 5)
    })
  }

  it('depend on their key, and tell a string from its padding', () => {
    expect(keyedHash(1, 2)('key')).toBe(keyedHash(1, 2)('key'))
    expect(keyedHash(1, 2)('key')).not.toBe(keyedHash(1, 3)('key'))
    expect(new Set(['', '\0', '\0\0', 'a', 'a\0', 'ab', 'ba'].map(keyedHash(1, 2))).size).toBe(7)
  })
})
