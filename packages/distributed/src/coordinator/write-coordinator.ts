/**
 * Writes: send to the key's replicas at once, feed a tally, stop at its verdict. A writer that learns of a newer version
 * in its way moves its clock past it and tries again, so that a write which begins after another was acknowledged always
 * wins over it (Attiya, Bar-Noy, Dolev 1995, with an optimistic first round).
 */
import type { CancelTimer } from '@mtaio/core'
import {
  CacheConnectionError,
  CacheError,
  CacheQuorumError,
  CacheSerializationError,
  CacheTimeoutError,
} from '@mtaio/exceptions'
import { WriteTally } from '../quorum/write-tally.js'
import { versionOf } from '../record/envelope.js'
import { isAboutPrefixes, type Version } from '../record/version.js'
import { DEFAULT_MAX_DRIFT } from '../record/version-clock.js'
import type { Budget } from './budget.js'
import type { Cluster } from './cluster.js'
import { ComparisonVerbs } from './comparison-verbs.js'
import { removeDamage } from './damage.js'
import { overtakes } from './fill-version.js'
import { gather } from './gather.js'
import { registerVersion } from './register-version.js'
import type { StoreRequest } from './replica-verbs.js'
import type { Route } from './route.js'

/** How often a writer moves past others before it gives up: contention that lasts is not cured by trying. */
const MOST_ATTEMPTS = 16

/** What became of a write: held by a quorum, or a newer version stands. */
export type WriteOutcome = 'stored' | 'overtaken'

/** What is on its way when this road is taken. See `quick-write.ts`. */
export interface BegunWrite {
  readonly request: StoreRequest
  readonly route: Route
  /** What each target was asked. */
  readonly questions: readonly Promise<Version | undefined>[]
  /** Whether that takes long. */
  readonly isLate: boolean
}

export class WriteCoordinator {
  private readonly verbs: ComparisonVerbs

  constructor(private readonly cluster: Cluster) {
    this.verbs = new ComparisonVerbs(cluster.verbs)
  }

  /**
   * Writes with a version of now, and again with a later one as long as something newer stands.
   *
   * @param name - the key as the user knows it, for errors
   * @param make - the request for a version
   * @param begun - a first round that is under way already
   */
  async write(
    name: string,
    make: (version: Version) => StoreRequest,
    budget: Budget,
    begun?: BegunWrite,
  ): Promise<void> {
    const { versions } = this.cluster.parts
    if (budget.quorums.linearizable) return this.writeAfterLooking(make, budget)
    let first = begun
    const round = () => {
      const under = first
      first = undefined
      return this.tryOnce(under?.request ?? make(versions.next()), budget, false, under)
    }
    const removeDamage = () => {
      const { key, registers } = begun?.request ?? make(versions.next())
      return this.removeDamage(name, [key, ...registers], budget)
    }
    await this.insist(round, name, budget, versions, removeDamage)
  }

  /**
   * The writer's two phases, whole (Lynch, Shvartsman 1997): a majority says what stands, then the write goes past that under
   * one version. A write that is tried under a second version could take effect twice: a reader may have met the first
   * try on one replica, and a deletion may have come between the two. What is newer on a replica was under way together
   * with this, and counts as later.
   */
  private async writeAfterLooking(make: (version: Version) => StoreRequest, budget: Budget): Promise<void> {
    const { cluster } = this
    const { versions } = cluster.parts
    const { key, name = key, registers } = make(versions.next())
    const { targets, missing, more } = cluster.route(name, budget)
    const required = budget.quorums.readQuorum + more
    const look = (node: string) => cluster.ask(node, () => cluster.verbs.read(node, [key, ...registers], budget))
    const { answers, causes } = await gather(targets, look, (shown) => shown.size >= required)
    if (answers.size < required) {
      const all = new Map<string, unknown>([...missing.map((node) => [node, 'down'] as const), ...causes])
      throw failureOf('write', name, required, answers.size, all, false)
    }
    for (const bytes of [...answers.values()].flat()) {
      const version = bytes === null ? undefined : versionOf(bytes)
      if (version === undefined || versions.observe(version)) continue
      if (!(await this.removeDamage(name, [key, ...registers], budget))) throw clockDrift(name)
    }
    // A register that came meanwhile does not turn it away: what it kills has replaced what stood before, all the same.
    await this.tryOnce({ ...make(versions.next()), registers: [] }, budget, true)
  }

