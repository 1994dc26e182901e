/** `@mtaio/distributed/node`: the embedded node, and its engine without a socket. */
export type { Right } from './access/user.js'
export type { NodeUserOptions } from './access/user-options.js'
export { CacheNode, type CacheNodeStats } from './cache-node.js'
export { NodeEngine, type NodeEngineOptions } from './node-engine.js'
export type { NodeLogger } from './node-logger.js'
export type { CacheNodeOptions, NodeHttpOptions } from './node-options.js'
export type { NodeSnapshotOptions } from './snapshot/snapshot-options.js'
export type { NodeTlsOptions } from './tls-options.js'
