/**
 * Reads: ask as many replicas as the quorum wants, take the newest version, and look again where somebody knew nothing: a
 * node that was restarted is empty, not right. What is newer than a register is alive; replicas that showed something
 * older are put right behind the caller's back, in linearizable mode before the caller is answered.
 */
import { CacheSerializationError } from '@mtaio/exceptions'
import { ReadTally } from '../quorum/read-tally.js'
import { decodeEnvelope } from '../record/envelope.js'
import { compareVersions, isAboutPrefixes, NO_VERSION, type Version } from '../record/version.js'
import { isExpired, type WireRecord } from '../record/wire-record.js'
import type { Budget } from './budget.js'
import type { Cluster } from './cluster.js'
import { PrefixRules } from './prefix-rules.js'
import { ReadRepair } from './read-repair.js'
import type { ReadRequest, ReadResult } from './read-request.js'
import { type DamagedRegister, RegisterDamage } from './register-damage.js'
import type { Route } from './route.js'
import { TagCheck } from './tag-check.js'
import { WriteBack } from './write-back.js'
import { failureOf } from './write-coordinator.js'

/** What is on its way when this road is taken. See `quick-read.ts`. */
export interface BegunRead {
  readonly route: Route
  /** The targets in reading order; those who were asked are the first of them. */
  readonly order: readonly string[]
  readonly questions: readonly Promise<readonly (Uint8Array | null)[]>[]
  /** Whether that takes long: longer than is usual, or so long that a node may hang. */
  readonly late: 'no' | 'unusual' | 'hanging'
}

/** What one read has heard so far. */
interface Heard {
  readonly route: Route
  readonly tally: ReadTally
  /** The newest version of each register, and what each node showed. */
  readonly seen: Version[]
  readonly shown: Map<string, readonly Version[]>
  /** Registers that were shown damaged. */
  readonly damaged: DamagedRegister[]
}

export class ReadCoordinator {
  private readonly repair: ReadRepair
  private readonly writeBack: WriteBack
  private readonly tags: TagCheck
  private readonly prefixes: PrefixRules
  private readonly damage: RegisterDamage

  constructor(private readonly cluster: Cluster) {
    this.repair = new ReadRepair(cluster)
    this.writeBack = new WriteBack(cluster)
    this.damage = new RegisterDamage(cluster)
    this.tags = new TagCheck(cluster, this.repair, this.writeBack, this.damage)
    this.prefixes = new PrefixRules(cluster, this.repair)
  }

  /**
   * Reads one record.
   *
   * @param begun - questions that were asked already
   * @throws CacheConnectionError, CacheQuorumError when too few replicas answered; CacheSerializationError when what lies
   * under the key is no envelope and no replica holds one
   */
  read(request: ReadRequest, budget: Budget, begun?: BegunRead): Promise<ReadResult> {
    const result = this.readOnce(request, budget, begun)
    return budget.quorums.linearizable ? this.whileTagsKill(request, budget, result) : result
  }

  /**
   * Record and tag were asked for one after the other. What a tag has killed may have been overwritten before that, so that
   * there was no moment without a value: only if it still stands after it was dead was there one.
   */
  private async whileTagsKill(
    request: ReadRequest,
    budget: Budget,
    first: Promise<Judged & ReadResult>,
  ): Promise<ReadResult> {
    let result = await first
    while (result.isInvalidated) {
      const again = await this.readOnce(request, budget)
      if (compareVersions(again.version, result.version) === 0) return again
      result = again
    }
    return result
  }

