/**
 * Typed events whose listeners can break nothing. Knows one event by name, `'error'`: where failures of listeners go.
 * Knows neither caches nor when it is safe to call users; whoever emits does.
 */
import { CacheConfigError } from '@mtaio/exceptions'
import { quoted } from '../quoted.js'
import { asPromise } from './as-promise.js'
import { reportFailure } from './report-failure.js'

/** What a listener answers is not looked at, except that a promise's failure is caught. */
export type Listener<Args extends unknown[]> = (...args: Args) => unknown

interface Registration {
  readonly listener: Listener<never[]>
  removed: boolean
}

/**
 * An emitter of `Events`, a record of event names and the arguments of each.
 *
 * A listener that throws or rejects becomes an `'error'` event. Where nobody listens for that, or where it is a
 * listener of `'error'` that failed, it becomes one process warning.
 */
export class Emitter<Events extends { [name: string]: unknown[] }> {
  // Lists are replaced, never changed, so that an emit under way walks the list that it began with.
  private readonly registrations = new Map<keyof Events, readonly Registration[]>()

  /**
   * Calls `listener` at each `event` from now on, in order of registration; returns the undo. A listener given twice is
   * called twice. @throws CacheConfigError unless `listener` is a function
   */
  on<E extends keyof Events>(event: E, listener: Listener<Events[E]>): () => void {
    if (typeof listener !== 'function') {
      throw new CacheConfigError(`a listener must be a function, not ${quoted(listener)}`)
    }
    const registration: Registration = { listener, removed: false }
    this.registrations.set(event, [...(this.registrations.get(event) ?? []), registration])
    return () => this.remove(event, registration)
  }

  /** Takes one registration of `listener` back, the earliest. From then on it is not called, not even by an emit under way. */
  off<E extends keyof Events>(event: E, listener: Listener<Events[E]>): void {
    const registration = this.registrations.get(event)?.find((candidate) => candidate.listener === listener)
    if (registration !== undefined) this.remove(event, registration)
  }

  /** Whether anybody listens. Ask before building costly arguments. */
  has(event: keyof Events): boolean {
    return this.registrations.size > 0 && this.registrations.has(event)
  }

  /** Calls the listeners, in order. Never throws. An `'error'` that nobody listens for becomes one process warning. */
  emit<E extends keyof Events>(event: E, ...args: Events[E]): void {
    const registrations = this.registrations.get(event)
    if (registrations === undefined) {
      if (event === 'error') reportFailure(args[0], 'a callback')
      return
    }
    for (const registration of registrations) {
      if (!registration.removed) this.call(event, registration.listener, args)
    }
  }

  private call(event: keyof Events, listener: Listener<never[]>, args: unknown[]): void {
    const failed = (error: unknown) => {
      if (event === 'error' || !this.has('error')) reportFailure(error, `a listener of '${String(event)}'`)
      else this.emit('error', ...([error] as Events['error']))
    }
    try {
      asPromise(listener(...(args as never[])))?.catch(failed)
    } catch (error) {
      failed(error)
    }
  }

  private remove(event: keyof Events, registration: Registration): void {
    if (registration.removed) return
    registration.removed = true
    const left = this.registrations.get(event)?.filter((candidate) => candidate !== registration) ?? []
    if (left.length === 0) this.registrations.delete(event)
    else this.registrations.set(event, left)
  }
}
