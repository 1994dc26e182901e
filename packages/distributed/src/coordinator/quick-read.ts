/**
 * The quick road of reads, for what nearly all of them are: the key's replicas are up and stay where they are, those who are
 * asked answer in time, and all of them show the same live record, without tags and newer than its registers. Then nothing
 * is to be weighed, put right or waited for, and none of what the slow road needs for that is built.
 *
 * How it agrees with the slow road (`read-coordinator.ts`): it asks the same nodes in the same order, and only ever answers
 * itself where that road would answer the same and send nothing. In every other case, a failure and a late answer among
 * them, that road is taken from its beginning over the questions that were asked here: it hears their answers as if it had
 * asked itself. Linearizable reads always take it.
 */
import { decodeEnvelope, versionOf } from '../record/envelope.js'
import { compareVersions, NO_VERSION, type Version } from '../record/version.js'
import { isExpired } from '../record/wire-record.js'
import type { Budget } from './budget.js'
import type { Cluster } from './cluster.js'
import type { Waiting } from './hedges.js'
import type { NodeState } from './node-state.js'
import { type Asker, Question } from './question.js'
import type { BegunRead, ReadCoordinator } from './read-coordinator.js'
import type { ReadRequest, ReadResult, Shown } from './read-request.js'
import type { ReadsTogether } from './reads-together.js'
import type { Route } from './route.js'

export class QuickReads {
  constructor(
    private readonly cluster: Cluster,
    private readonly slow: ReadCoordinator,
  ) {}

  /**
   * Reads one record, by whichever road. What it throws is the slow road's.
   *
   * @param take - makes of the result what the caller wants, in the turn of the answer
   * @param together - where other keys are asked for at the same time
   */
  read<R>(
    request: ReadRequest,
    budget: Budget,
    take: (result: ReadResult) => R | Promise<R>,
    together?: ReadsTogether,
  ): Promise<R> {
    const { cluster, slow } = this
    const { quorums } = budget
    const route = quorums.linearizable ? undefined : cluster.plainRoute(request.name, budget)
    if (route === undefined || route.targets.length < quorums.readQuorum) return slow.read(request, budget).then(take)
    return new Promise<R>((resolve, reject) => {
      new QuickRead<R>(cluster, slow, request, budget, route, take, resolve, reject).ask(together)
    })
  }
}

class QuickRead<R> implements Waiting, Asker<Shown> {
  isDone = false
  private readonly order: readonly string[]
  private readonly questions: Question<Shown>[] = []
  private readonly shown: Shown[] = []
  private readonly answered: string[] = []
  private askedAt = 0
  private whenLate: BegunRead['late'] = 'hanging'

  constructor(
    private readonly cluster: Cluster,
    private readonly slow: ReadCoordinator,
    private readonly request: ReadRequest,
    private readonly budget: Budget,
    private readonly route: Route,
    private readonly take: (result: ReadResult) => R | Promise<R>,
    private readonly resolve: (value: R | Promise<R>) => void,
    private readonly reject: (reason: unknown) => void,
  ) {
    this.order = cluster.inReadingOrder(route.targets, request.key)
  }

  ask(together: ReadsTogether | undefined): void {
    const { cluster, order, budget, request } = this
    const required = budget.quorums.readQuorum
    const keys = [request.key, ...request.registers]
    this.askedAt = cluster.parts.clock.now()
    let slowest: NodeState | undefined
    let usual = 0
    for (let i = 0; i < required; i++) {
      const state = cluster.state(order[i]!)
      state.inFlight++
      const question = new Question(this, state)
      this.questions.push(question)
      if (together === undefined) cluster.verbs.readFor(question, state.id, keys, budget)
      else together.readFor(question, state.id, request.key, budget)
      const { usual: own } = state
      if (own <= usual) continue
      slowest = state
      usual = own
    }
    cluster.hedgeBudget.earn()
    const { hedges } = cluster
    const isUnusual = slowest !== undefined && usual < hedges.patience
    this.whenLate = isUnusual ? 'unusual' : 'hanging'
    if (isUnusual) slowest!.hedges.watchOver(this, usual)
    else hedges.watchOver(this)
  }

  late(): void {
    this.turnOff(this.whenLate)
  }

  hear(state: NodeState, shown: Shown): void {
    this.cluster.heard(state, this.askedAt)
    if (this.isDone) return
    this.shown.push(shown)
    this.answered.push(state.id)
    if (this.shown.length < this.questions.length) return
    const result = agreed(this.request, this.shown, this.answered, this.cluster)
    if (result === undefined) {
      this.turnOff('no')
      return
    }
    this.isDone = true
    try {
      this.resolve(this.take(result))
    } catch (error) {
      this.reject(error)
    }
  }

  fail(state: NodeState, error: unknown): void {
    this.cluster.heardNot(state, this.askedAt, error)
    if (!this.isDone) this.turnOff('no')
  }

  /** Takes the slow road, with all that is on its way. */
  private turnOff(late: BegunRead['late']): void {
    const { route, order } = this
    this.isDone = true
    const questions = this.questions.map((question) => question.outcome())
    this.resolve(this.slow.read(this.request, this.budget, { route, order, questions, late }).then(this.take))
  }
}

/** What all have shown, if it is the same and there is nothing to be done about it. */
function agreed(
  { key, registers, wantsStale }: ReadRequest,
  shown: readonly Shown[],
  answered: readonly string[],
  { parts }: Cluster,
): ReadResult | undefined {
  const first = shown[0]!
  const bytes = first[0]
  if (bytes == null || wantsStale) return undefined
  for (let i = 1; i < shown.length; i++) {
    for (let at = 0; at < first.length; at++) if (!areSame(first[at]!, shown[i]![at]!)) return undefined
  }
  let record: ReadResult['record']
  try {
    record = decodeEnvelope(bytes, key)
  } catch {
    return undefined
  }
  const { version, tombstone, tags } = record
  if (tombstone || tags.length > 0 || isExpired(record, parts.wallNow())) return undefined
  const seen: Version[] = []
  for (let i = 1; i <= registers.length; i++) {
    const held = first[i]
    const register = (held == null ? undefined : versionOf(held)) ?? NO_VERSION
    if (compareVersions(register, version) >= 0) return undefined
    seen.push(register)
  }
  // What is written from here on must be newer than all of this; the record is newer than its registers.
  parts.versions.observe(version)
  return { record, stale: undefined, version, registers: seen, tagged: NO_VERSION, answered, degraded: false }
}

function areSame(a: Uint8Array | null, b: Uint8Array | null): boolean {
  if (a === null || b === null) return a === b
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
