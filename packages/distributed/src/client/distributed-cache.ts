/** The distributed cache that people make: options checked, parts composed, the root's view. */
import type { AntiEntropy, RepairOptions, RepairReport } from '../coordinator/anti-entropy.js'
import type { Cluster } from '../coordinator/cluster.js'
import { assemble } from './assemble.js'
import { connect } from './connect.js'
import type { DistributedCacheEvents } from './distributed-stats.js'
import { DistributedView } from './distributed-view.js'
import { checkDistributedOptions, type DistributedCacheOptions } from './options.js'

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
  private readonly antiEntropy: AntiEntropy

  constructor(options: DistributedCacheOptions) {
    const checked = checkDistributedOptions(options)
    const self: { cache?: DistributedCache<T> } = {}
    const emit = <E extends keyof DistributedCacheEvents<T>>(event: E, ...args: DistributedCacheEvents<T>[E]) =>
      self.cache?.state.events.emit(event, ...args)
    const { cluster, antiEntropy, verbs, viewOf } = assemble<T>(checked, connect(checked), {
      nodeDown: (node, cause) => emit('node-down', node, cause),
      nodeUp: (node) => emit('node-up', node),
      degraded: (call, key) => emit('degraded', call, key),
      repairing: (progress) => emit('repair', progress),
    })
    super(verbs, checked.defaultTtl, viewOf)
    this.cluster = cluster
    this.antiEntropy = antiEntropy
    self.cache = this
  }

  /**
   * Compares all copies and sends what replicas lack, at `backgroundRate`; tells of it by `'repair'` events. A node that comes back is
   * rebuilt without being asked; this is for the rest: after an outage of clients and nodes together, after a restored backup.
   *
   * @returns what was compared and copied, and the nodes that could not be walked
   * @throws the signal's reason, when it aborts; what was copied stays
   */
  async repair(options: RepairOptions = {}): Promise<RepairReport> {
    this.checkOpen()
    return this.antiEntropy.repair(options)
  }

  /** Closes the connections, after the views; entries stay on the nodes. */
  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]()
    await this.cluster.close()
  }
}
