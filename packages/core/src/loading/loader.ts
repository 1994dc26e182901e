/**
 * Loads the values of absent keys: one load a key at a time, fenced against changes of the key meanwhile. Knows neither
 * where values are stored nor how one learns of changes; a `LoadTarget` does.
 *
 * Why a fence. (1) A load of `k` reads version 1 from the source; (2) somebody writes version 2 there and deletes `k`
 * here; (3) the load returns version 1. Storing it would bring back, for a whole TTL, what was just invalidated. So a
 * value is stored only if its fence, opened before the load began, still stands; its callers get it either way. Who
 * asks after (2) must not be given version 1 at all, so a broken flight can no longer be joined.
 */
import { CacheConfigError, CacheValueError } from '@mtaio/exceptions'
import type { Duration, GetOrSetOptions, Load, LoadContext, SetOptions } from '../cache.js'
import { checkKnownOptions, checkTags } from '../checks.js'
import { asPromise } from '../events/as-promise.js'
import { parseDuration } from '../expiry/duration.js'
import { quoted } from '../quoted.js'
import { Flight, SingleFlight } from './single-flight.js'

/** What a load holds on to while it runs, so that its value is not stored after a change. */
export interface LoadFence {
  /** Whether a value with these tags may still be stored. */
  holds(tags: readonly string[] | undefined): boolean
  /** Stops watching. Called once the value has been filled, or will never be; more than once is harmless. */
  close(): void
}

/** Where loaded values go. `E`: what the caller knew when it found the key absent. `F`: the target's own fence. */
export interface LoadTarget<T, E = undefined, F extends LoadFence = LoadFence> {
  /** Watches `key` from now on; `onBroken` is to be called when it is set, deleted, touched or cleared. */
  openFence(key: string, onBroken: () => void): F
  /**
   * Stores a loaded value if the fence holds, and counts the load. Answers the value as it was or would have been
   * stored. Its failure is the callers' failure.
   */
  fill(key: string, value: T, options: SetOptions, fence: F, evidence: E): T | Promise<T>
  /** Told once of each load that failed, or whose value could not be filled; not of one that everybody left. */
  loadFailed(key: string, error: unknown): void
}

class LoadFlight<T, F extends LoadFence> extends Flight<T> {
  fence!: F
  /** Whether the load has answered or failed, so that its context can change nothing any more. */
  ended = false
  /** Whether its value is being stored: then the fence is still asked, though everybody may have left. */
  filling = false

  constructor(
    key: string,
    readonly options: SetOptions,
    onOver: (flight: LoadFlight<T, F>) => void,
  ) {
    super(key, () => onOver(this))
  }
}

export class Loader<T, E = undefined, F extends LoadFence = LoadFence> {
  private readonly flights = new SingleFlight<T, LoadFlight<T, F>>()

  constructor(private readonly target: LoadTarget<T, E, F>) {}

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
      const stored = checkLoad(load, options)
      const { signal } = options
      if (signal?.aborted) return Promise.reject(signal.reason)
      const present = this.joinable(key)
      if (present !== undefined) return present.join(signal)

      const flight = this.open(key, stored)
      // Joined before it starts: the load may itself abort the caller's signal.
      const outcome = flight.join(signal)
      this.start(flight, load, evidence)
      return outcome
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** Aborts every load; whoever waits is told `reason`, and no outcome is stored. */
  abortAll(reason: Error): void {
    this.flights.abandonAll(reason)
  }

  /** How many loads somebody waits for, those included that were overtaken by a change of their key. */
  get inFlight(): number {
    return this.flights.size
  }

  /** Resolves when all loads that are in flight now have ended, well or not. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.flights.all().map((flight) => flight.whenOver))
  }

  /** The flight that a caller of now may share. */
  private joinable(key: string): LoadFlight<T, F> | undefined {
    const flight = this.flights.joinableFor(key)
    if (flight === undefined || flight.fence.holds(flight.options.tags)) return flight
    // A tag of what is being loaded was invalidated: this caller must see what holds after that.
    this.flights.detach(flight)
    return undefined
  }

  private open(key: string, options: SetOptions): LoadFlight<T, F> {
    const flight = new LoadFlight<T, F>(key, options, (over) => {
      this.flights.remove(over)
      if (!over.filling) over.fence.close()
    })
    flight.fence = this.target.openFence(key, () => this.flights.detach(flight))
    this.flights.add(flight)
    return flight
  }

  private start(flight: LoadFlight<T, F>, load: Load<T>, evidence: E): void {
    try {
      Promise.resolve(load(contextOf(flight))).then(
        (value) => this.arrived(flight, value, evidence),
        (error) => this.failed(flight, error),
      )
    } catch (error) {
      this.failed(flight, error)
    }
  }

  private async arrived(flight: LoadFlight<T, F>, value: T, evidence: E): Promise<void> {
    flight.ended = true
    if (flight.isOver) return
    flight.filling = true
    try {
      if (value === undefined) throw loadedUndefined(flight.key)
      const filled = this.target.fill(flight.key, value, flight.options, flight.fence, evidence)
      // Not awaited where there is nothing to await: callers should be told in the turn in which the value is stored.
      flight.resolve(asPromise(filled) === undefined ? (filled as T) : await filled)
    } catch (error) {
      this.failed(flight, error)
    } finally {
      flight.fence.close()
    }
  }

  private failed(flight: LoadFlight<T, F>, error: unknown): void {
    flight.ended = true
    if (flight.isOver) return
    this.target.loadFailed(flight.key, error)
    flight.reject(error)
  }
}

const LOAD_OPTIONS: readonly (keyof GetOrSetOptions)[] = ['ttl', 'tags', 'signal']

/** How the value is to be stored, in an object of its own that the load's context may change. */
function checkLoad(load: unknown, options: GetOrSetOptions): SetOptions {
  if (typeof load !== 'function') {
    throw new CacheConfigError(`getOrSet needs a function that loads the value, not ${quoted(load)}`)
  }
  checkKnownOptions(options, LOAD_OPTIONS, 'getOrSet')
  const { ttl, tags, signal } = options
  if (ttl !== undefined) parseDuration(ttl, 'ttl')
  if (signal !== undefined && !isSignal(signal)) {
    throw new CacheConfigError(`signal must be an AbortSignal, not ${quoted(signal)}`)
  }
  return { ttl, tags: tags === undefined ? undefined : checkTags(tags) }
}

function contextOf<T, F extends LoadFence>(flight: LoadFlight<T, F>): LoadContext<T> {
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
    stale: undefined,
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
  }
}

function loadedUndefined(key: string): CacheValueError {
  return new CacheValueError(`the loader of ${quoted(key)} returned undefined: return null to cache absence`, { key })
}

// By its shape: a signal may come from another realm or a polyfill.
function isSignal(value: unknown): value is AbortSignal {
  const signal = value as Partial<AbortSignal> | null
  return (
    typeof signal === 'object' &&
    signal !== null &&
    typeof signal.addEventListener === 'function' &&
    'aborted' in signal
  )
}
