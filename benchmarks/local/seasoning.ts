/**
 * What a contender has been through before it is measured. In an application one cache sees short keys, long ones and
 * non-ASCII ones, prepared and built on the spot, hits, misses and evictions; the machine code made for it must serve
 * all of them. A process that had only ever seen one kind would be faster than any user's, and results would depend on
 * the order of the operations.
 */
import { type KeyShape, keyBuilder, preparedKeys } from '../measure/keys.js'
import type { Contender } from './contender.js'
import { consume } from './operation.js'

const SHAPES: readonly KeyShape[] = ['12', '60', 'unicode']
const CAPACITY = 2000
const ROUNDS = 5

export async function season(contender: Contender): Promise<void> {
  const room = { capacity: CAPACITY, ttlMs: 3_600_000 }
  const sync = contender.sync?.(room)
  const promised = contender.async?.(room)
  const loading = contender.loading?.(room, async () => ({ id: 1 }))
  for (let round = 0; round < ROUNDS; round++) {
    for (const shape of SHAPES) {
      const build = keyBuilder(shape)
      const keys = preparedKeys(shape, 2 * CAPACITY, round * CAPACITY)
      for (let index = 0; index < keys.length; index++) {
        const key = index % 2 === 0 ? keys[index]! : build(index)
        if (sync !== undefined) {
          sync.set(key, { id: index })
          consume(sync.get(key)?.id ?? 0)
          consume(sync.get(build(index + 7 * CAPACITY))?.id ?? 0)
          if (index % 3 === 0) sync.delete?.(key)
          if (index % 5 === 0) sync.set(key, { id: index })
        }
        if (promised !== undefined) {
          await promised.set(key, { id: index })
          consume((await promised.get(key))?.id ?? 0)
        }
        if (loading !== undefined) consume((await loading.getOrSet(key)).id)
      }
    }
  }
}
