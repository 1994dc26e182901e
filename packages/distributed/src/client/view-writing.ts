/** How values are stored and removed, one or many, and what loads under way, listeners and counters learn of it. */
import type { Duration, Entries, SetOptions } from '@mtaio/core'
import { checkSetOptions, checkValue, pairsOf, parseDuration } from '@mtaio/core/engine'
import type { Budget } from '../coordinator/budget.js'
import { inBatches } from './batch.js'
import type { RecordVerbs } from './record-verbs.js'
import type { ViewState } from './view-state.js'

export class ViewWriting<T> {
  constructor(
    private readonly verbs: RecordVerbs<T>,
    private readonly state: ViewState<T>,
    private readonly defaultTtl: number,
  ) {}

  set(key: string, value: T, ttl: Duration | SetOptions | undefined): Promise<void> {
    return this.state.call(() => this.verbs.within(this.prepare(key, value, ttl)))
  }

  async setMany(entries: Entries<T>, ttl: Duration | SetOptions | undefined): Promise<void> {
    this.state.checkOpen()
    // Everything is checked and encoded before anything is sent.
    const writes = [...pairsOf(entries)].map(([key, value]) => [key, this.prepare(key, value, ttl)] as const)
    if (writes.length === 0) checkSetOptions(ttl, this.defaultTtl)
    await inBatches(
      this.verbs,
      'setMany',
      writes,
      ([key]) => key,
      ([, write], budget) => write(budget),
    )
  }

  async touch(key: string, ttl: Duration | undefined): Promise<boolean> {
    this.state.checkOpen()
    const life = ttl === undefined ? this.defaultTtl : parseDuration(ttl, 'ttl')
    const touched = await this.verbs.within((budget) => this.verbs.touch(key, life, budget))
    if (touched) this.state.watchers.changed(key, 'touched')
    return touched
  }

  async delete(key: string): Promise<boolean> {
    this.state.checkOpen()
    this.verbs.keyspace.physical(key)
    return this.verbs.within((budget) => this.remove(key, budget))
  }

  async deleteMany(keys: readonly string[]): Promise<number> {
    const asked = [...new Set(keys)]
    const deleted = await inBatches(this.verbs, 'deleteMany', asked, String, (key, budget) => this.remove(key, budget))
    return deleted.filter(Boolean).length
  }

  private async remove(key: string, budget: Budget): Promise<boolean> {
    const { watchers, counter, events } = this.state
    watchers.changed(key, 'deleted')
    const wasThere = await this.verbs.remove(key, budget)
    // A load that began between the two saw the old value at the latest.
    watchers.changed(key, 'deleted')
    if (!wasThere) return false
    counter.deletes++
    events.emit('delete', key)
    return true
  }

  private prepare(key: string, value: T, ttl: Duration | SetOptions | undefined) {
    this.verbs.keyspace.physical(key)
    checkValue(key, value)
    const write = this.verbs.prepare(key, value, checkSetOptions(ttl, this.defaultTtl))
    return (budget: Budget) => {
      this.state.watchers.changed(key, 'set')
      return write(budget, () => this.state.stored(key, value))
    }
  }
}
