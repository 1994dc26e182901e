/**
 * What a linearizable read does before it answers: where those asked disagreed, a write quorum is to hold what it is about to
 * answer, or the next read could answer something older (the second phase of a read in Attiya, Bar-Noy, Dolev 1995).
 */
import { WriteTally } from '../quorum/write-tally.js'
import { encodeEnvelope } from '../record/envelope.js'
import { compareVersions, isAboutPrefixes, NO_VERSION, type Version } from '../record/version.js'
import { forgetAtOf, type WireRecord } from '../record/wire-record.js'
import type { Budget } from './budget.js'
import type { Cluster } from './cluster.js'
import { listHeldBy } from './prefix-lists.js'
import type { ReadRequest } from './read-request.js'
import { registerEnvelope } from './register.js'
import type { StoreRequest } from './replica-verbs.js'
import type { Route } from './route.js'
import { failureOf } from './write-coordinator.js'

export class WriteBack {
  constructor(private readonly cluster: Cluster) {}

  /** Resolves when a write quorum holds `newest`, or something newer. @throws CacheQuorumError when it cannot be had */
  async record(
    { key, name, registers }: ReadRequest,
    route: Route,
    newest: WireRecord,
    stale: readonly string[],
    budget: Budget,
  ): Promise<void> {
    if (stale.length === 0) return
    const envelope = encodeEnvelope(newest, key)
    const request = { key, name, envelope, forgetAt: forgetAtOf(newest), registers, isCopy: true }
    await this.settle(request, route, budget)
  }

  /** The same for registers on which the nodes disagreed. */
  async registers(
    { registers, name }: ReadRequest,
    route: Route,
    newest: readonly Version[],
    shown: ReadonlyMap<string, readonly Version[]>,
    budget: Budget,
  ): Promise<void> {
    for (const [i, key] of registers.entries()) {
      const version = newest[i]!
      if (compareVersions(version, NO_VERSION) === 0) continue
      const isSame = [...shown.values()].every((here) => compareVersions(here[i]!, version) === 0)
      if (isSame) continue
      const bare = { key, envelope: registerEnvelope(version, key), forgetAt: 0, registers: [] }
      const request = isAboutPrefixes(version) ? await this.list(key, version, shown, i, budget) : bare
      // One that lost its list has nothing to give: `PrefixRules` looks elsewhere.
      if (request !== undefined) await this.settle({ ...request, name }, route, budget)
    }
  }

  private list(
    register: string,
    version: Version,
    shown: ReadonlyMap<string, readonly Version[]>,
    i: number,
    budget: Budget,
  ): Promise<StoreRequest | undefined> {
    const [source] = [...shown].find(([, here]) => compareVersions(here[i]!, version) === 0)!
    return listHeldBy(this.cluster, source, register, budget)
  }

  /** Who holds it already says so: the write is idempotent. */
  private settle(request: StoreRequest, { targets, more }: Route, budget: Budget): Promise<void> {
    const { cluster } = this
    const required = budget.quorums.writeQuorum + more
    const tally = new WriteTally({ replicas: targets.length, required })
    return new Promise((resolve, reject) => {
      const decide = () => {
        if (tally.verdict === 'reached') resolve()
        if (tally.verdict !== 'unreachable') return
        reject(failureOf('read', request.name, required, tally.acknowledged, tally.causes, false))
      }
      decide()
      for (const node of targets) {
        cluster
          .store(node, request, budget)
          // Something newer stands there: that is as good, for no read will show less.
          .then(
            () => tally.stored(node),
            (error) => tally.failed(node, error),
          )
          .then(decide)
      }
    })
  }
}
