/**
 * Reads: ask as many replicas as the quorum wants, take the newest version, and look again where somebody knew nothing: a
 * node that was restarted is empty, not right. What is newer than a register is alive; replicas that showed something
 * older are put right behind the caller's back, in linearizable mode before the caller is answered.
 */
import type { CancelTimer } from '@mtaio/core'
import { CacheSerializationError } from '@mtaio/exceptions'
import { ReadTally } from '../quorum/read-tally.js'
import { decodeEnvelope, versionOf } from '../record/envelope.js'
import { compareVersions, NO_VERSION, type Version } from '../record/version.js'
import { isExpired, type WireRecord } from '../record/wire-record.js'
import type { Budget } from './budget.js'
import type { Cluster } from './cluster.js'
import { ReadRepair } from './read-repair.js'
import type { ReadRequest, ReadResult } from './read-request.js'
import type { Route } from './route.js'
import { WriteBack } from './write-back.js'
import { failureOf } from './write-coordinator.js'

/** What one read has heard so far. */
interface Heard {
  readonly route: Route
  readonly tally: ReadTally
  /** The newest version of each register, and what each node showed. */
  readonly seen: Version[]
  readonly shown: Map<string, readonly Version[]>
}

export class ReadCoordinator {
  private readonly repair: ReadRepair
  private readonly writeBack: WriteBack

  constructor(private readonly cluster: Cluster) {
    this.repair = new ReadRepair(cluster)
    this.writeBack = new WriteBack(cluster)
  }

  /**
   * Reads one record.
   *
   * @throws CacheConnectionError, CacheQuorumError when too few replicas answered; CacheSerializationError when what lies
   * under the key is no envelope and no replica holds one
   */
  read(request: ReadRequest, budget: Budget): Promise<ReadResult> {
    return new Promise((resolve, reject) => {
      const { cluster } = this
      const { key, name, registers } = request
      const sloppy = budget.quorums.quorum === 'sloppy'
      const route = cluster.route(name, budget)
      const required = budget.quorums.readQuorum + route.more
      const waiting = [...cluster.inReadingOrder(route.targets, key)]
      const asked = new Set<string>()
      const tally = new ReadTally({ replicas: cluster.nodes.length, required })
      const seen: Version[] = registers.map(() => NO_VERSION)
      const shown = new Map<string, readonly Version[]>()
      let damaged: CacheSerializationError | undefined
      /** Replicas that showed a record. One that shows none may have been restarted: it is empty, not right. */
      let found = 0
      let open = 0
      let decided = false
      let cancelHedge: CancelTimer | undefined

      const next = () => {
        const node = waiting.shift() ?? cluster.standIns(name, asked, budget)[0]
        if (node === undefined) return undefined
        asked.add(node)
        open++
        cluster
          .ask(node, () => cluster.verbs.read(node, [key, ...registers], budget))
          .then(
            ([bytes, ...registerBytes]) => {
              open--
              if (decided) return
              this.noteRegisters(registerBytes, seen, shown, node)
              try {
                tally.answered(node, bytes == null ? undefined : decodeEnvelope(bytes, name, node))
                if (bytes != null) found++
              } catch (error) {
                damaged = error as CacheSerializationError
                tally.failed(node, error)
              }
              decide()
            },
            (error) => {
              open--
              if (decided) return
              if (error instanceof CacheSerializationError) damaged = error
              tally.failed(node, error)
              decide()
            },
          )
        return node
      }

      const decide = () => {
        const reached = tally.verdict === 'reached'
        const isSure = reached && found >= required
        // Some replicas showed nothing: the others are asked before that, or what is left, is believed.
        if (reached && !isSure) while (waiting.length > 0) next()
        if (!isSure && (open > 0 || (!reached && next() !== undefined))) return
        decided = true
        cancelHedge?.()
        if (tally.newest === undefined && damaged !== undefined) reject(damaged)
        else if (!reached && (!sloppy || tally.acknowledged === 0)) {
          const causes = new Map([...route.missing.map((node) => [node, 'down'] as const), ...tally.causes])
          reject(failureOf('read', name, required, tally.acknowledged, causes, sloppy))
        } else {
          const own = route.replicas.filter((node) => shown.has(node)).length
          const degraded = own < required
          if (degraded) cluster.wentOnDegraded('read', name)
          this.judge(request, { route, tally, seen, shown }, budget).then(
            (judged) => resolve({ ...judged, answered: [...shown.keys()], degraded }),
            reject,
          )
        }
      }

      for (let node = 0; node < required; node++) next()
      if (open === 0) decide()
      if (decided) return
      // One that hangs must not use up the whole budget: after a part of it, the next is asked beside it.
      const hedge = () => {
        if (!decided && next() !== undefined) cancelHedge = cluster.hedges.later(hedge)
      }
      // Earlier than that where it takes longer than is usual for the slowest of those asked.
      const states = [...asked].map((node) => cluster.state(node))
      const { hedges, usual } = states.reduce((slowest, each) => (each.usual > slowest.usual ? each : slowest))
      cluster.hedgeBudget.earn()
      const early = () => {
        if (decided || !cluster.hedgeBudget.spend()) return
        cluster.counts.hedges++
        hedge()
      }
      const cancelEarly = usual < cluster.hedges.patience ? hedges.later(early, usual) : undefined
      const cancelLate = cluster.hedges.later(hedge)
      cancelHedge = () => {
        cancelEarly?.()
        cancelLate()
      }
    })
  }