  /**
   * Writes a register to every node, after the mark by which the next who writes one learns how new this one is. What this
   * client writes meanwhile goes by the clock as it is: ahead of that are only those who have met a register which all others meet.
   */
  async writeEverywhere(
    make: (version: Version) => readonly [mark: StoreRequest, register: StoreRequest],
    budget: Budget,
  ): Promise<void> {
    const { versions, wallNow, quorums } = this.cluster.parts
    const { nodes } = this.cluster
    const { replicationFactor, readQuorum, writeQuorum } = quorums
    // Any key's readers must meet it, and it must stand as many losses as a record; so must the next who writes one.
    const lacking = Math.min(readQuorum - 1, replicationFactor - writeQuorum)
    const required = Math.max(nodes.length - lacking, Math.floor(nodes.length / 2) + 1)
    const ahead = versions.fork()
    let version: Version
    const round = async (): Promise<Round> => {
      version = registerVersion(ahead, wallNow)
      const [mark, register] = make(version)
      const { inTheWay } = await this.spread(mark, nodes, [], required, () => [], budget, false)
      if (inTheWay !== undefined) return { outcome: 'overtaken', inTheWay, inTheWays: [inTheWay] }
      // A newer register in its place was written at the same time, and kills as much, unless it is about prefixes only.
      return this.spread(register, nodes, [], required, () => [], budget, true)
    }
    await this.insist(round, undefined, budget, ahead)
    versions.observe(version!)
  }

  /**
   * One round under a version that the caller chose; nothing newer is moved past.
   *
   * @param yields - whether a replica that holds something newer counts as one that stored
   */
  tryOnce(request: StoreRequest, budget: Budget, yields = false, begun?: BegunWrite): Promise<Round> {
    const place = request.name ?? request.key
    const { targets, missing, more } = begun?.route ?? this.cluster.route(place, budget)
    const required = budget.quorums.writeQuorum + more
    const standIns = (asked: ReadonlySet<string>) => this.cluster.standIns(place, asked, budget)
    return this.spread(request, targets, missing, required, standIns, budget, yields, begun)
  }

  private async insist(
    round: () => Promise<Round>,
    key: string | undefined,
    budget: Budget,
    versions = this.cluster.parts.versions,
    removeDamage?: () => Promise<boolean>,
  ): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const { outcome, inTheWay } = await round()
      const isPast = inTheWay === undefined || versions.observe(inTheWay)
      if (!isPast && (await removeDamage?.()) !== true) throw clockDrift(key)
      if (outcome === 'stored') return
      if (attempt === MOST_ATTEMPTS || !(await this.cluster.again(attempt, budget))) {
        throw new CacheError(`others kept writing this key: gave up after ${attempt} attempts`, {
          key,
          code: 'CONTENDED',
        })
      }
    }
  }

  /** A version that this clock does not follow may be no version at all. False where it is one. */
  private removeDamage(name: string, keys: readonly string[], budget: Budget): Promise<boolean> {
    const { cluster } = this
    const latest = cluster.parts.wallNow() + DEFAULT_MAX_DRIFT
    return removeDamage(cluster, cluster.route(name, budget).targets, keys, latest, budget)
  }

  private spread(
    request: StoreRequest,
    targets: readonly string[],
    missing: readonly string[],
    required: number,
    standIns: (asked: ReadonlySet<string>) => string[],
    budget: Budget,
    yields: boolean,
    begun?: BegunWrite,
  ): Promise<Round> {
    const { cluster } = this
    const sloppy = budget.quorums.quorum === 'sloppy'
    return new Promise((resolve, reject) => {
      const { clock } = cluster.parts
      const tally = new WriteTally({ replicas: sloppy ? cluster.nodes.length : targets.length, required })
      const asked = new Set<string>()
      const silent = new Set<string>()
      let decided = false
      let stored = false
      let cancelHedge: CancelTimer | undefined

      const decide = () => {
        if (decided) return
        const reached = tally.verdict === 'reached'
        // A sloppy write goes on with those that live, at least one.
        const settled = silent.size === 0
        const degraded = settled && sloppy && tally.acknowledged > 0 && tally.newestInTheWay === undefined
        if (!reached && !settled && (sloppy || tally.verdict === 'pending')) return
        decided = true
        cancelHedge?.()
        stored = reached || degraded
        if (stored) {
          if (!reached || missing.length > 0) cluster.wentOnDegraded('write', request.name)
          // Those that are away learn of it when they are back.
          for (const node of [...missing, ...tally.causes.keys()]) cluster.keepHint(node, request)
          // Where another has stored in its place, a target that may yet answer must not be read before it has stored.
          if (asked.size > targets.length) for (const node of silent) cluster.keepHint(node, request)
          resolve({ outcome: 'stored', inTheWay: tally.newestInTheWay, inTheWays })
        } else if (tally.newestInTheWay !== undefined) {
          resolve({ outcome: 'overtaken', inTheWay: tally.newestInTheWay, inTheWays })
        } else {
          reject(unreachable(request.name, required, tally, missing, sloppy))
          oweIfTaken()
        }
      }
      const owed = new Set<string>()
      // It failed, and may be read where it was taken: those who missed it are told, so that copies agree all the same.
      const oweIfTaken = () => {
        if (!decided || stored || tally.acknowledged === 0 || tally.newestInTheWay !== undefined) return
        for (const node of [...missing, ...tally.causes.keys()]) {
          if (!owed.has(node)) cluster.keepHint(node, request)
          owed.add(node)
        }
      }
      const mayUndo = request.isLoaded === true && !budget.quorums.linearizable
      const took: string[] = []
      const inTheWays: Version[] = []
      // What was loaded and has turned out to be overtaken is not left where nothing stood in its way: on a node that has lost its
      // memory, it would be all that a reader finds. Linearizable reads may have relied on it.
      const takeBack = (node: string) => {
        const own = versionOf(request.envelope)!
        if (!mayUndo || !decided || stored || !inTheWays.some((each) => overtakes(each, own))) return
        cluster.ask(node, () => this.verbs.drop(node, [request.key], [own], cluster.budget())).catch(() => undefined)
      }
      const ask = (node: string, question = cluster.store(node, request, budget)) => {
        asked.add(node)
        silent.add(node)
        question.then(
          (inTheWay) => {
            silent.delete(node)
            if (inTheWay === undefined || (yields && !isAboutPrefixes(inTheWay))) tally.stored(node)
            else tally.overtaken(node, inTheWay)
            if (inTheWay === undefined) took.push(node)
            else inTheWays.push(inTheWay)
            decide()
            oweIfTaken()
            if (decided) for (const each of took.splice(0)) takeBack(each)
          },
          (error) => {
            silent.delete(node)
            tally.failed(node, error)
            if (stored) cluster.keepHint(node, request)
            if (!decided) askStandIn()
            decide()
            oweIfTaken()
          },
        )
      }
      const askStandIn = () => {
        // At the end of the budget there is no time for anybody else.
        const next = clock.now() < budget.deadline ? standIns(asked)[0] : undefined
        if (next !== undefined) ask(next)
      }
      if (!sloppy && targets.length < required) {
        reject(unreachable(request.name, required, tally, missing, sloppy))
        return
      }
      for (const [i, node] of targets.entries()) ask(node, begun?.questions[i])
      // A target that hangs must not use up the whole budget: after a part of it, stand-ins are asked in its place.
      if (standIns(asked).length === 0) return
      const replace = () => {
        if (decided) return
        for (let hanging = silent.size; hanging > 0; hanging--) askStandIn()
      }
      // What has been answered already is heard first.
      if (begun?.isLate) void Promise.resolve().then(replace)
      else cancelHedge = cluster.hedges.later(replace)
    })
  }
}

