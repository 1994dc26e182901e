/**
 * Loads the values of absent keys: one load a key at a time, fenced against changes of the key meanwhile. Knows neither
 * where values are stored nor how one learns of changes; a `LoadTarget` does.
 *
 * Why a fence. (1) A load of `k` reads version 1 from the source; (2) somebody writes version 2 there and deletes `k`
 * here; (3) the load returns version 1. Storing it would bring back, for a whole TTL, what was just invalidated. So a
 * value is stored only if its fence, opened before the load began, still stands; its callers get it either way. Who
 * asks after (2) must not be given version 1 at all, so a broken flight can no longer be joined.
 */
import { CacheConfigError, CacheLoadError, CacheValueError } from '@mtaio/exceptions'
import type { Duration, GetOrSetOptions, Load, LoadContext } from '../cache.js'
import { checkTags } from '../checks.js'
import { asPromise } from '../events/as-promise.js'
import { parseDuration } from '../expiry/duration.js'
import { quoted } from '../quoted.js'
import type { StoreOptions } from '../store-options.js'
import { LoadFlight } from './load-flight.js'
import { type CheckedLoadOptions, checkLoadOptions, spread } from './load-options.js'
import type { LoadFence, LoadSurroundings, LoadTarget, Stale } from './load-target.js'
import { LoadTimes } from './load-times.js'
import { RefreshBackoff } from './refresh-backoff.js'
import { RememberedFailures } from './remembered-failures.js'
import { SingleFlight } from './single-flight.js'

export class Loader<T, E = undefined, F extends LoadFence = LoadFence> {
  private readonly flights = new SingleFlight<T, LoadFlight<T, F, E>>()
  private readonly failures = new RememberedFailures()
  private readonly backoff = new RefreshBackoff()
  private readonly times = new LoadTimes()

  constructor(
    private readonly target: LoadTarget<T, E, F>,
    private readonly surroundings: LoadSurroundings,
  ) {}