  /** Says what the answers mean, and puts right who showed less. */
  private async judge(request: ReadRequest, { route, tally, seen, shown }: Heard, budget: Budget): Promise<Judged> {
    const { newest, stale } = tally
    const { versions, wallNow } = this.cluster.parts
    const { linearizable } = budget.quorums
    // What is written from here on must be newer than all of this, or it would be dead on arrival.
    for (const register of seen) versions.observe(register)
    if (linearizable) await this.writeBack.registers(request, route, seen, shown, budget)
    else this.repair.registers(request.registers, seen, shown)
    if (newest === undefined) return { record: undefined, version: NO_VERSION, registers: seen }
    versions.observe(newest.version)
    const dead = { record: undefined, version: newest.version, registers: seen }
    if (isOverruled(newest, seen)) return dead
    const isGone = newest.tombstone || isExpired(newest, wallNow())
    if (
      !isGone &&
      newest.tags.length > 0 &&
      !(await this.tagsHold(request, newest, [...shown.keys()], route, budget))
    ) {
      return dead
    }
    // Only now: a record that a register has killed must not reach a node which has lost that register. One that has
    // expired, though, removes the older one that it replaced elsewhere.
    if (linearizable) await this.writeBack.record(request, route, newest, stale, budget)
    else this.repair.record(request, newest, stale)
    return isGone ? dead : { ...dead, record: newest }
  }

  /** Whether none of a record's tags was invalidated since: their registers are asked for. */
  private async tagsHold(
    request: ReadRequest,
    { version, tags }: WireRecord,
    nodes: readonly string[],
    route: Route,
    budget: Budget,
  ): Promise<boolean> {
    const { cluster } = this
    const keys = tags.map(request.tagRegister)
    const seen: Version[] = keys.map(() => NO_VERSION)
    const shown = new Map<string, readonly Version[]>()
    const { readQuorum, quorum, linearizable } = budget.quorums
    const required = readQuorum + route.more
    const read = (node: string) => cluster.ask(node, () => cluster.verbs.read(node, keys, budget))
    const causes = await this.gatherInTurn(nodes, required, async (node) =>
      this.noteRegisters(await read(node), seen, shown, node),
    )
    for (const register of seen) cluster.parts.versions.observe(register)
    if (quorum === 'strict' && shown.size < required) {
      throw failureOf('read', request.name, required, shown.size, causes, false)
    }
    if (linearizable) await this.writeBack.registers({ ...request, registers: keys }, route, seen, shown, budget)
    else this.repair.registers(keys, seen, shown)
    // Unknown whether it was invalidated: absent is the answer that cannot be wrong.
    return shown.size > 0 && seen.every((register) => compareVersions(register, version) < 0)
  }

  /**
   * Asks `first`, and beside those who hang or fail other nodes that are up: registers lie on all of them. Resolves when
   * `required` have answered, or nobody is left, with what went wrong.
   */
  private gatherInTurn(
    first: readonly string[],
    required: number,
    read: (node: string) => Promise<void>,
  ): Promise<ReadonlyMap<string, unknown>> {
    const { cluster } = this
    const waiting = cluster.nodes.filter((node) => !first.includes(node) && cluster.isUp(node))
    const causes = new Map<string, unknown>()
    return new Promise((resolve) => {
      let open = 0
      let answered = 0
      let cancelHedge: CancelTimer | undefined
      const decide = () => {
        if (answered < required && open > 0) return
        cancelHedge?.()
        resolve(causes)
      }
      const ask = (node: string) => {
        open++
        read(node)
          .then(
            () => answered++,
            (error) => {
              causes.set(node, error)
              const next = answered < required ? waiting.shift() : undefined
              if (next !== undefined) ask(next)
            },
          )
          .then(() => {
            open--
            decide()
          })
      }
      for (const node of first) ask(node)
      if (waiting.length > 0) cancelHedge = cluster.hedges.later(() => waiting.splice(0, required).forEach(ask))
    })
  }

  private noteRegisters(
    registerBytes: readonly (Uint8Array | null)[],
    seen: Version[],
    shown: Map<string, readonly Version[]>,
    node: string,
  ): void {
    const here = registerBytes.map((bytes) => (bytes === null ? undefined : versionOf(bytes)) ?? NO_VERSION)
    shown.set(node, here)
    for (const [i, version] of here.entries()) if (compareVersions(version, seen[i]!) > 0) seen[i] = version
  }
}

type Judged = Pick<ReadResult, 'record' | 'version' | 'registers'>

/** Whether a register says that this record is dead. */
function isOverruled(record: WireRecord, registers: readonly Version[]): boolean {
  return registers.some((register) => compareVersions(register, record.version) >= 0)
}
