/** `getOrSet` and `getOrSetMany` of a distributed cache: look, and load what is absent, old, or soon to be. */
import type { GetOrSetOptions, Load, LoadMany } from '@mtaio/core'
import { loadMany, parseDuration } from '@mtaio/core/engine'
import { CacheConfigError } from '@mtaio/exceptions'
import type { Budget } from '../coordinator/budget.js'
import type { ReadResult } from '../coordinator/read-request.js'
import { inBatches } from './batch.js'
import { inOneFlight } from './cluster-flight.js'
import type { StaleValue } from './found.js'
import type { NearReads } from './near-reads.js'
import type { RecordVerbs } from './record-verbs.js'
import type { ViewState } from './view-state.js'

const LEASE = 10_000

export class ViewLoading<T> {
  constructor(
    private readonly verbs: RecordVerbs<T>,
    private readonly state: ViewState<T>,
    private readonly near: NearReads<T> | undefined,
  ) {}

  /** @param onLook - told whether there was a live value, once that is known */
  async one(key: string, load: Load<T>, options: GetOrSetOptions, onLook?: (isHit: boolean) => void): Promise<T> {
    const { verbs } = this
    const budget = verbs.budget()
    const looked = () => verbs.within((own) => this.look(key, options, own), budget)
    const { value, evidence, lifeLeft, loadTime } = await (this.near?.unlessOutage([key], looked, ([entry]) =>
      this.seen(entry!.value, entry!.result),
    ) ?? looked())
    this.state.count(key, value)
    onLook?.(value !== undefined)
    const isShared = options?.singleFlight === 'cluster' && typeof load === 'function'
    const leaseMs = isShared && options.lease !== undefined ? parseDuration(options.lease, 'lease') : LEASE
    const loading = isShared ? inOneFlight(verbs.with({ signal: undefined }), load, evidence, leaseMs) : load
    // Disposed meanwhile, there is nobody who would abort it.
    if (value === undefined) this.state.checkOpen()
    if (value === undefined) return this.state.loader.load(key, loading, this.loadingBy(budget, options), evidence)
    if (!this.state.closed) this.ahead(key, loading, options, { value, evidence, lifeLeft, loadTime })
    return value
  }

  /** @param onLook - told how many distinct keys there were, and how many of them live, once that is known */
  async many(
    keys: readonly string[],
    load: LoadMany<T>,
    options: GetOrSetOptions,
    onLook?: (keys: number, hits: number) => void,
  ): Promise<Map<string, T>> {
    if (options?.singleFlight === 'cluster') {
      throw new CacheConfigError(
        "singleFlight: 'cluster' is for getOrSet: one lease a key does not go with one load of many",
      )
    }
    const { verbs, state } = this
    const budget = verbs.budget()
    const asked = [...new Set(keys)]
    const looked = () => inBatches(verbs, 'getOrSetMany', asked, String, (key, each) => this.look(key, options, each))
    const all = await (this.near?.unlessOutage(asked, looked, (entries) =>
      entries.map(({ value, result }) => this.seen(value, result)),
    ) ?? looked())
    const looks = new Map(asked.map((key, i) => [key, all[i]!]))
    for (const [key, { value }] of looks) state.count(key, value)
    const missing = asked.filter((key) => looks.get(key)!.value === undefined)
    onLook?.(asked.length, asked.length - missing.length)
    if (missing.length > 0) state.checkOpen()
    const loaded = await loadMany(missing, load, (key, one) =>
      state.loader.load(key, one, this.loadingBy(budget, options), looks.get(key)!.evidence),
    )
    const due = asked.filter((key) => looks.get(key)!.value !== undefined && asksAhead(options))
    if (due.length > 0 && !state.closed) {
      const behind = loadMany(due, load, async (key, one) => {
        const look = looks.get(key)!
        this.ahead(key, one, options, { ...look, value: look.value as T })
        return look.value as T
      })
      behind.catch((error: unknown) => this.state.events.emit('error', error))
    }
    const found = asked.map((key) => [key, looks.get(key)!.value ?? loaded.get(key)] as const)
    return new Map(found.filter((pair): pair is [string, T & {}] => pair[1] !== undefined))
  }

  private async look(key: string, options: GetOrSetOptions, budget: Budget) {
    const { verbs } = this
    const isKept = options?.staleWhileRevalidate !== undefined || options?.staleIfError !== undefined
    const { value, result, stale } =
      (await this.near?.look(key, budget, isKept)) ??
      (isKept ? await verbs.readKept(key, budget) : { ...(await verbs.read(key, budget)), stale: undefined })
    return this.seen(value, result, stale)
  }

  private seen(value: T | undefined, result: ReadResult, stale?: StaleValue<T>) {
    const { verbs } = this
    const { expiresAt, loadTime } = result.record ?? { expiresAt: 0, loadTime: 0 }
    const lifeLeft = expiresAt === 0 ? Number.POSITIVE_INFINITY : expiresAt - verbs.cluster.parts.wallNow()
    return { value, evidence: { ...verbs.evidence(result, stale) }, lifeLeft, loadTime }
  }

  private ahead(key: string, load: Load<T>, options: GetOrSetOptions, look: Look<T>): void {
    if (!asksAhead(options)) return
    const { value, evidence, lifeLeft, loadTime } = look
    this.state.loader.ahead(key, load, options, evidence, lifeLeft, value, loadTime)
  }

  /** A call that was given a signal or a time has them for its load, too, unless that has its own. */
  private loadingBy({ deadline }: Budget, options: GetOrSetOptions): GetOrSetOptions {
    const { signal, timeout } = this.verbs.call
    if (signal === undefined && timeout === undefined) return options
    const left = timeout === undefined ? undefined : Math.max(1, deadline - this.verbs.cluster.parts.clock.now()) / 1000
    return { ...options, signal: options.signal ?? signal, timeout: options.timeout ?? left }
  }
}

/** A value that was found, and what a load of the next one goes by. */
interface Look<T> {
  readonly value: T
  readonly evidence: ReturnType<RecordVerbs<T>['evidence']>
  readonly lifeLeft: number
  readonly loadTime: number
}

function asksAhead(options: GetOrSetOptions): boolean {
  return options?.refreshAhead !== undefined || options?.earlyRefresh !== undefined
}
