/** How values are read, one or many: near first where there is a near cache, then from the nodes; counted, and told of. */
import type { Budget } from '../coordinator/budget.js'
import { inBatches } from './batch.js'
import type { Found } from './found.js'
import { type DistributedInspection, inspectView } from './inspect-view.js'
import type { NearReads } from './near-reads.js'
import type { RecordVerbs } from './record-verbs.js'
import type { ViewState } from './view-state.js'

export class ViewReading<T> {
  constructor(
    private readonly verbs: RecordVerbs<T>,
    private readonly state: ViewState<T>,
    private readonly near: NearReads<T> | undefined,
  ) {}

  get<D>(key: string, defaultValue: D | undefined): Promise<T | D | undefined> {
    const { near, state } = this
    const held = near === undefined || state.closed ? undefined : near.hit(key)
    if (held === undefined) return this.ask(key, defaultValue)
    state.count(key, held.value)
    return Promise.resolve(held.value === undefined ? defaultValue : held.value)
  }

  async peek(key: string): Promise<T | undefined> {
    const { near } = this
    this.state.checkOpen()
    const held = near?.glance(key)
    if (held !== undefined) return held.value
    const look = async () => (await this.look(key)).value
    return near === undefined ? look() : near.unlessOutage([key], look, ([entry]) => entry!.value)
  }

  /** What the nodes hold. No use. */
  look(key: string): Promise<Found<T>> {
    this.state.checkOpen()
    return this.verbs.within((budget) => this.verbs.read(key, budget))
  }

  /** Why a key is there, or why not. No use. */
  inspect(key: string): Promise<DistributedInspection> {
    const { verbs, state, near } = this
    return state.call(() => {
      verbs.keyspace.physical(key)
      return verbs.within((budget) => inspectView(verbs, state, near, key, budget))
    })
  }

  async getMany<D>(keys: readonly string[], defaultValue: D | undefined): Promise<Map<string, T | D | undefined>> {
    const { near } = this
    const asked = [...new Set(keys)]
    const get = (key: string, budget: Budget) => {
      const take = (value: T | undefined) => [key, this.taken(key, value, defaultValue)] as const
      return (near ?? this.verbs).readValue(key, budget, take)
    }
    const read = async () => new Map(await inBatches(this.verbs, 'getMany', asked, String, get))
    if (near === undefined) return read()
    return near.unlessOutage(
      asked,
      read,
      (entries) =>
        new Map(entries.map(({ value }, i) => [asked[i]!, this.taken(asked[i]!, value, defaultValue)] as const)),
    )
  }

  // Closures apart from the hit, which would pay for them.
  private ask<D>(key: string, defaultValue: D | undefined): Promise<T | D | undefined> {
    const { near } = this
    const take = (value: T | undefined) => this.taken(key, value, defaultValue)
    if (near === undefined) return this.state.call(() => this.verbs.get(key, take))
    const read = () => this.verbs.within((budget) => near.readValue(key, budget, take))
    return this.state.call(() => near.unlessOutage([key], read, ([entry]) => take(entry!.value)))
  }

  private taken<D>(key: string, value: T | undefined, defaultValue: D | undefined): T | D | undefined {
    this.state.count(key, value)
    return value === undefined ? defaultValue : value
  }
}
