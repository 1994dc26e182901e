/** Reads that look near first: the near cache's entries for one namespace, and the verbs that ask the nodes. */
import type { Budget } from '../coordinator/budget.js'
import type { NearCache, StaleEntry } from '../near/near-cache.js'
import type { NearEntry } from '../near/near-entry.js'
import type { NearSpace } from '../near/near-space.js'
import { NearWatchers } from '../near/near-watchers.js'
import { registerName } from '../near/news.js'
import type { NearStats } from './distributed-stats.js'
import type { Found, StaleValue } from './found.js'
import type { RecordVerbs } from './record-verbs.js'

/** Told of each answer that was given though no node was in reach, and how old it may be at most, ms. */
export type OnOutage = (key: string, age: number) => void

type Kept<T> = Found<T> & { readonly stale: StaleValue<T> | undefined }

export class NearReads<T> {
  readonly watchers: NearWatchers
  readonly space: NearSpace<T>

  constructor(
    readonly near: NearCache<T>,
    private readonly verbs: RecordVerbs<T>,
    /** Set by whoever has listeners. */
    public onOutage: OnOutage = () => undefined,
    shared?: NearReads<T>,
  ) {
    const { keyspace } = verbs
    this.space = near.space(keyspace.path)
    this.watchers =
      shared?.watchers ??
      new NearWatchers({
        keyChanged: (key) => this.space.keyChanged(key),
        tagChanged: (tag) => this.space.tagChanged(registerName(keyspace.tagRegister(tag))),
        allChanged: () => near.clear(keyspace.path),
      })
  }

  /** The same entries before other verbs. */
  over(verbs: RecordVerbs<T>): NearReads<T> {
    return verbs === this.verbs ? this : new NearReads(this.near, verbs, (key, age) => this.onOutage(key, age), this)
  }

  /** What is certain to hold without asking anybody; counted. */
  hit(key: string): NearEntry<T> | undefined {
    const entry = this.find(key)
    if (entry !== undefined) this.space.counts.hits++
    return entry
  }

  /** The same without a trace. */
  glance(key: string): NearEntry<T> | undefined {
    return typeof key === 'string' && key !== '' ? this.near.glance(this.space, key) : undefined
  }

  /** Seconds for which an entry is kept at most. */
  lifeLeft(key: string): number {
    return this.space.lifeLeft(key)
  }

  /** A load of this client's was stored. */
  changed(key: string): void {
    this.space.keyChanged(key)
  }

  /** As `RecordVerbs.readValue`, of which it is the first half. */
  async readValue<R>(key: string, budget: Budget, take: (value: T | undefined) => R) {
    const held = this.hit(key)
    if (held !== undefined) return take(held.value)
    return take((await this.fetch(key, () => this.verbs.read(key, budget))).value)
  }

  /** What a load goes by: a live value from near, else what the nodes hold. */
  async look(key: string, budget: Budget, isKept: boolean): Promise<Kept<T>> {
    const held = this.find(key)
    if (held?.value !== undefined) {
      this.space.counts.hits++
      return { value: held.value, result: held.result, stale: undefined }
    }
    if (isKept) return this.fetch(key, () => this.verbs.readKept(key, budget))
    return { ...(await this.fetch(key, () => this.verbs.read(key, budget))), stale: undefined }
  }

  /** A frozen snapshot. */
  get stats(): NearStats {
    const { counts, size } = this.space
    const { hits, misses, fills, fenced, dropped: invalidations, outageHits } = counts
    const { listening } = this.near.ears
    return Object.freeze({ hits, misses, fills, fenced, invalidations, outageHits, items: size, listening })
  }

  /** Runs reads of these keys; where not even who the nodes are can be asked, entries answer, if there is one for each key. */
  async unlessOutage<R>(
    keys: readonly string[],
    run: () => Promise<R>,
    take: (entries: readonly NearEntry<T>[]) => R,
  ): Promise<R> {
    const began = this.verbs.cluster.parts.clock.now()
    try {
      return await run()
    } catch (error) {
      const kept = keys.map((key) => this.near.inOutage(this.space, key, error, began))
      if (kept.length === 0 || kept.includes(undefined)) throw error
      return take(kept.map((stale, i) => this.serve(keys[i]!, stale!)))
    }
  }

  private find(key: string): NearEntry<T> | undefined {
    // What is no key is refused where others are.
    if (typeof key !== 'string' || key === '' || this.verbs.call.signal?.aborted) return undefined
    return this.near.find(this.space, key)
  }

  private async fetch<F extends Found<T>>(key: string, read: () => Promise<F>): Promise<F> {
    const { near, space, verbs } = this
    const began = verbs.cluster.parts.clock.now()
    const fill = near.begin(space, key)
    space.counts.misses++
    let found: F
    try {
      found = await read()
    } catch (error) {
      space.leave(fill)
      const entry = this.inOutage(key, error, began)
      if (entry === undefined) throw error
      return { value: entry.value, result: entry.result, stale: undefined } as Kept<T> & F
    }
    const tags = (found.result.record?.tags ?? []).map((tag) => verbs.keyspace.tagRegister(tag))
    near.end(space, fill, found.value, found.result, tags)
    return found
  }

  private inOutage(key: string, error: unknown, began: number): NearEntry<T> | undefined {
    const stale = this.near.inOutage(this.space, key, error, began)
    return stale && this.serve(key, stale)
  }

  private serve(key: string, { entry, age }: StaleEntry<T>): NearEntry<T> {
    this.space.counts.outageHits++
    this.onOutage(key, age)
    return entry
  }
}