  private readOnce(request: ReadRequest, budget: Budget, begun?: BegunRead): Promise<Judged & ReadResult> {
    return new Promise((resolve, reject) => {
      const { cluster } = this
      const { key, name, registers } = request
      const sloppy = budget.quorums.quorum === 'sloppy'
      const route = begun?.route ?? cluster.route(name, budget)
      const required = budget.quorums.readQuorum + route.more
      const waiting = [...(begun?.order ?? cluster.inReadingOrder(route, key))]
      const asked = new Set<string>()
      const tally = new ReadTally({ replicas: cluster.nodes.length, required })
      const seen: Version[] = registers.map(() => NO_VERSION)
      const shown = new Map<string, readonly Version[]>()
      const heard: Heard = { route, tally, seen, shown, damaged: [] }
      let damaged: CacheSerializationError | undefined
      /** Replicas that showed a record. One that shows none may have been restarted: it is empty, not right. */
      let found = 0
      /** Those among them that are relied upon, and the others of these that are asked and may yet answer. */
      let sound = 0
      let awaited = 0
      let open = 0
      let decided = false

      const next = () => {
        const node = waiting.shift() ?? cluster.standIns(name, asked, budget)[0]
        if (node === undefined) return undefined
        const question =
          begun?.questions[asked.size] ?? cluster.ask(node, () => cluster.verbs.read(node, [key, ...registers], budget))
        // Who missed something, or only stands in, may show what was written before: believed where nobody else answers.
        const isSound = !sloppy || (route.replicas.includes(node) && !cluster.hints.isBehind(node, key))
        asked.add(node)
        open++
        if (isSound) awaited++
        question.then(
          ([bytes, ...registerBytes]) => {
            open--
            if (isSound) awaited--
            if (decided) return
            this.noteRegisters(registers, registerBytes, heard, node)
            try {
              tally.answered(node, bytes == null ? undefined : decodeEnvelope(bytes, key, node, name))
              if (bytes != null) found++
              if (bytes != null && isSound) sound++
            } catch (error) {
              damaged = error as CacheSerializationError
              tally.failed(node, error)
            }
            decide()
          },
          (error) => {
            open--
            if (isSound) awaited--
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
        const isSure = reached && (sound >= required || (awaited === 0 && found >= required))
        // Some replicas showed nothing, or are not relied upon: the others are asked before that, or what is left, is believed.
        if (reached && !isSure) while (waiting.length > 0) next()
        if (!isSure && (open > 0 || (!reached && next() !== undefined))) return
        decided = true
        if (tally.newest === undefined && damaged !== undefined) reject(damaged)
        else if (!reached && (!sloppy || tally.acknowledged === 0)) {
          const causes = new Map([...route.missing.map((node) => [node, 'down'] as const), ...tally.causes])
          reject(failureOf('read', name, required, tally.acknowledged, causes, sloppy))
        } else {
          const own = route.replicas.filter((node) => shown.has(node)).length
          const degraded = own < required
          if (degraded) cluster.wentOnDegraded('read', name)
          this.judge(request, heard, budget).then(
            (judged) => resolve({ ...judged, answered: [...shown.keys()], degraded }),
            reject,
          )
        }
      }

      for (let node = 0; node < required; node++) next()
      if (open === 0) decide()
      if (decided) return
      // One that hangs must not use up the whole budget: after a part of it, the next is asked beside it.
      const untilDecided = (late: () => void) => ({
        get isDone() {
          return decided
        },
        late,
      })
      const hedge = () => {
        if (!decided && next() !== undefined) cluster.hedges.watchOver(untilDecided(hedge))
      }
      // Earlier than that where it takes longer than is usual for the slowest of those asked.
      const early = () => {
        if (decided || !cluster.hedgeBudget.spend()) return
        cluster.counts.hedges++
        hedge()
      }
      cluster.hedges.watchOver(untilDecided(hedge))
      if (begun?.late === 'hanging') return hedge()
      if (begun?.late === 'unusual') return early()
      const { hedges, usual } = cluster.slowestOf(asked)
      if (begun === undefined) cluster.hedgeBudget.earn()
      if (usual < cluster.hedges.patience) hedges.watchOver(untilDecided(early), usual)
    })
  }

  /** Says what the answers mean, and puts right who showed less. */
  private async judge(request: ReadRequest, heard: Heard, budget: Budget): Promise<Judged> {
    const { route, tally, seen, shown, damaged } = heard
    const { newest, stale } = tally
    if (damaged.length > 0) await this.damage.settle(request.key, request.registers, damaged, seen, budget)
    const { versions, wallNow } = this.cluster.parts
    const { linearizable } = budget.quorums
    // What is written from here on must be newer than all of this, or it would be dead on arrival.
    for (const register of seen) versions.observe(register)
    if (linearizable) await this.writeBack.registers(request, route, seen, shown, budget)
    else this.repair.registers(request.registers, seen, shown)
    if (newest === undefined) return { ...NOTHING, version: NO_VERSION, registers: seen }
    versions.observe(newest.version)
    let dead: Judged = { ...NOTHING, version: newest.version, registers: seen }
    if (await this.isOverruled(request, newest, seen, shown, budget)) return dead
    const now = wallNow()
    const isGone = newest.tombstone || (isExpired(newest, now) && !request.wantsStale)
    let since = newest.expiresAt === 0 ? Number.POSITIVE_INFINITY : newest.expiresAt
    if (!isGone && newest.tags.length > 0) {
      const verdict = await this.tags.verdict(request, newest, [...shown.keys()], route, budget)
      dead = { ...dead, tagged: verdict.tagged }
      if (verdict.since === 'dead') return { ...dead, isInvalidated: true }
      // By another clock than this one: expired is expired, whatever it says.
      if (verdict.since < Number.POSITIVE_INFINITY) since = Math.min(since, verdict.since, now)
    }
    // Only now: a record that a register has killed must not reach a node which has lost that register. One that has
    // expired, though, removes the older one that it replaced elsewhere.
    if (linearizable) await this.writeBack.record(request, route, newest, stale, budget)
    else this.repair.record(request, newest, stale)
    if (isGone) return dead
    return since > now ? { ...dead, record: newest } : { ...dead, stale: { record: newest, since } }
  }

  /** Whether a register of the namespaces says that this record is dead. */
  private async isOverruled(
    { key, registers, name }: ReadRequest,
    { version }: WireRecord,
    seen: readonly Version[],
    shown: ReadonlyMap<string, readonly Version[]>,
    budget: Budget,
  ): Promise<boolean> {
    for (const [i, register] of registers.entries()) {
      if (compareVersions(seen[i]!, version) < 0) continue
      const here = [...shown].map(([node, versions]) => [node, versions[i]!] as const)
      if (!here.some(([, each]) => isAboutPrefixes(each))) return true
      const inside = i === registers.length - 1 ? name : ''
      const ruling = await this.prefixes.ruling(register, inside, new Map(here), key, budget)
      if (compareVersions(ruling, version) >= 0) return true
    }
    return false
  }

  private noteRegisters(
    registers: readonly string[],
    registerBytes: readonly (Uint8Array | null)[],
    { seen, shown, damaged }: Heard,
    node: string,
  ): void {
    const here = registers.map((register, index) => {
      const version = this.cluster.registers.versionOf(registerBytes[index], register)
      if (version === undefined) damaged.push({ node, index })
      return version ?? NO_VERSION
    })
    shown.set(node, here)
    for (const [i, version] of here.entries()) if (compareVersions(version, seen[i]!) > 0) seen[i] = version
  }
}

interface Judged extends Pick<ReadResult, 'record' | 'stale' | 'version' | 'registers' | 'tagged'> {
  /** A tag of what was found has killed it. */
  readonly isInvalidated?: boolean
}

const NOTHING = { record: undefined, stale: undefined, tagged: NO_VERSION }
