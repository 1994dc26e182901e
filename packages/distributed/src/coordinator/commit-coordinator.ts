/**
 * Commits of transactions on keys that share a placement: a quorum decides, and what it has decided stands.
 *
 * Intuition. The transactions of a group of keys form a chain, and each link is a small agreement (Lamport's Paxos, with
 * the chain's last decision as its one register, after Rystsov's CASPaxos). A decision lies with those who decide until it
 * is applied, where no reader sees it; so it is either decided, and whoever comes next finishes it first, or it is not, and
 * nothing of it was ever shown.
 *
 * Rounds. (1) PREPARE: a quorum promises the ballot, shows the last decision, and the versions that stand. If that decision
 * is not applied wherever it was shown, it is taken again under this ballot and applied: then from the start. What was read
 * must still stand, and what was read of a write that not all have is given to those who lack it. (2) ACCEPT: a quorum takes
 * the decision. From here on it is decided. (3) APPLY: each replica writes all of it at once, as far as nothing newer
 * overrules it. A transaction that only read has nothing decided in its place, and is done after (2).
 *
 * Versions. What is written goes on top of what was seen in (1) as its next transaction: newer than that, older than
 * every other write. A `set` that is acknowledged after (1) therefore stands, and counts as later, whatever the clocks
 * say; one that was acknowledged before was seen in (1). Where nothing was seen, or a load of that, it is a minute old.
 *
 * The argument at length: docs/transactions.md. L. Lamport: Paxos Made Simple, 2001. D. Rystsov: CASPaxos, 2018.
 */
import { CacheConnectionError, CacheError, CacheQuorumError, CacheTransactionError } from '@mtaio/exceptions'
import { type Decision, encodeDecision, MOST_BEFORE } from '../record/group-decision.js'
import { compareVersions, NO_VERSION, newerVersion, nextTransaction, type Version } from '../record/version.js'
import type { Budget } from './budget.js'
import type { Cluster } from './cluster.js'
import { earlyVersion } from './early-version.js'
import { type Gathered, gather } from './gather.js'
import { type GroupQuorum, groupQuorum } from './group-quorum.js'
import { GroupVerbs, type Promised, type Taken } from './group-verbs.js'
import type { StoreRequest } from './replica-verbs.js'

/** A write of a transaction, whose version is chosen once it is known what stands. */
export interface Intent {
  /** The physical key. */
  readonly key: string
  /** Registers that must not be newer than it. */
  readonly guards: readonly string[]
  make(version: Version): StoreRequest
}

/** A key that was read: the newest version that may stand there, and what was read, for those who lack it. */
export interface Premise {
  readonly expected: Version
  readonly standing: StoreRequest | undefined
}

export interface CommitRequest {
  /** Any of the keys as the user knows it: they share a placement. */
  readonly place: string
  /** The physical key of the group. */
  readonly group: string
  /** For how long the nodes remember a decision, ms. */
  readonly rememberedMs: number
  /** Keys and registers that were read. */
  readonly premises: ReadonlyMap<string, Premise>
  readonly intents: readonly Intent[]
}

export interface CommitOutcome {
  /** The physical key or register that stood in the way; `undefined` when the transaction is committed. */
  readonly changed: string | undefined
  /** It was found committed: whether as many replicas as a write takes have applied it is not known. */
  readonly isOnlyDecided?: boolean
}

type Shown = Extract<Promised, { newer: undefined }>
type Seen = ReadonlyMap<string, Shown>

const MOST_ATTEMPTS = 24

export class CommitCoordinator {
  constructor(private readonly cluster: Cluster) {}

  /**
   * @throws CacheQuorumError when too few of those who decide are in reach: nothing was applied
   * @throws CacheError `'CONTENDED'` when others kept deciding: nothing was applied
   * @throws CacheTransactionError `'UNKNOWN_OUTCOME'` when it may have been decided, and that could not be found out in time
   */
  async commit(request: CommitRequest, budget: Budget): Promise<CommitOutcome> {
    const attempt = new CommitAttempt(this.cluster, request, budget)
    for (let tries = 1; ; tries++) {
      const outcome = await attempt.run()
      if (outcome !== 'again') return outcome
      if (tries === MOST_ATTEMPTS || !(await this.cluster.again(tries, budget))) throw attempt.giveUp()
    }
  }
}

