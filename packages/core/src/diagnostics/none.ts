/** Tracing where the runtime has no channels: nobody ever listens. */
import type { TracingChannel } from './tracing-channel.js'

export function openChannel<Context extends object>(_name: string): TracingChannel<Context> {
  return { hasSubscribers: false, traceSync: (run) => run(), tracePromise: (run) => run() }
}
