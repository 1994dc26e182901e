/**
 * Tracing where the runtime has channels. Nobody imports this file: `#diagnostics` means it under the conditions `node`,
 * `bun` and `deno`, and `none.ts` everywhere else (package.json, `imports`), so that a page's bundle knows no `node:*`.
 */
import { type Channel, tracingChannel } from 'node:diagnostics_channel'
import type { Traced, TracingChannel } from './tracing-channel.js'

/** The channels `tracing:<name>:start`, `end`, `asyncStart`, `asyncEnd` and `error`. */
export function openChannel<Context extends object>(name: string): TracingChannel<Context> {
  return new RuntimeChannel<Context>(name)
}

class RuntimeChannel<Context extends object> implements TracingChannel<Context> {
  private readonly channel
  private readonly start: Channel
  private readonly end: Channel
  private readonly asyncStart: Channel
  private readonly asyncEnd: Channel
  private readonly error: Channel

  constructor(name: string) {
    this.channel = tracingChannel<unknown, Context>(name)
    this.start = this.channel.start
    this.end = this.channel.end
    this.asyncStart = this.channel.asyncStart
    this.asyncEnd = this.channel.asyncEnd
    this.error = this.channel.error
  }

  // Node 20 knows this of each of the five only. A getter of a class, and the five at hand: it is asked at every call of a cache.
  get hasSubscribers(): boolean {
    return (
      this.start.hasSubscribers ||
      this.end.hasSubscribers ||
      this.asyncStart.hasSubscribers ||
      this.asyncEnd.hasSubscribers ||
      this.error.hasSubscribers
    )
  }

  traceSync<R>(run: () => R, context: Context & Traced): R {
    return this.channel.traceSync(() => within(context, run), context) as R
  }

  tracePromise<R>(run: () => Promise<R>, context: Context & Traced): Promise<R> {
    return this.channel.tracePromise(() => within(context, run), context) as Promise<R>
  }
}

function within<R>(context: Traced, run: () => R): R {
  return context.within === undefined ? run() : context.within(run)
}