  /**
   * The value that `load` answers, shared by all who ask for `key` meanwhile; the first of them decides on `load`, TTL,
   * tags and `evidence`. All share its failure, too.
   *
   * Rejects with what `load` threw; with `CacheValueError` when it answered `undefined`; with `signal.reason` when this
   * caller's signal aborts, which leaves the others alone; with `CacheConfigError` for options out of contract, before
   * anything is loaded. Never throws at once.
   *
   * @param evidence - handed to `fill`, where this call is the one that starts the load
   */
  load(key: string, load: Load<T>, options: GetOrSetOptions, evidence: E): Promise<T> {
    try {
      const checked = checkLoadOptions(load, options, this.target.stale !== undefined)
      const { signal } = checked
      if (signal?.aborted) return Promise.reject(signal.reason)
      const stale = checked.stored.graceMs > 0 ? this.target.stale?.(key, evidence) : undefined
      // Within the millisecond in which it expired, it is stale for those who allow nothing, too.
      if (stale !== undefined && checked.revalidateMs > 0 && stale.age <= checked.revalidateMs) {
        this.refresh(key, load, checked, evidence, stale.value)
        return this.serve(stale)
      }
      const failure = this.failures.of(key, this.surroundings.clock.now())
      if (failure !== undefined) return this.orStale(Promise.reject(failure.error), checked, key, evidence)
      const present = this.joinable(key, evidence)
      if (present !== undefined) {
        const shared = this.unlessOvertaken(present, () => this.load(key, load, options, evidence), signal)
        return this.orStale(this.within(shared, checked, key), checked, key, evidence)
      }

      const flight = this.open(key, checked.stored, evidence)
      flight.stale = stale?.value
      // Joined before it starts: the load may itself abort the caller's signal.
      const outcome = this.orStale(this.within(flight.join(signal), checked, key), checked, key, evidence)
      this.start(flight, load, checked, evidence)
      return outcome
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /**
   * Loads anew behind the caller's back a value that has less than `refreshAhead` left to live, or by chance as
   * `earlyRefresh` says. Never throws at once for what the load does; `CacheConfigError` for options out of contract.
   *
   * @param loadTime - how long loading it took, ms, where that was kept with the value
   */
  ahead(
    key: string,
    load: Load<T>,
    options: GetOrSetOptions,
    evidence: E,
    lifeLeft: number,
    value: T,
    loadTime = 0,
  ): void {
    const checked = checkLoadOptions(load, options, this.target.stale !== undefined)
    if (lifeLeft < checked.aheadMs || this.isEarly(key, checked, lifeLeft, loadTime))
      this.refresh(key, load, checked, evidence, value)
  }

  /** Aborts every load; whoever waits is told `reason`, and no outcome is stored. */
  abortAll(reason: Error): void {
    this.flights.abandonAll(reason)
    this.failures.clear()
  }

  /** Whether a caller of now would wait for a load that is under way. */
  isLoading(key: string): boolean {
    return this.joinable(key) !== undefined
  }

  /** The failure that a caller of now would be told, and until when, ms. */
  failureOf(key: string, now: number): { readonly error: unknown; readonly until: number } | undefined {
    return this.failures.of(key, now)
  }

  /** How many loads somebody waits for, those included that were overtaken by a change of their key. */
  get inFlight(): number {
    return this.flights.size
  }

  /** Resolves when all loads that are in flight now have ended, well or not. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.flights.all().map((flight) => flight.whenOver))
  }

  /** The flight that a caller of now may share. @param found - what that caller has found, if he has looked */
  private joinable(key: string, found?: E): LoadFlight<T, F, E> | undefined {
    const flight = this.flights.joinableFor(key)
    if (flight === undefined) return undefined
    const isOvertaken = found !== undefined && this.target.overtakes?.(found, flight.evidence) === true
    if (!isOvertaken && flight.fence.holds(flight.options.tags)) return flight
    // The key was changed, or a tag of what is being loaded invalidated: this caller must see what holds after that.
    this.flights.detach(flight)
    return undefined
  }

  /**
   * The outcome of a flight, for one who joins it late. Which tags its value carries may be known at its end only: where one
   * of them was invalidated before this caller came, he loads anew, after everything that was invalidated so far.
   */
  private unlessOvertaken(flight: LoadFlight<T, F, E>, loadAnew: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const outcome = flight.join(signal)
    const invalidated = flight.fence.invalidated?.()
    if (invalidated === undefined) return outcome
    const isOvertaken = () => flight.options.tags?.some((tag) => invalidated.has(tag)) === true
    return outcome.then(
      (value) => (isOvertaken() ? loadAnew() : value),
      (error) => {
        if (signal?.aborted || !isOvertaken()) throw error
        return loadAnew()
      },
    )
  }

  /** XFetch: whether this caller draws the lot to load before the end. */
  private isEarly(key: string, { early }: CheckedLoadOptions, lifeLeft: number, loadTime: number): boolean {
    if (early === 0) return false
    const { random = Math.random } = this.surroundings
    // 1 - random: from above 0 to 1, whose logarithm is finite.
    return Math.max(loadTime, this.times.of(key)) * early * -Math.log(1 - random()) >= lifeLeft
  }

  private open(key: string, options: StoreOptions, evidence: E): LoadFlight<T, F, E> {
    const flight = new LoadFlight<T, F, E>(key, options, evidence, (over) => {
      this.flights.remove(over)
      if (!over.filling && !over.isRemembered) over.fence.close()
    })
    flight.fence = this.target.openFence(key, () => {
      this.flights.detach(flight)
      if (flight.isRemembered) this.failures.forget(key)
    })
    this.flights.add(flight)
    return flight
  }

  /** A load that nobody waits for, unless there is one already or the last one failed lately. */
  private refresh(key: string, load: Load<T>, options: CheckedLoadOptions, evidence: E, stale: T): void {
    if (this.joinable(key) !== undefined || this.backoff.holds(key, this.surroundings.clock.now())) return
    const flight = this.open(key, options.stored, evidence)
    flight.isRefresh = true
    flight.stale = stale
    this.start(flight, load, options, evidence)
  }

  private serve({ value }: Stale<T>): Promise<T> {
    this.target.servedStale?.()
    return Promise.resolve(value)
  }

  /**
   * The outcome, or what is kept of the key when that fails or is not there in time. It is asked for anew then: what was
   * invalidated meanwhile is kept no longer.
   */
  private orStale(
    outcome: Promise<T>,
    { ifErrorMs, softMs, signal }: CheckedLoadOptions,
    key: string,
    evidence: E,
  ): Promise<T> {
    if (ifErrorMs === 0) return outcome
    const { target } = this
    const allowed = (stale: Stale<T> | undefined) => (stale !== undefined && stale.age <= ifErrorMs ? stale : undefined)
    const kept = async () =>
      allowed(target.staleNow === undefined ? target.stale?.(key, evidence) : await target.staleNow(key, evidence))
    const outcomeOrKept = outcome.catch(async (error) => {
      const stale = signal?.aborted ? undefined : await kept()
      if (stale === undefined) throw error
      return this.serve(stale)
    })
    if (softMs === Number.POSITIVE_INFINITY || allowed(target.stale?.(key, evidence)) === undefined) {
      return outcomeOrKept
    }
    return new Promise<T>((resolve, reject) => {
      let isSettled = false
      const serveKept = async () => {
        const stale = await kept().catch(() => undefined)
        if (stale !== undefined && !isSettled) resolve(this.serve(stale))
      }
      const cancel = this.surroundings.clock.setTimer(() => void serveKept(), softMs)
      const settled = () => {
        isSettled = true
        cancel()
      }
      outcomeOrKept.then(resolve, reject).finally(settled)
    })
  }

  /** The outcome, for a caller who waits no longer than it said. The load goes on as if it waited. */
  private within(outcome: Promise<T>, { timeoutMs }: CheckedLoadOptions, key: string): Promise<T> {
    if (timeoutMs === Number.POSITIVE_INFINITY) return outcome
    return new Promise<T>((resolve, reject) => {
      const cancel = this.surroundings.clock.setTimer(() => {
        const error = `the load of ${quoted(key)} took longer than ${timeoutMs} ms; it goes on, and later calls can find its value`
        reject(new CacheLoadError(error, { key, code: 'TIMEOUT' }))
      }, timeoutMs)
      outcome.then(resolve, reject).finally(cancel)
    })
  }

  private start(flight: LoadFlight<T, F, E>, load: Load<T>, options: CheckedLoadOptions, evidence: E): void {
    const { clock } = this.surroundings
    const began = clock.now()
    try {
      Promise.resolve(load(contextOf(flight))).then(
        (value) => {
          if (options.early > 0) {
            flight.options.loadTime = clock.now() - began
            this.times.measured(flight.key, flight.options.loadTime)
          }
          return this.arrived(flight, value, options, evidence)
        },
        (error) => this.failed(flight, error, options),
      )
    } catch (error) {
      this.failed(flight, error, options)
    }
  }

  private async arrived(
    flight: LoadFlight<T, F, E>,
    value: T,
    options: CheckedLoadOptions,
    evidence: E,
  ): Promise<void> {
    flight.ended = true
    if (flight.isOver) return
    flight.filling = true
    const { options: stored } = flight
    try {
      if (value === undefined && stored.store) throw loadedUndefined(flight.key)
      if (options.jitter > 0) {
        const { random = Math.random, defaultTtl } = this.surroundings
        stored.ttl = spread(stored.ttl, defaultTtl, options.jitter, random())
      }
      const filled = this.target.fill(flight.key, value, stored, flight.fence, evidence)
      this.backoff.succeeded(flight.key)
      // Not awaited where there is nothing to await: callers should be told in the turn in which the value is stored.
      flight.resolve(asPromise(filled) === undefined ? (filled as T) : await filled)
    } catch (error) {
      this.failed(flight, error, options)
    } finally {
      if (!flight.isRemembered) flight.fence.close()
    }
  }

  private failed(flight: LoadFlight<T, F, E>, error: unknown, { negativeMs }: CheckedLoadOptions): void {
    flight.ended = true
    if (flight.isOver) return
    const { key, fence, options } = flight
    if (negativeMs > 0 && fence.holds(options.tags)) {
      flight.isRemembered = true
      this.failures.remember(key, error, this.surroundings.clock.now() + negativeMs, options.tags, fence)
    }
    this.target.loadFailed(key, error)
    if (flight.isRefresh) {
      this.backoff.failed(key, this.surroundings.clock.now())
      this.target.refreshFailed?.(key, error)
    }
    flight.reject(error)
  }
}

function contextOf<T, F extends LoadFence, E>(flight: LoadFlight<T, F, E>): LoadContext<T> {
  const change = (name: string, apply: () => void) => {
    if (flight.ended) {
      throw new CacheConfigError(`${name} was called after the load of '${flight.key}' had ended: call it before`, {
        key: flight.key,
        code: 'LOAD_ENDED',
      })
    }
    apply()
  }
  return {
    key: flight.key,
    stale: flight.stale,
    get signal() {
      return flight.signal
    },
    setTtl: (ttl: Duration) =>
      change('setTtl', () => {
        parseDuration(ttl, 'ttl')
        flight.options.ttl = ttl
      }),
    setTags: (tags: readonly string[]) =>
      change('setTags', () => {
        flight.options.tags = checkTags(tags)
      }),
    noStore: () =>
      change('noStore', () => {
        flight.options.store = false
      }),
  }
}

function loadedUndefined(key: string): CacheValueError {
  return new CacheValueError(`the loader of ${quoted(key)} returned undefined: return null to cache absence`, { key })
}
