/** The package's own transport, which it does not export: bundled from its source. */
export { systemClock } from '../../packages/core/src/engine.js'
export { parseNode } from '../../packages/distributed/src/transport/node-address.js'
export { RespTransport } from '../../packages/distributed/src/transport/resp-transport.js'
