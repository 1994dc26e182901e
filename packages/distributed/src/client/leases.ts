/** Who loads a key: said to other clients at most of the key's replicas, for a time. Knows no values. */
import type { Budget } from '../coordinator/budget.js'
import type { Cluster } from '../coordinator/cluster.js'
import { type Round, WriteCoordinator } from '../coordinator/write-coordinator.js'
import { majorityOf } from '../quorum/quorum-rule.js'
import { DROP } from '../record/comparison-scripts.js'
import { encodeEnvelope } from '../record/envelope.js'
import { NO_VERSION, type Version } from '../record/version.js'
import { tombstoneOf, type WireRecord } from '../record/wire-record.js'
import type { Keyspace } from './keyspace.js'
import { expiryAfter } from './lives.js'

export class Leases {
  private readonly writes: WriteCoordinator

  constructor(
    private readonly cluster: Cluster,
    private readonly keyspace: Keyspace,
  ) {
    this.writes = new WriteCoordinator(cluster)
  }

  /** Its version, by which it is given back, or `undefined` when another client has it. @throws CacheConnectionError */
  async take(key: string, leaseMs: number): Promise<Version | undefined> {
    const { versions, wallNow } = this.cluster.parts
    const version = versions.next()
    const { outcome } = await this.write(key, tombstoneOf(version, expiryAfter(leaseMs, wallNow())), NO_VERSION)
    if (outcome === 'stored') return version
    // Some replicas may have it all the same.
    await this.giveBack(key, version)
    return undefined
  }

  /** Lets others load the key: removes this lease and no other one. Never an error: a lease ends by itself. */
  async giveBack(key: string, lease: Version): Promise<void> {
    const { cluster } = this
    const budget = cluster.budget()
    const command = ['1', this.keyspace.lease(key), lease]
    const { targets } = cluster.route(key, budget)
    const drop = (node: string) => cluster.ask(node, () => cluster.verbs.run(node, DROP, command, budget))
    await cluster.beforeClosing(Promise.allSettled(targets.map(drop)))
  }

  private write(key: string, record: WireRecord, limit: Version): Promise<Round> {
    const budget = this.cluster.budget()
    const { quorums } = budget
    const most: Budget = { ...budget, quorums: { ...quorums, writeQuorum: majorityOf(quorums.replicationFactor) } }
    const physical = this.keyspace.lease(key)
    const envelope = encodeEnvelope(record, physical)
    const request = { key: physical, name: key, envelope, forgetAt: record.expiresAt, registers: [], limits: [limit] }
    return this.writes.tryOnce(request, most)
  }
}
