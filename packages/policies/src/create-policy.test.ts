import { CacheConfigError } from '@mtaio/exceptions'
import { describe, expect, it } from 'vitest'
import { createPolicy, EvictionPolicy, FIFO, LFU, LRU, type PolicyFactory, S3FIFO, SIEVE, WTinyLFU } from './index.js'

describe('createPolicy', () => {
  it.each([
    { choice: EvictionPolicy.LRU, plain: 'lru', type: LRU },
    { choice: EvictionPolicy.LFU, plain: 'lfu', type: LFU },
    { choice: EvictionPolicy.FIFO, plain: 'fifo', type: FIFO },
    { choice: EvictionPolicy.SIEVE, plain: 'sieve', type: SIEVE },
    { choice: EvictionPolicy.S3FIFO, plain: 's3-fifo', type: S3FIFO },
    { choice: EvictionPolicy.WTinyLFU, plain: 'w-tinylfu', type: WTinyLFU },
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
    { choice: 'lur', message: /not 'lur': did you mean 'lru'\?/ },
    { choice: 'fif', message: /not 'fif': did you mean 'fifo'\?/ },
    { choice: 'Ffio', message: /not 'Ffio': did you mean 'fifo'\?/ },
    { choice: 'fio', message: /not 'fio': did you mean 'fifo'\?/ },
    { choice: 'lxru', message: /not 'lxru': did you mean 'lru'\?/ },
    { choice: 'lfx', message: /not 'lfx': did you mean 'lfu'\?/ },
    { choice: 'S3FIFO', message: /not 'S3FIFO': did you mean 's3-fifo'\?/ },
    { choice: 'Sieve', message: /not 'Sieve': did you mean 'sieve'\?/ },
    { choice: 'TinyLFU', message: /not 'TinyLFU': did you mean 'w-tinylfu'\?/ },
    { choice: 'W_TINY_LFU', message: /not 'W_TINY_LFU': did you mean 'w-tinylfu'\?/ },
    { choice: 'l', message: /not 'l'$/ },
    { choice: null, message: /not null$/ },
    {
      choice: 'random',
      message:
        /one of 'lru', 'lfu', 'fifo', 'sieve', 's3-fifo', 'w-tinylfu', 'adaptive' or a factory \(capacity\) => Policy, not 'random'$/,
    },
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

  it('quotes no more of a wrong name than a person would read', () => {
    expect(() => createPolicy('x'.repeat(100_000) as never, 10)).toThrow(/not 'x{64}…'$/)
  })

  it('refuses a class in a factory’s place, and says how to pass it', () => {
    const attempt = () => createPolicy(LRU as unknown as PolicyFactory, 10)
    expect(attempt).toThrow(CacheConfigError)
    expect(attempt).toThrow(/threw instead of making a policy: it is a class; pass \(\) => new LRU\(\)$/)
    expect(() => createPolicy(class {} as unknown as PolicyFactory, 10)).toThrow(/pass \(\) => new Policy\(\)$/)
  })

  it('hands on what a factory threw, as the cause', () => {
    const cause = new RangeError('too small')
    const factory = () => {
      throw cause
    }
    expect(() => createPolicy(factory, 1)).toThrow(expect.objectContaining({ code: 'INVALID_CONFIG', cause }))
    expect(() => createPolicy(factory, 1)).toThrow(/threw instead of making a policy$/)
  })
})