/** One commit through all its ballots. */
class CommitAttempt {
  private readonly verbs: GroupVerbs
  private readonly quorum: GroupQuorum
  /** By which the transaction is known, whatever ballot it is decided under. */
  private readonly id: Version
  private ballot: Version
  private isUsed = false
  /** Whether somebody may have taken the decision, so that others may yet finish it. */
  private mayBeTaken = false
  private causes: ReadonlyMap<string, unknown> = new Map()

  constructor(
    private readonly cluster: Cluster,
    private readonly request: CommitRequest,
    private readonly budget: Budget,
  ) {
    this.verbs = new GroupVerbs(cluster.verbs)
    const { placement, before } = cluster.places
    const orders = [placement, ...(before === undefined ? [] : [before])].map((each) => each.order(request.place))
    this.quorum = groupQuorum(orders, cluster.route(request.place, budget).replicas, cluster.parts.quorums)
    this.id = this.ballot = cluster.parts.versions.next()
  }

  /** One ballot. */
  async run(): Promise<'again' | CommitOutcome> {
    if (this.isUsed) this.ballot = this.cluster.parts.versions.next()
    this.isUsed = true
    const seen = await this.prepare()
    if (seen === undefined) return 'again'
    const latest = latestOf(seen)
    if (latest !== undefined && !isApplied(latest, seen)) {
      if ((await this.finish(latest)) && this.isOwn(latest.decision)) return { changed: undefined }
      return 'again'
    }
    if (latest !== undefined && this.mayBeTaken) {
      if (this.isOwn(latest.decision) || latest.decision.before.some((id) => isSame(id, this.id))) {
        return { changed: undefined, isOnlyDecided: true }
      }
      // Others may have finished it so long ago that nobody tells of it any more.
      if (latest.decision.before.length === MOST_BEFORE) throw this.giveUp()
    }

    const changed = this.changedIn(seen)
    if (changed !== undefined) return this.mayBeTaken && !(await this.bury(latest)) ? 'again' : { changed }
    if (!(await this.share(seen))) return 'again'
    const { intents } = this.request
    // What it has not met, since only few took it, must never be finished now: it would come after what was read here.
    if (intents.length === 0) return (await this.bury(latest)) ? { changed: undefined } : 'again'

    const writes = intents.map((intent) => intent.make(this.versionFor(intent, seen)))
    const decision = { id: this.id, before: chainOf(latest), writes }
    if (!(await this.decide(encodeDecision(decision)))) return 'again'
    const applied = await this.apply(writes)
    if (applied === 'unknown') throw this.giveUp()
    if (applied === 'degraded') this.cluster.wentOnDegraded('transaction', this.request.place)
    return { changed: undefined }
  }

  /** The error of one who tries no longer. */
  giveUp(): CacheError {
    if (this.mayBeTaken) return unknownOutcome(this.request, this.causes)
    if (this.causes.size > 0) return this.unreachable(0)
    return new CacheError('others kept deciding on the keys of this transaction: nothing was applied', {
      code: 'CONTENDED',
    })
  }

  private async prepare(): Promise<Seen | undefined> {
    const { premises, intents, group } = this.request
    const keys = [...new Set([...premises.keys(), ...intents.flatMap(({ key, guards }) => [key, ...guards])])]
    const { answers, causes } = await this.ask(
      (node) => this.verbs.prepare(node, group, keys, this.ballot, this.forgetAt, this.budget),
      ({ newer }) => newer === undefined,
    )
    const { versions } = this.cluster.parts
    const seen = new Map<string, Shown>()
    for (const [node, answer] of answers) {
      if (answer.newer !== undefined) versions.observe(answer.newer)
      else {
        seen.set(node, answer)
        for (const version of answer.versions.values()) versions.observe(version)
      }
    }
    if (this.quorum.isEnough(seen.keys())) return seen
    this.causes = causes
    if (!this.quorum.isEnough(answers.keys()) && !this.mayBeTaken) throw this.unreachable(answers.size)
    return undefined
  }

