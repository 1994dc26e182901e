import { describe, expect, it } from 'vitest'
import { seededRandom } from '../testing/seeded-random.js'
import { Miniatures } from './miniatures.js'
import { SETTINGS, type Setting } from './setting.js'
import { TwoQueues } from './two-queues.js'

/** One cache of hashes on a map. */
class Alone {
  readonly slotOf = new Map<number, number>()
  readonly hashes: number[] = []
  readonly queues: TwoQueues
  constructor(
    setting: Setting,
    readonly capacity: number,
  ) {
    this.queues = new TwoQueues(setting)
    this.queues.divide(capacity)
  }
  request(hash: number): boolean {
    const known = this.slotOf.get(hash)
    if (known !== undefined) {
      this.queues.use(known)
      return true
    }
    const slot = this.hashes.push(hash) - 1
    this.slotOf.set(hash, slot)
    this.queues.add(slot, hash, 1, 0)
    if (this.slotOf.size > this.capacity) this.leave(this.queues.victim(), true)
    return false
  }
  leave(slot: number, evicted: boolean) {
    this.queues.remove(slot, this.hashes[slot]!, evicted)
    this.slotOf.delete(this.hashes[slot]!)
  }
}

describe('Miniatures', () => {
  it.each([1, 2, 50, 300])('of %i entries know what caches of their own would know', (capacity) => {
    const random = seededRandom(capacity)
    const miniatures = new Miniatures(SETTINGS, capacity)
    const caches = SETTINGS.map((setting) => new Alone(setting, capacity))
    for (let step = 0; step < 10_000; step++) {
      const key = Math.floor(random(4 * capacity + 2) * (random(1000) / 1000) ** 2)
      const hash = Math.imul(key + 1, 0x9e3779b1)
      if (random(20) === 0) {
        miniatures.remove(hash)
        for (const cache of caches) {
          const slot = cache.slotOf.get(hash)
          if (slot !== undefined) cache.leave(slot, false)
        }
        continue
      }
      const expected = caches.reduce((bits, cache, at) => bits | (cache.request(hash) ? 1 << at : 0), 0)
      expect(miniatures.request(hash)).toBe(expected)
    }
    const { residents, keys } = miniatures.sizes
    expect(residents).toEqual(caches.map((cache) => cache.slotOf.size))
    expect(keys).toBe(new Set(caches.flatMap((cache) => [...cache.slotOf.keys()])).size)
  })
})
