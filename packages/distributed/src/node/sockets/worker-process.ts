/** The process of a worker: is handed sockets by the node that has forked it, and ends with it. */
import { Socket } from 'node:net'
import { HeldSockets } from './held-sockets.js'
import { LINK_FD, optionsOf, type ToWorker } from './worker-messages.js'

// Asked of all processes of a terminal: the node ends its workers when it has ended.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})
process.on('disconnect', () => process.exit())

let held: HeldSockets | undefined
process.on('message', (message: ToWorker, socket?: Socket) => {
  if (message.kind === 'begin') {
    held = new HeldSockets(new Socket({ fd: LINK_FD, readable: true, writable: true }), optionsOf(message.tls))
    process.send?.('ready')
    // A client may be gone before it is handed over.
  } else if (socket !== undefined) held?.take(socket)
})
