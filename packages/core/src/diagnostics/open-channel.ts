/** Channels for other packages. Their types name no `#diagnostics`, which older resolutions of types do not know. */
import { openChannel as open } from '#diagnostics'
import type { TracingChannel } from './tracing-channel.js'

/** The channels `tracing:<name>:start`, `end`, `asyncStart`, `asyncEnd` and `error`. */
export function openChannel<Context extends object>(name: string): TracingChannel<Context> {
  return open<Context>(name)
}