function clockDrift(key: string | undefined): CacheError {
  return new CacheError(
    'a version stands whose clock is more than a day ahead of this one: set the clocks right, or wait for the entry to expire',
    { key, code: 'CLOCK_DRIFT' },
  )
}

export interface Round {
  readonly outcome: WriteOutcome
  /** The newest version in the way, and all that were met; those of later answers are added. */
  readonly inTheWay: Version | undefined
  readonly inTheWays: readonly Version[]
}

function unreachable(
  key: string | undefined,
  required: number,
  tally: WriteTally,
  missing: readonly string[],
  sloppy: boolean,
): CacheError {
  const causes = new Map<string, unknown>(
    missing.map((node) => [node, new CacheConnectionError(`${node} is down`, { node })]),
  )
  for (const [node, error] of tally.causes) causes.set(node, error)
  return failureOf('write', key, required, tally.acknowledged, causes, sloppy)
}

function isForeign(cause: unknown): boolean {
  return cause instanceof CacheSerializationError
}

/** The error of a call that too few nodes answered. */
export function failureOf(
  verb: string,
  key: string | undefined,
  required: number,
  acknowledged: number,
  causes: ReadonlyMap<string, unknown>,
  sloppy: boolean,
): CacheError {
  const names = [...causes.keys()].join(', ')
  const first = causes.values().next().value
  if (!sloppy) {
    return new CacheQuorumError(
      `the ${verb} reached ${acknowledged} of ${required} replicas (${names} failed): whether it took effect on some is unknown`,
      { key, required, acknowledged, causes, cause: first },
    )
  }
  const options = { key, causes, cause: first }
  if (first instanceof CacheSerializationError && [...causes.values()].every(isForeign)) {
    return new CacheSerializationError(first.message, { key, node: first.node, cause: first })
  }
  const why = first instanceof Error ? ` ${first.message}.` : ''
  const allLate = causes.size > 0 && [...causes.values()].every((cause) => cause instanceof CacheTimeoutError)
  const message = `no node in reach took the ${verb} (${names}).${why} Are the nodes running, and are the addresses right?`
  return allLate ? new CacheTimeoutError(message, options) : new CacheConnectionError(message, options)
}
