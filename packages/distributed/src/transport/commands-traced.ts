/** What a transport publishes for tracers: each command that it sends, without its arguments. Nothing where nobody listens. */
import { AsyncResource } from 'node:async_hooks'
import { openChannel } from '@mtaio/core/engine'
import type { Command, Reply } from '../resp/reply.js'
import type { ReplicaTransport, SendOptions } from './replica-transport.js'

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
  const ask = transport.ask?.bind(transport)
  const beforeLeaving = transport.beforeLeaving?.bind(transport)
  // Its own `send` may go by way of its `ask`, which must not be traced twice.
  const promised = (node: string, command: Command, options: SendOptions): Promise<Reply> =>
    ask === undefined
      ? send(node, command, options)
      : new Promise((heard, failed) => ask(node, command, options, { heard, failed }))
  const traced = (node: string, command: Command, options: SendOptions): Promise<Reply> =>
    commands.tracePromise(() => promised(node, command, options), { node, command: verbOf(command) })
  transport.send = (...question) => (commands.hasSubscribers ? traced(...question) : send(...question))
  if (ask !== undefined) {
    transport.ask = (node, command, options, hearer) => {
      if (!commands.hasSubscribers) return ask(node, command, options, hearer)
      traced(node, command, options).then(
        (reply) => hearer.heard(reply),
        (reason) => hearer.failed(reason),
      )
    }
  }
  const watch = transport.watch?.bind(transport)
  if (watch !== undefined) {
    // A connection is opened by somebody's call; what is done about it is not that call's.
    transport.watch = ({ opened, lost }) =>
      watch({ opened: AsyncResource.bind(opened), lost: AsyncResource.bind(lost) })
  }
  if (beforeLeaving !== undefined) {
    // A command that several calls share leaves on behalf of the first of them.
    transport.beforeLeaving = (send) => beforeLeaving(commands.hasSubscribers ? AsyncResource.bind(send) : send)
  }
  return transport
}

function verbOf([verb]: Command): string {
  return typeof verb === 'string' ? verb.toUpperCase() : ''
}
