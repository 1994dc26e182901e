/** What is needed of a tracing channel, wherever it comes from. Types only. */

/** A channel of `node:diagnostics_channel`, or of whatever takes its place. */
export interface TracingChannel<Context extends object> {
  /** Whether anybody listens. Where nobody does, nothing else is to be paid. */
  readonly hasSubscribers: boolean
  /** Publishes `start`, `end`, `asyncStart`, `asyncEnd` and `error` around what `run` does. */
  tracePromise<R>(run: () => Promise<R>, context: Context): Promise<R>
}
