/** What is needed of a tracing channel, wherever it comes from. Types only. */

/** What a subscriber may leave in what is published. */
export interface Traced {
  /**
   * Set at `start`, by a tracer whose context is not an `AsyncLocalStorage` of its own to bind: what the call does is run in it.
   * Who finds one there calls it, too.
   */
  within?: <R>(run: () => R) => R
}

/** A channel of `node:diagnostics_channel`, or of whatever takes its place. */
export interface TracingChannel<Context extends object> {
  /** Whether anybody listens. Where nobody does, nothing else is to be paid. */
  readonly hasSubscribers: boolean
  /** Publishes `start`, `end` and `error` around what `run` does. */
  traceSync<R>(run: () => R, context: Context): R
  /** Publishes `start`, `end`, `asyncStart`, `asyncEnd` and `error` around what `run` does. */
  tracePromise<R>(run: () => Promise<R>, context: Context): Promise<R>
}
