/** A trace in memory: which key each request asks for, in order, and what its entry weighs. */
import { CacheConfigError } from '@mtaio/exceptions'
import { Interner } from './interner.js'

/** A trace, as {@link RequestsBuilder} makes it: 4 bytes a request, 8 more where entries are weighed. */
export interface Requests {
  /** The key of each request, as an id from 0 on. */
  readonly ids: Int32Array
  /** 32 bits of hash for each id; there are as many as keys. */
  readonly hashes: Int32Array
  /** What the entry of each request weighs; left out where every entry counts 1. */
  readonly weights?: Float64Array
}

const FIRST_CAPACITY = 4096
/** The most that fit typed arrays indexed by Int32. */
const MAX_REQUESTS = 2 ** 30

/** Collects a trace request by request. */
export class RequestsBuilder {
  private readonly interner = new Interner()
  private ids = new Int32Array(FIRST_CAPACITY)
  private weights: Float64Array<ArrayBuffer> | undefined
  private length = 0

  /** How many requests have been added. */
  get size(): number {
    return this.length
  }

  /**
   * Adds a request for a key.
   *
   * @param weight - what its entry weighs; given for all requests or for none
   * @throws CacheConfigError where it is no weight, or some requests have one and others not
   */
  add(key: string, weight?: number): void {
    this.push(this.interner.idOfKey(key), weight)
  }

  /** Adds a request for the key that is `bytes[from … to)`: the same key as the string of these bytes in UTF-8. */
  addBytes(bytes: Uint8Array, from: number, to: number, weight?: number): void {
    this.push(this.interner.idOfBytes(bytes, from, to), weight)
  }

  /** The requests so far. */
  build(): Requests {
    const trace = { ids: this.ids.subarray(0, this.length), hashes: this.interner.hashes() }
    return this.weights === undefined ? trace : { ...trace, weights: this.weights.subarray(0, this.length) }
  }

  private push(id: number, weight: number | undefined): void {
    const at = this.length
    if (at === this.ids.length) this.grow()
    if (weight !== undefined) this.weigh(at, weight)
    else if (this.weights !== undefined) throw new CacheConfigError('weights are given for all requests or for none')
    this.ids[at] = id
    this.length++
  }

  private weigh(at: number, weight: number): void {
    if (!(weight >= 0 && weight < Number.POSITIVE_INFINITY)) {
      throw new CacheConfigError(`a weight must be a finite number from 0 up, not ${weight}`)
    }
    if (this.weights === undefined) {
      if (at > 0) throw new CacheConfigError('weights are given for all requests or for none')
      this.weights = new Float64Array(this.ids.length)
    }
    this.weights[at] = weight
  }

  private grow(): void {
    if (this.length >= MAX_REQUESTS) throw new CacheConfigError(`a trace has at most ${MAX_REQUESTS} requests`)
    const capacity = 2 * this.ids.length
    const ids = new Int32Array(capacity)
    ids.set(this.ids)
    this.ids = ids
    if (this.weights === undefined) return
    const weights = new Float64Array(capacity)
    weights.set(this.weights)
    this.weights = weights
  }
}

/** A trace of keys that are at hand, each entry counting 1. */
export function requestsOf(keys: Iterable<string>): Requests {
  const builder = new RequestsBuilder()
  for (const key of keys) builder.add(key)
  return builder.build()
}

/** What one entry of each key weighs together, each by its first request: what a cache of 100% holds. */
export function totalWeight({ ids, hashes, weights }: Requests): number {
  if (weights === undefined) return hashes.length
  let total = 0
  let seen = 0
  // Ids are dense in order of appearance, so a new one is a key's first request.
  for (let at = 0; at < ids.length; at++) {
    if (ids[at] === seen) {
      total += weights[at]!
      seen++
    }
  }
  return total
}
