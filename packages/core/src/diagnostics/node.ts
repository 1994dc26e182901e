/**
 * Tracing where the runtime has channels. Nobody imports this file: `#diagnostics` means it under the conditions `node`,
 * `bun` and `deno`, and `none.ts` everywhere else (package.json, `imports`), so that a page's bundle knows no `node:*`.
 */
import { tracingChannel } from 'node:diagnostics_channel'
import type { Traced, TracingChannel } from './tracing-channel.js'

/** The channels `tracing:<name>:start`, `end`, `asyncStart`, `asyncEnd` and `error`. */
export function openChannel<Context extends object>(name: string): TracingChannel<Context> {
  const channel = tracingChannel<unknown, Context>(name)
  const { start, end, asyncStart, asyncEnd, error } = channel
  return {
    // Node 20 knows this of each of the five only.
    get hasSubscribers() {
      return (
        start.hasSubscribers ||
        end.hasSubscribers ||
        asyncStart.hasSubscribers ||
        asyncEnd.hasSubscribers ||
        error.hasSubscribers
      )
    },
    traceSync: (run, context: Context & Traced) =>
      channel.traceSync(() => within(context, run), context) as ReturnType<typeof run>,
    tracePromise: (run, context: Context & Traced) =>
      channel.tracePromise(() => within(context, run), context) as ReturnType<typeof run>,
  }
}

function within<R>(context: Traced, run: () => R): R {
  return context.within === undefined ? run() : context.within(run)
}