  /** What was read and does not stand any more. */
  private changedIn(seen: Seen): string | undefined {
    for (const [key, { expected }] of this.request.premises) {
      for (const { versions } of seen.values()) {
        if (compareVersions(versions.get(key)!, expected) > 0) return key
      }
    }
    return undefined
  }

  /** Gives what was read to those who lack it, so that nobody who decides later can have missed it. */
  private async share(seen: Seen): Promise<boolean> {
    const { targets } = this.cluster.route(this.request.place, this.budget)
    const lacking: Promise<boolean>[] = []
    for (const { expected, standing } of this.request.premises.values()) {
      if (standing === undefined || isSame(expected, NO_VERSION)) continue
      for (const [node, { versions }] of seen) {
        if (!targets.includes(node) || compareVersions(versions.get(standing.key)!, expected) >= 0) continue
        const isGiven = (inTheWay: Version | undefined) => inTheWay === undefined || isSame(inTheWay, expected)
        lacking.push(this.cluster.store(node, standing, this.budget).then(isGiven, () => false))
      }
    }
    return (await Promise.all(lacking)).every(Boolean)
  }

  /** On top of whatever stands under the key and its guards. */
  private versionFor({ key, guards }: Intent, seen: Seen): Version {
    let standing = this.request.premises.get(key)?.expected ?? NO_VERSION
    let below = NO_VERSION
    for (const { versions } of seen.values()) {
      standing = newerVersion(standing, versions.get(key)!)
      for (const guard of guards) below = newerVersion(below, versions.get(guard)!)
    }
    const early = earlyVersion(this.ballot, this.cluster.parts.wallNow())
    below = newerVersion(below, isSame(standing, NO_VERSION) ? early : standing)
    // No room for the next after 255 of them on top of one write, nor on top of what was loaded: see `fill-version.ts`.
    return nextTransaction(below) ?? (compareVersions(early, below) > 0 ? early : this.ballot)
  }

  private async decide(decision: Uint8Array): Promise<boolean> {
    const { answers, causes } = await this.ask(
      (node) => this.verbs.accept(node, this.request.group, this.ballot, decision, this.forgetAt, this.budget),
      (promised) => promised === undefined,
    )
    const taken = [...answers].filter(([, promised]) => promised === undefined).map(([node]) => node)
    if (taken.length > 0 || causes.size > 0) this.mayBeTaken = true
    for (const promised of answers.values()) if (promised !== undefined) this.cluster.parts.versions.observe(promised)
    this.causes = causes
    return this.quorum.isEnough(taken)
  }

  /** Decides once more, and applies, what was taken by somebody and is not applied by all who showed it. */
  private async finish({ decision, bytes }: Taken): Promise<boolean> {
    if (!(await this.decideFor(bytes))) return false
    return (await this.apply(decision.writes.map((write) => ({ ...write, registers: [] })))) !== 'unknown'
  }

  /** As `decide`, for what is not this transaction's own. */
  private async decideFor(decision: Uint8Array): Promise<boolean> {
    const before = this.mayBeTaken
    const decided = await this.decide(decision)
    this.mayBeTaken = before
    return decided
  }

  /** Decides on nothing, so that what may have been taken of this transaction is never finished by anybody. */
  private async bury(latest: Taken | undefined): Promise<boolean> {
    const nothing = encodeDecision({ id: this.ballot, before: chainOf(latest), writes: [] })
    if (!(await this.decideFor(nothing))) return false
    this.mayBeTaken = false
    return true
  }

