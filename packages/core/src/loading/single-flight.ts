/**
 * One run of something costly, shared by all who ask for it meanwhile, and who of them still waits. Knows keys only as
 * names of runs; knows neither values, caches nor what a run does.
 */
import { CacheLoadError } from '@mtaio/exceptions'

interface Waiter<T> {
  resolve(value: T): void
  reject(reason: unknown): void
  /** Takes the listener off the caller's signal. */
  forget(): void
}

/** A run under way. It is over once it has an outcome, or when everybody who waited for it has left. */
export class Flight<T> {
  private over = false
  private callers = 0
  private readonly outcome: Promise<T>
  private resolveOutcome!: (value: T) => void
  private rejectOutcome!: (reason: unknown) => void
  // Callers who may leave. Kept here and not as reactions on `outcome`, which could not be taken back: callers that
  // come and go while a run hangs would pile up.
  private readonly waiters = new Set<Waiter<T>>()
  private controller: AbortController | undefined
  private abandonedFor: { readonly reason: unknown } | undefined

  /** @param onOver - called once, before anybody is told of the outcome */
  constructor(
    readonly key: string,
    private readonly onOver: () => void,
  ) {
    this.outcome = new Promise<T>((resolve, reject) => {
      this.resolveOutcome = resolve
      this.rejectOutcome = reject
    })
    // A run that fails after all its callers have left has nobody to handle that.
    this.outcome.catch(() => undefined)
  }

  get isOver(): boolean {
    return this.over
  }

  /** The outcome, for one who only watches: not counted among those for whom the run goes on. */
  get whenOver(): Promise<T> {
    return this.outcome
  }

  /** Aborted when everybody has left. Made when first asked for: most runs never look. */
  get signal(): AbortSignal {
    if (this.controller === undefined) {
      this.controller = new AbortController()
      if (this.abandonedFor !== undefined) this.controller.abort(this.abandonedFor.reason)
    }
    return this.controller.signal
  }

  /**
   * The outcome, for one more caller. One with a signal (not aborted yet) may leave: its promise then rejects with the
   * signal's reason at once. One without never leaves and costs nothing but a count.
   */
  join(signal: AbortSignal | undefined): Promise<T> {
    this.callers++
    if (signal === undefined) return this.outcome
    return new Promise<T>((resolve, reject) => {
      const leave = () => {
        waiter.forget()
        this.waiters.delete(waiter)
        reject(signal.reason)
        this.callers--
        if (this.callers === 0) this.abandon(everybodyLeft(this.key, signal.reason))
      }
      const waiter: Waiter<T> = { resolve, reject, forget: () => signal.removeEventListener('abort', leave) }
      this.waiters.add(waiter)
      signal.addEventListener('abort', leave)
    })
  }

  resolve(value: T): void {
    if (!this.finish()) return
    this.resolveOutcome(value)
    this.release((waiter) => waiter.resolve(value))
  }

  reject(reason: unknown): void {
    if (!this.finish()) return
    this.rejectOutcome(reason)
    this.release((waiter) => waiter.reject(reason))
  }

  /** Ends the run for `reason`: its signal aborts, and whoever still waits is told. */
  abandon(reason: unknown): void {
    if (this.over) return
    this.abandonedFor = { reason }
    this.reject(reason)
    this.controller?.abort(reason)
  }

  private finish(): boolean {
    if (this.over) return false
    this.over = true
    this.onOver()
    return true
  }

  private release(tell: (waiter: Waiter<T>) => void): void {
    for (const waiter of this.waiters) {
      waiter.forget()
      tell(waiter)
    }
    this.waiters.clear()
  }
}

function everybodyLeft(key: string, cause: unknown): CacheLoadError {
  return new CacheLoadError(`everybody who waited for the load of '${key}' has left`, { key, code: 'ABORTED', cause })
}

/** The flights under way; at most one of each key can be joined. */
export class SingleFlight<T, F extends Flight<T> = Flight<T>> {
  private readonly joinable = new Map<string, F>()
  // Flights that can no longer be joined but still have callers are under way, too.
  private readonly underWay = new Set<F>()

  /** The flight of `key` that a newcomer may join. */
  joinableFor(key: string): F | undefined {
    return this.joinable.get(key)
  }

  add(flight: F): void {
    this.joinable.set(flight.key, flight)
    this.underWay.add(flight)
  }

  /** Lets nobody join any more; who waits goes on waiting. */
  detach(flight: F): void {
    if (this.joinable.get(flight.key) === flight) this.joinable.delete(flight.key)
  }

  remove(flight: F): void {
    this.detach(flight)
    this.underWay.delete(flight)
  }

  get size(): number {
    return this.underWay.size
  }

  abandonAll(reason: unknown): void {
    for (const flight of [...this.underWay]) flight.abandon(reason)
  }

  /** The flights under way now. */
  all(): readonly F[] {
    return [...this.underWay]
  }
}
