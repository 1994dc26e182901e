/**
 * What all faces of one namespace share: statistics, listeners, loads in flight. A face with call options of its own
 * (`cache.with`) is another face on the same state.
 */
import {
  Counter,
  checkSetOptions,
  Emitter,
  Fence,
  Loader,
  type Stale,
  type StoreOptions,
  Watchers,
} from '@mtaio/core/engine'
import { CacheClosedError, CacheConnectionError, CacheLoadError } from '@mtaio/exceptions'
import { compareVersions, NO_VERSION, type Version } from '../record/version.js'
import { type Flying, giveBack } from './cluster-flight.js'
import type { DistributedCacheEvents } from './distributed-stats.js'
import type { NearReads } from './near-reads.js'
import type { RecordVerbs, Storing } from './record-verbs.js'

export class ViewState<T> {
  readonly watchers: Watchers
  readonly counter = new Counter()
  readonly events = new Emitter<DistributedCacheEvents<T>>()
  readonly loader: Loader<T, Flying, Fence>
  closed = false

  /**
   * @param verbs - with the cache's own options: a fill is for all who wait, whatever the first of them asked
   * @param near - for a cache that has one
   */
  constructor(
    private readonly verbs: RecordVerbs<T>,
    private readonly defaultTtl: number,
    readonly near?: NearReads<T>,
  ) {
    this.watchers = near?.watchers ?? new Watchers()
    if (near !== undefined) near.onOutage = (key, age) => this.events.emit('outage', key, age)
    const { wallNow: now, clock } = verbs.cluster.parts
    this.loader = new Loader<T, Flying, Fence>(
      {
        openFence: (key, onBroken) => new Fence(this.watchers, key, onBroken),
        fill: (key, value, options, fence, evidence) => this.fill(key, value, options, fence, evidence),
        overtakes: ({ result: found }, { result: begun }) =>
          isLater(found.version, begun.version) ||
          found.registers.some((version, i) => isLater(version, begun.registers[i])),
        loadFailed: () => void this.counter.loadFailures++,
        stale: (_key, { stale }) => stale && { value: stale.value as T, age: Math.max(0, now() - stale.since) },
        staleNow: (key) => this.staleNow(key),
        servedStale: () => void this.counter.staleHits++,
        refreshFailed: (key, cause) => {
          const message = `the value of '${key}' could not be refreshed; the next attempt waits a while`
          this.events.emit('error', new CacheLoadError(message, { key, cause }))
        },
      },
      { clock: { now, setTimer: (fire, delay) => clock.setTimer(fire, delay) }, defaultTtl },
    )
  }

  /** Counts a read and tells of it. */
  count(key: string, value: T | undefined): void {
    if (value === undefined) {
      this.counter.misses++
      this.events.emit('miss', key)
    } else {
      this.counter.hits++
      // Asked first: an event that nobody hears still costs an array.
      if (this.events.has('hit')) this.events.emit('hit', key, value)
    }
  }

  /** Counts a value that was stored, and tells of it. */
  stored(key: string, value: T): void {
    this.counter.sets++
    this.watchers.changed(key, 'set')
    this.events.emit('set', key, value)
  }

  checkOpen(): void {
    if (this.closed) throw new CacheClosedError('this cache was disposed: make a new one, or dispose it later')
  }

  /** Runs a call as an `async` function does, without the promise that one adds. */
  call<R>(run: () => Promise<R>): Promise<R> {
    try {
      this.checkOpen()
      return run()
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** Waits for loads under way. */
  async settled(): Promise<void> {
    this.checkOpen()
    await this.loader.settled()
  }

  close(): void {
    this.closed = true
    this.loader.abortAll(new CacheClosedError('the cache was disposed while this value was being loaded'))
    this.watchers.allChanged('cleared')
  }

  /** What is kept of a value now: it may have been invalidated, here or elsewhere, since its load began. */
  private async staleNow(key: string): Promise<Stale<T> | undefined> {
    const { cluster } = this.verbs
    const { value, stale } = await this.verbs.readKept(key, cluster.budget())
    // Another client has loaded it meanwhile.
    if (value !== undefined) return { value, age: 0 }
    return stale && { value: stale.value, age: Math.max(0, cluster.parts.wallNow() - stale.since) }
  }

  private async fill(
    key: string,
    value: T,
    { store, ttl, tags, graceMs, loadTime }: StoreOptions,
    fence: Fence,
    evidence: Flying,
  ): Promise<T> {
    if (evidence.isFound) return value
    this.counter.loads++
    const storing: Storing = { ...checkSetOptions({ ttl, tags }, this.defaultTtl), graceMs, loadTime }
    if (store && !this.closed && fence.holds(storing.tags)) {
      try {
        const isStored = await this.verbs.fill(key, value, storing, evidence)
        this.near?.changed(key)
        if (isStored) {
          this.counter.sets++
          this.events.emit('set', key, value)
        }
      } catch (error) {
        // Whoever waits for the value shall have it, whatever the nodes do.
        if (!(error instanceof CacheConnectionError)) throw error
        this.events.emit('error', error)
      }
    }
    void giveBack(this.verbs, key, evidence)
    this.events.emit('load', key, value)
    return value
  }
}

function isLater(version: Version, than: Version = NO_VERSION): boolean {
  return compareVersions(version, than) > 0
}
