/** What a cache tells its advisor: which keys were asked for, stored and deleted. Knows no value. */
import { EvictionPolicy, type PolicyFactory } from '@mtaio/policies'
import { type Advice, Advisor } from '@mtaio/policies/advice'
import type { EntryStore } from './store/entry-store.js'
import type { Space } from './store/space.js'

export class LiveAdvice<T> {
  private readonly advisor: Advisor
  private rehashes = 0

  constructor(
    private readonly store: EntryStore<T>,
    private capacity: number,
    policy: EvictionPolicy | PolicyFactory,
  ) {
    this.advisor = new Advisor({ capacity, policy, policies: Object.values(EvictionPolicy) })
  }

  /** The key that was just looked for was read. */
  read(space: Space<T>): void {
    const hash = this.store.hash.last ^ space.salt
    if (this.store.rehashes !== this.rehashes) this.beginAnew()
    if (this.advisor.wants(hash)) this.advisor.read(hash)
  }

  /** The key that was just stored was written. */
  wrote(space: Space<T>): void {
    const hash = this.store.hash.last ^ space.salt
    if (this.store.rehashes !== this.rehashes) this.beginAnew()
    if (this.advisor.samples(hash)) this.advisor.wrote(hash)
  }

  removed(space: Space<T>, key: string): void {
    const hash = this.store.hash.of(key) ^ space.salt
    if (this.store.rehashes !== this.rehashes) this.beginAnew()
    if (this.advisor.samples(hash)) this.advisor.removed(hash)
  }

  /** What was learned of another capacity says little of this one. */
  resize(capacity: number): void {
    if (capacity === this.capacity) return
    this.capacity = capacity
    this.advisor.resize(capacity)
  }

  advice(): Advice {
    return this.advisor.advice()
  }

  /** Keys are hashed in another way now. */
  private beginAnew(): void {
    this.rehashes = this.store.rehashes
    this.advisor.resize(this.capacity)
  }
}
