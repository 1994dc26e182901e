/**
 * What is asked of a cache: keys, values and the order of the calls, all from one seed. Built before anything is
 * measured and shared by the operations of a process. Knows no contender.
 */
import { type KeyShape, preparedKeys } from '../measure/keys.js'
import { seededRandom, shuffled } from '../measure/random.js'
import { zipfSequence } from '../measure/zipf.js'
import type { Value } from './contender.js'

/** Keys in use, which is also how many a cache holds where nothing is evicted. */
export const KEYS = 100_000
/** Calls in one pass over a cache. Time is looked at between passes only. */
export const CALLS = 1_000
/** Calls until a sequence of requests repeats. */
export const REQUESTS = 400 * CALLS
/**
 * Values in use. Few, so that reading them does not itself miss the processor's caches: every contender would wait as
 * long, and the ratios would say less about them.
 */
export const VALUES = 1024
/** The exponent of YCSB's requests. */
const ZIPF_EXPONENT = 0.99
export const TTL_MS = 3_600_000

export class Workload {
  private readonly kept = new Map<string, unknown>()

  /** @param seed - the same for all contenders of a round, another in the next round */
  constructor(private readonly seed: number) {}

  keys(shape: KeyShape, count = KEYS): readonly string[] {
    return this.once(`keys ${shape} ${count}`, () => preparedKeys(shape, count))
  }

  /** `VALUES` objects. */
  values(): readonly Value[] {
    return this.once('values', () => Array.from({ length: VALUES }, (_, id) => ({ id })))
  }

  /** Prepared keys in the order of the calls, so that an operation's loop finds them one after another in memory. */
  requests(order: 'zipf' | 'uniform', shape: KeyShape): readonly string[] {
    return this.once(`requests ${order} ${shape}`, () => this.keysAt(this[order](), this.keys(shape)))
  }

  /** As many requests for keys that no cache holds. */
  absentRequests(shape: KeyShape): readonly string[] {
    return this.once(`absent ${shape}`, () => this.keysAt(this.uniform(), this.keys(shape, 2 * KEYS).slice(KEYS)))
  }

  /** Numbers of keys by Zipf's law. Which keys are the frequent ones is left to chance. */
  zipf(): Uint32Array {
    return this.once('zipf', () => {
      const sequence = zipfSequence(KEYS, ZIPF_EXPONENT, REQUESTS, this.random(1))
      const keyOfRank = shuffled(Array(KEYS).keys(), this.random(2))
      return sequence.map((rank) => keyOfRank[rank]!)
    })
  }

  /** Numbers of keys, each as likely as any. */
  uniform(): Uint32Array {
    return this.once('uniform', () => {
      const random = this.random(3)
      return Uint32Array.from({ length: REQUESTS }, () => random() % KEYS)
    })
  }

  private keysAt(numbers: Uint32Array, keys: readonly string[]): string[] {
    return Array.from(numbers, (number) => keys[number]!)
  }

  private random(purpose: number): () => number {
    return seededRandom(this.seed * 16 + purpose)
  }

  private once<T>(name: string, make: () => T): T {
    if (!this.kept.has(name)) this.kept.set(name, make())
    return this.kept.get(name) as T
  }
}
