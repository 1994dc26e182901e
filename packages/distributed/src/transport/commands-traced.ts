/** What a transport publishes for tracers: each command that it sends, without its arguments. Nothing where nobody listens. */
import { openChannel } from '@mtaio/core/engine'
import type { Command, Reply } from '../resp/reply.js'
import type { ReplicaTransport } from './replica-transport.js'

/** What all events of one command carry: `result` and `error` are added by the channel. */
export interface CommandTrace {
  /** `host:port`, or as the client that was brought is named. */
  readonly node: string
  /** In upper case, such as `'EVALSHA'`. */
  readonly command: string
}

/** `tracing:mtaio.command:*`: each command, from when it is sent to its reply. */
const commands = /* @__PURE__ */ openChannel<CommandTrace>('mtaio.command')

/** The same transport, its commands published to whoever listens. */
export function withCommandsTraced<T extends ReplicaTransport>(transport: T): T {
  const send = transport.send.bind(transport)
  transport.send = (node, command, options): Promise<Reply> =>
    commands.hasSubscribers
      ? commands.tracePromise(() => send(node, command, options), { node, command: verbOf(command) })
      : send(node, command, options)
  return transport
}

function verbOf([verb]: Command): string {
  return typeof verb === 'string' ? verb.toUpperCase() : ''
}
