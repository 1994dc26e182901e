import { CacheConfigError } from '@mtaio/exceptions'
import { describe, expect, it } from 'vitest'
import { createPolicy, EvictionPolicy, FIFO, LFU, LRU, type PolicyFactory } from './index.js'

describe('createPolicy', () => {
  it.each([
    { choice: EvictionPolicy.LRU, plain: 'lru', type: LRU },
    { choice: EvictionPolicy.LFU, plain: 'lfu', type: LFU },
    { choice: EvictionPolicy.FIFO, plain: 'fifo', type: FIFO },
  ] as const)('makes $plain, by constant and by plain string', ({ choice, plain, type }) => {
    expect(createPolicy(choice, 10)).toBeInstanceOf(type)
    expect(createPolicy(plain, 10)).toBeInstanceOf(type)
  })

  it('makes a new policy each time', () => {
    expect(createPolicy('lru', 10)).not.toBe(createPolicy('lru', 10))
  })

  it('asks a factory, with the capacity, and gives what it made', () => {
    const made = new LRU()
    const capacities: number[] = []
    const factory: PolicyFactory = (capacity) => {
      capacities.push(capacity)
      return made
    }
    expect(createPolicy(factory, 17)).toBe(made)
    expect(createPolicy(factory, Number.POSITIVE_INFINITY)).toBe(made)
    expect(capacities).toEqual([17, Number.POSITIVE_INFINITY])
  })

  it.each([
    { choice: 'LRU', message: /not 'LRU': did you mean 'lru'\?/ },
    { choice: 'TTL_LFU', message: /not 'TTL_LFU': did you mean 'lfu'\?/ },
    { choice: 'random', message: /one of 'lru', 'lfu', 'fifo' or a factory \(capacity\) => Policy, not 'random'$/ },
    { choice: '', message: /not ''$/ },
    { choice: undefined, message: /not undefined$/ },
    { choice: 1, message: /not number$/ },
    { choice: 'constructor', message: /not 'constructor'$/ },
    { choice: '__proto__', message: /not '__proto__'$/ },
  ])('refuses $choice by name and says what there is', ({ choice, message }) => {
    const attempt = () => createPolicy(choice as never, 10)
    expect(attempt).toThrow(CacheConfigError)
    expect(attempt).toThrow(message)
  })

  it('refuses what a factory made when it is no policy, and says what it lacks', () => {
    const attempt = (made: unknown) => () => createPolicy((() => made) as unknown as PolicyFactory, 10)
    expect(attempt({ onInsert() {}, onHit() {}, onUpdate() {}, onRemove() {}, victim: () => -1 })).toThrow(
      /made no policy: it lacks order$/,
    )
    for (const made of [undefined, null, {}, 'lru']) {
      expect(attempt(made)).toThrow(CacheConfigError)
      expect(attempt(made)).toThrow(/it lacks onInsert, onHit, onUpdate, onRemove, victim, order$/)
    }
  })
})