  /**
   * Resolves when a quorum of those who decide has applied what was decided under this ballot, so that whoever decides next
   * meets it, and as many replicas as a write takes, so that readers do.
   */
  private async apply(writes: readonly StoreRequest[]): Promise<'applied' | 'degraded' | 'unknown'> {
    const { cluster, request, budget, ballot } = this
    const { targets, missing, more } = cluster.route(request.place, budget)
    const required = cluster.parts.quorums.writeQuorum + more
    const tell = async (node: string) => {
      try {
        await cluster.ask(node, () => this.verbs.apply(node, request.group, ballot, writes, budget))
      } catch (error) {
        if (targets.includes(node)) for (const write of writes) cluster.keepHint(node, write)
        throw error
      }
    }
    const isMet = (answers: ReadonlyMap<string, void>) => this.quorum.isEnough(answers.keys())
    const isSeen = (answers: ReadonlyMap<string, void>) =>
      targets.filter((node) => answers.has(node)).length >= required
    const nodes = [...new Set([...targets, ...this.deciders])]
    const { answers, causes } = await gather(nodes, tell, (answers) => isMet(answers) && isSeen(answers))
    for (const node of missing) for (const write of writes) cluster.keepHint(node, write)
    if (isMet(answers) && isSeen(answers)) return 'applied'
    this.causes = causes
    return isMet(answers) && budget.quorums.quorum === 'sloppy' ? 'degraded' : 'unknown'
  }

  /** Asks those who decide and are up; all of them where too few are. */
  private ask<R>(question: (node: string) => Promise<R>, isYes: (answer: R) => boolean): Promise<Gathered<R>> {
    return gather(
      this.deciders,
      (node) => this.cluster.ask(node, () => question(node)),
      (answers) => this.quorum.isEnough([...answers].filter(([, answer]) => isYes(answer)).map(([node]) => node)),
    )
  }

  private get deciders(): readonly string[] {
    const up = this.quorum.deciders.filter((node) => this.cluster.isUp(node))
    return this.quorum.isEnough(up) ? up : this.quorum.deciders
  }

  private get forgetAt(): number {
    return Math.ceil(this.cluster.parts.wallNow() + this.request.rememberedMs)
  }

  private isOwn({ id }: Decision): boolean {
    return isSame(id, this.id)
  }

  private unreachable(answered: number): CacheError {
    const { quorum, request } = this
    const down = quorum.deciders.filter((node) => !this.cluster.isUp(node))
    const causes = new Map<string, unknown>(
      down.map((node) => [node, new CacheConnectionError(`${node} is down`, { node })]),
    )
    for (const [node, error] of this.causes) causes.set(node, error)
    const names = [...causes.keys()].join(', ')
    return new CacheQuorumError(
      `a transaction needs ${quorum.required} of ${quorum.deciders.join(', ')}, and ${answered} answered (${names} did not): nothing was applied`,
      {
        key: request.place,
        required: quorum.required,
        acknowledged: answered,
        causes,
        cause: causes.values().next().value,
      },
    )
  }
}

/** The decision with the newest ballot among those shown. */
function latestOf(seen: Seen): Taken | undefined {
  let latest: Taken | undefined
  for (const { taken } of seen.values()) {
    if (taken && (latest === undefined || compareVersions(taken.ballot, latest.ballot) > 0)) latest = taken
  }
  return latest
}

function isApplied({ ballot }: Taken, seen: Seen): boolean {
  return [...seen.values()].every(({ taken }) => taken?.applied === true && isSame(taken.ballot, ballot))
}

/** Which transactions went before the one that comes after `latest`. */
function chainOf(latest: Taken | undefined): Version[] {
  return latest === undefined ? [] : [latest.decision.id, ...latest.decision.before].slice(0, MOST_BEFORE)
}

function isSame(a: Version, b: Version): boolean {
  return compareVersions(a, b) === 0
}

function unknownOutcome({ intents }: CommitRequest, causes: ReadonlyMap<string, unknown>): CacheTransactionError {
  const silent = causes.size === 0 ? '' : `: ${[...causes.keys()].join(', ')} did not answer`
  return new CacheTransactionError(
    `the transaction may have taken effect, or not${silent}; read before you run it again`,
    { code: 'UNKNOWN_OUTCOME', keys: intents.map(({ key }) => key), cause: causes.values().next().value },
  )
}
