/**
 * Replicas that showed something old are sent what stands, in the background, with its own version and the life that it
 * has left. Bounded: beyond so many at once, repairs are dropped and counted; the next read finds the same to do.
 */
import { encodeEnvelope } from '../record/envelope.js'
import { compareVersions, isAboutPrefixes, NO_VERSION, type Version } from '../record/version.js'
import { forgetAtOf, type WireRecord } from '../record/wire-record.js'
import type { Cluster } from './cluster.js'
import { listHeldBy } from './prefix-lists.js'
import type { ReadRequest } from './read-request.js'
import { registerEnvelope } from './register.js'
import type { StoreRequest } from './replica-verbs.js'

const MOST_AT_ONCE = 256

export class ReadRepair {
  private underWay = 0

  constructor(private readonly cluster: Cluster) {}

  /** Sends `newest` to the nodes that showed an older record, or none. */
  record({ key, registers }: ReadRequest, newest: WireRecord, stale: readonly string[]): void {
    if (stale.length === 0) return
    const envelope = encodeEnvelope(newest, key)
    for (const node of stale) this.send(node, { key, envelope, forgetAt: forgetAtOf(newest), registers, isCopy: true })
  }

  /** Sends the newest version of each register to the nodes that showed an older one; its list, where it is about prefixes. */
  registers(keys: readonly string[], newest: readonly Version[], shown: ReadonlyMap<string, readonly Version[]>): void {
    for (const [i, key] of keys.entries()) {
      const version = newest[i]!
      if (compareVersions(version, NO_VERSION) === 0) continue
      const isBehind = ([, here]: [string, readonly Version[]]) => compareVersions(here[i]!, version) < 0
      const behind = [...shown].filter(isBehind).map(([node]) => node)
      if (behind.length === 0) continue
      if (isAboutPrefixes(version)) {
        const [source] = [...shown].find((each) => !isBehind(each))!
        void this.list(source, key, behind)
        continue
      }
      for (const node of behind)
        this.send(node, { key, envelope: registerEnvelope(version, key), forgetAt: 0, registers: [] })
    }
  }

  private async list(source: string, register: string, behind: readonly string[]): Promise<void> {
    const { cluster } = this
    const request = await listHeldBy(cluster, source, register, cluster.budget()).catch(() => undefined)
    if (request !== undefined) for (const node of behind) this.send(node, request)
  }

  /** Has a node store something behind everybody's back, or merge a list. */
  send(node: string, request: StoreRequest): void {
    const { cluster } = this
    if (this.underWay >= MOST_AT_ONCE) {
      cluster.counts.repairsDropped++
      return
    }
    this.underWay++
    cluster
      .store(node, request, cluster.budget())
      .then(
        (inTheWay) => {
          if (inTheWay === undefined) cluster.counts.repairs++
        },
        () => undefined,
      )
      .finally(() => {
        this.underWay--
      })
  }
}
