/** The distributed cache that people make: options checked, parts composed, the root's view. */

import { CacheConfigError } from '@mtaio/exceptions'
import type { AntiEntropy, RepairOptions, RepairReport } from '../coordinator/anti-entropy.js'
import { abortable } from '../coordinator/budget.js'
import type { Cluster } from '../coordinator/cluster.js'
import type { Members } from '../membership/members.js'
import type { NearCache } from '../near/near-cache.js'
import { checkWeight, type NodeInput, parseNode } from '../transport/node-address.js'
import { assemble, type FollowedMembership } from './assemble.js'
import { connect } from './connect.js'
import type { DistributedCacheEvents, MembersView } from './distributed-stats.js'
import { keptAlive } from './kept-alive.js'
import { checkDistributedOptions, type DistributedCacheOptions } from './options.js'
import { TracedView } from './traced-view.js'

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
export class DistributedCache<T> extends TracedView<T> {
  private readonly cluster: Cluster
  private readonly antiEntropy: AntiEntropy
  private readonly followed: FollowedMembership | undefined
  private readonly nearCache: NearCache<T> | undefined

  constructor(options: DistributedCacheOptions) {
    const checked = checkDistributedOptions(options)
    const self: { cache?: DistributedCache<T> } = {}
    const emit = <E extends keyof DistributedCacheEvents<T>>(event: E, ...args: DistributedCacheEvents<T>[E]) =>
      self.cache?.state.events.emit(event, ...args)
    const { cluster, antiEntropy, membership, near, tracer, verbs, viewOf, state } = assemble<T>(
      checked,
      connect(checked),
      {
        nodeDown: (node, cause) => emit('node-down', node, cause),
        nodeUp: (node) => emit('node-up', node),
        degraded: (call, key) => emit('degraded', call, key),
        repairing: (progress) => emit('repair', progress),
        rebalancing: (progress) => emit('rebalance', progress),
        membersChanged: (members) => emit('members', viewOfMembers(members)),
        listening: (node) => emit('listening', node),
        notListening: (node, cause) => emit('not-listening', node, cause),
        failed: (error) => emit('error', error),
      },
    )
    super(tracer, { verbs, defaultTtl: checked.defaultTtl, viewOf, state })
    this.nearCache = near
    this.cluster = cluster
    this.antiEntropy = antiEntropy
    this.followed = membership
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
    return keptAlive(() => this.antiEntropy.repair(options))
  }

  /**
   * Who the nodes are, as this client knows: those that it was made with, until somebody adds or removes one.
   */
  get members(): MembersView {
    const { membership } = this.following()
    return viewOfMembers(membership.current)
  }

  /**
   * Adds a node to the cache, for all its clients: they learn of it from the nodes within `membershipLease`. Resolves once that is
   * published; keys then move in the background, at `backgroundRate`, told of by `'rebalance'` events, and reads are right all the while.
   * What the node still holds of this cache from other times is removed first.
   *
   * @param options - `weight`: its share of the keys, relative to the others', which have 1 unless told otherwise; may stand with the node, too
   * @throws CacheConnectionError when the node does not answer or too few others do; CacheConfigError when it is a member; CacheError
   * `'REBALANCING'` while keys move after another change, `'CONFLICT'` when another client makes one at the same time
   */
  async addNode(node: NodeInput, { weight }: { weight?: number | undefined } = {}): Promise<void> {
    const { rebalancing } = this.following()
    const address = parseNode(node)
    const { id } = address
    const share = checkWeight(weight, id) ?? address.weight ?? 1
    this.cluster.parts.transport.admit?.(id, address)
    await keptAlive(() => rebalancing.add({ id, weight: share }))
  }

  /**
   * Removes a node, for all clients; it may be dead. Its keys move to the others as with {@link addNode}; it is asked no more once they
   * have. Removing one that is just being added undoes that.
   *
   * @throws CacheConfigError when it is no member, or fewer nodes than copies would remain; else as {@link addNode}
   */
  async removeNode(node: NodeInput): Promise<void> {
    const { rebalancing } = this.following()
    const { id } = parseNode(node)
    await keptAlive(() => rebalancing.remove(id))
  }

  /**
   * Resolves when no keys are moving, whoever moves them.
   *
   * @throws CacheError `'REBALANCE_STALLED'` when this client tried for long to move them and could not; the signal's reason when it aborts
   */
  async rebalanced({ signal }: { signal?: AbortSignal | undefined } = {}): Promise<void> {
    const { rebalancing } = this.following()
    await keptAlive(() => abortable(signal, () => rebalancing.rebalanced(signal)))
  }

  private following(): FollowedMembership {
    this.checkOpen()
    if (this.followed !== undefined) return this.followed
    throw new CacheConfigError(
      'the nodes of this cache are settled by the client that it was given: add and remove them there',
    )
  }

  /** Closes the connections, after the views; entries stay on the nodes. */
  override async [Symbol.asyncDispose](): Promise<void> {
    await keptAlive(async () => {
      await super[Symbol.asyncDispose]()
      await this.nearCache?.close()
      await this.cluster.close()
    })
  }
}

function viewOfMembers({ epoch, nodes, from }: Members): MembersView {
  return Object.freeze({ epoch, nodes, moving: from !== undefined })
}
