/** `@mtaio/distributed/node`: the embedded node, and its engine without a socket. */
export { CacheNode, type CacheNodeStats } from './cache-node.js'
export { NodeEngine, type NodeEngineOptions } from './node-engine.js'
export type { CacheNodeOptions } from './node-options.js'
