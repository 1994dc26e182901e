/**
 * What all faces of one namespace share: statistics, listeners, loads in flight. A face with call options of its own
 * (`cache.with`) is another face on the same state.
 */
import { Counter, checkSetOptions, Emitter, Fence, Loader, type StoreOptions, Watchers } from '@mtaio/core/engine'
import { CacheClosedError, CacheConnectionError } from '@mtaio/exceptions'
import type { DistributedCacheEvents } from './distributed-stats.js'
import type { Evidence, RecordVerbs, Storing } from './record-verbs.js'

export class ViewState<T> {
  readonly watchers = new Watchers()
  readonly counter = new Counter()
  readonly events = new Emitter<DistributedCacheEvents<T>>()
  readonly loader: Loader<T, Evidence, Fence>
  closed = false

  /** @param verbs - with the cache's own options: a fill is for all who wait, whatever the first of them asked */
  constructor(
    private readonly verbs: RecordVerbs<T>,
    private readonly defaultTtl: number,
  ) {
    const { wallNow: now, clock } = verbs.cluster.parts
    this.loader = new Loader<T, Evidence, Fence>(
      {
        openFence: (key, onBroken) => new Fence(this.watchers, key, onBroken),
        fill: (key, value, options, fence, evidence) => this.fill(key, value, options, fence, evidence),
        loadFailed: () => void this.counter.loadFailures++,
      },
      { clock: { now, setTimer: (fire, delay) => clock.setTimer(fire, delay) }, defaultTtl },
    )
  }

  checkOpen(): void {
    if (this.closed) throw new CacheClosedError('this cache was disposed: make a new one, or dispose it later')
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

  private async fill(
    key: string,
    value: T,
    { store, ttl, tags }: StoreOptions,
    fence: Fence,
    evidence: Evidence,
  ): Promise<T> {
    this.counter.loads++
    const storing: Storing = checkSetOptions({ ttl, tags }, this.defaultTtl)
    if (store && !this.closed && fence.holds(storing.tags)) {
      try {
        if (await this.verbs.fill(key, value, storing, evidence)) {
          this.counter.sets++
          this.events.emit('set', key, value)
        }
      } catch (error) {
        // Whoever waits for the value shall have it, whatever the nodes do.
        if (!(error instanceof CacheConnectionError)) throw error
        this.events.emit('error', error)
      }
    }
    this.events.emit('load', key, value)
    return value
  }
}
