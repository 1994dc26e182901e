/** The distributed cache that people make: options checked, parts composed, the root's view. */

import { Cluster, type ClusterParts } from '../coordinator/cluster.js'
import { ValueCodec } from './codec.js'
import { connect } from './connect.js'
import type { DistributedCacheEvents } from './distributed-stats.js'
import { DistributedView } from './distributed-view.js'
import { Keyspace } from './keyspace.js'
import { type CheckedDistributedOptions, checkDistributedOptions, type DistributedCacheOptions } from './options.js'
import { RecordVerbs } from './record-verbs.js'

/**
 * A cache over several independent nodes: Valkey or Redis servers, or `CacheNode`s. Entries are placed, replicated,
 * versioned and repaired from here; nodes know nothing of each other.
 *
 * Numbers for times are seconds. Values are copies. Opens no connection before the first call or `start()`; idle
 * connections keep no process alive. Every call ends within `operationTimeout`.
 *
 * @example
 * await using cache = new DistributedCache<string>({ nodes: [['localhost', 5000], ['localhost', 5001]] })
 * await cache.set('key', 'value')
 * await cache.get('key') // 'value'
 *
 * @throws CacheConfigError naming an option that is out of contract
 */
export class DistributedCache<T> extends DistributedView<T> {
  private readonly cluster: Cluster

  constructor(options: DistributedCacheOptions) {
    const checked = checkDistributedOptions(options)
    const self: { cache?: DistributedCache<T> } = {}
    const emit = <E extends keyof DistributedCacheEvents<T>>(event: E, ...args: DistributedCacheEvents<T>[E]) =>
      self.cache?.events.emit(event, ...args)
    const cluster = new Cluster(DistributedCache.compose(checked), {
      nodeDown: (node, cause) => emit('node-down', node, cause),
      nodeUp: (node) => emit('node-up', node),
      degraded: (call, key) => emit('degraded', call, key),
    })
    const { verbs, viewOf } = rootOf<T>(checked, cluster)
    super(verbs, checked.defaultTtl, viewOf)
    this.cluster = cluster
    self.cache = this
  }

  /** Closes the connections, after the views; entries stay on the nodes. */
  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]()
    await this.cluster.close()
  }

  /** What the cache is made of; the simulator brings its own. @internal */
  protected static compose(options: CheckedDistributedOptions): ClusterParts {
    return connect(options)
  }
}

function rootOf<T>(options: CheckedDistributedOptions, cluster: Cluster) {
  const codec = new ValueCodec(options.codec, options.maxValueBytes)
  const at = (keyspace: Keyspace) => {
    const verbs = new RecordVerbs<T>(cluster, keyspace, codec, options.tombstoneTtl)
    const viewOf = (name: string): DistributedView<T> => {
      const below = at(keyspace.child(name))
      return new DistributedView<T>(below.verbs, options.defaultTtl, below.viewOf)
    }
    return { verbs, viewOf }
  }
  return at(new Keyspace(options.namespace))
}
