/**
 * The nodes as one client sees them: who holds which key, who is up, what the others missed. Every question to a node
 * goes through `ask`, which keeps the circuits; a node that is back gets its hints before it counts as up. Knows no values.
 */
import { CacheConnectionError, CacheTimeoutError } from '@mtaio/exceptions'
import { backoffDelay } from '../health/backoff.js'
import { quorumsOf } from '../quorum/quorum-rule.js'
import type { Version } from '../record/version.js'
import { type Budget, pause } from './budget.js'
import type { CallKind, CallOptions, ClusterEvents, ClusterParts } from './cluster-parts.js'
import { HedgeBudget } from './hedge-budget.js'
import { Hedges } from './hedges.js'
import { HintDelivery } from './hint-delivery.js'
import { HintedHandoff } from './hinted-handoff.js'
import { NodeState } from './node-state.js'
import { isOutOfReach } from './out-of-reach.js'
import { Pace } from './pace.js'
import { type PlainRoute, PlainRoutes } from './plain-routes.js'
import { Probes } from './probes.js'
import { ReadingOrder } from './reading-order.js'
import { isLeaseKey } from './register.js'
import type { ReplicaVerbs, StoreRequest } from './replica-verbs.js'
import { orderOf, ownersOf, type Places, type Route, routeOf } from './route.js'
import { settled } from './settled.js'
import { verbsOver } from './slotted-verbs.js'
import { SoundRegisters } from './sound-registers.js'

/** After this part of a call's budget, a node that has not answered is no longer waited for alone. */
const HEDGE_PART = 8
/** Attempts of a writer that follow at once, and the waits between the others, ms. */
const AT_ONCE = 3
const RETRY = { base: 2, cap: 100 }

export class Cluster {
  readonly verbs: ReplicaVerbs
  readonly hints: HintedHandoff
  readonly readingOrder: ReadingOrder
  /** What registers say, where they are sound. */
  readonly registers = new SoundRegisters()
  /** What is done beside a node that takes a good part of the budget. */
  readonly hedges: Hedges
  readonly hedgeBudget = new HedgeBudget()
  /** How fast hints, repairs and migrations go. */
  readonly pace: Pace
  /** Counted for the statistics. */
  readonly counts = { hintsReplayed: 0, repairs: 0, repairsDropped: 0, degraded: 0, hedges: 0 }
  /** What a call waits for before it begins, if anything. */
  beforeCall: ((budget: Budget) => Promise<void> | undefined) | undefined
  /** Under which key nodes keep who the nodes are, and the version that `places` are of; `undefined` where nobody comes or goes. */
  membersStanding: (() => readonly [key: string, version: Version]) | undefined
  /** Where keys lie. Replaced as a whole when nodes come or go. */
  places: Places
  private readonly states = new Map<string, NodeState>()
  private ids: readonly string[] = []
  private plainRoutes: PlainRoutes | undefined
  private readonly probes: Probes
  private readonly delivery: HintDelivery
  /** By when all calls that have begun are over. */
  private until = Number.NEGATIVE_INFINITY
  /** Calls that wait before their next attempt. */
  private waiting = 0
  private closed = false
  private closing: Promise<void> | undefined
  /** What others wait for, and what is therefore said before the connections are closed. Each ends by its deadline. */
  private readonly lastWords = new Set<Promise<unknown>>()

  constructor(
    readonly parts: ClusterParts,
    private readonly events: ClusterEvents,
  ) {
    const { clock, random, operationTimeout } = parts
    this.verbs = verbsOver(parts.transport)
    this.hints = new HintedHandoff(parts.hintLimits, () => clock.now())
    this.readingOrder = new ReadingOrder(this.hints)
    this.hedges = new Hedges(clock, operationTimeout / HEDGE_PART)
    this.pace = new Pace(clock, parts.backgroundRate ?? 5000)
    this.delivery = new HintDelivery({
      ...{ hints: this.hints, pace: this.pace, clock, random },
      isDue: (node) => !this.closed && this.isUp(node),
      store: (node, request) => this.store(node, request, this.budget()),
      delivered: () => void this.counts.hintsReplayed++,
    })
    this.probes = new Probes(clock, (node) => this.welcome(node))
    this.places = { placement: parts.placement, before: undefined }
    for (const { id } of parts.placement.nodes) this.admit(id)
  }

  get nodes(): readonly string[] {
    return this.ids
  }

  get isClosed(): boolean {
    return this.closed
  }

  /** Takes a node in; keys lie on it once `places` says so. */
  admit(node: string): void {
    if (this.states.has(node)) return
    const { clock, random } = this.parts
    this.states.set(node, new NodeState(node, clock, random, this.hedges.patience))
    this.renumber()
  }

  /** Leaves a node out for good. */
  dismiss(node: string): void {
    this.states.get(node)?.hedges.close()
    this.states.delete(node)
    this.renumber()
    this.probes.forget(node)
    this.hints.forgetNode(node)
  }

  /** The budget of a call that begins now. */
  budget({ signal, timeout, consistency }: CallOptions = {}): Budget {
    const { clock, operationTimeout, quorums } = this.parts
    const deadline = clock.now() + (timeout ?? operationTimeout)
    if (deadline > this.until) this.until = deadline
    return {
      deadline,
      quorums: consistency === undefined ? quorums : quorumsOf(quorums, consistency),
      caller: signal,
    }
  }

  /** @throws CacheConnectionError for a node that was removed meanwhile */
  state(node: string): NodeState {
    const state = this.states.get(node)
    if (state !== undefined) return state
    throw new CacheConnectionError(`${node} is no node of this cache any more`, { node, code: 'REMOVED' })
  }

  /** The one that takes longest to answer, as a rule. */
  slowestOf(nodes: Iterable<string>): NodeState {
    let slowest: NodeState | undefined
    for (const node of nodes) {
      const state = this.state(node)
      if (slowest === undefined || state.usual > slowest.usual) slowest = state
    }
    return slowest!
  }

  isUp(node: string): boolean {
    return this.states.get(node)?.isUp ?? false
  }

  /** Who is asked about a key. */
  route(name: string, { quorums }: Budget): Route {
    return routeOf(name, this.places, quorums, (node) => this.isUp(node))
  }

  /** The route of a key that does not move, as most do not, at a price at which many can be asked for; else `undefined`. */
  plainRoute(name: string, { quorums }: Budget): PlainRoute | undefined {
    const { placement, before } = this.places
    if (before !== undefined) return undefined
    if (this.plainRoutes?.placement !== placement) {
      this.plainRoutes = new PlainRoutes(placement, this.states)
    }
    return this.plainRoutes.find(name, quorums)
  }

  /** The nodes on which a key belongs, while it moves those of before, too. */
  ownersOf(name: string): readonly string[] {
    return ownersOf(name, this.places, this.parts.quorums.replicationFactor)
  }

  /** Nodes that can still stand in for a target that failed during the call. */
  standIns(name: string, asked: ReadonlySet<string>, { quorums }: Budget): string[] {
    if (quorums.quorum === 'strict') return []
    return orderOf(name, this.places).filter((node) => !asked.has(node) && this.isUp(node))
  }

  /** The targets of a read, those last that had better not be relied upon alone. */
  inReadingOrder({ targets, replicas }: Route, physical: string): readonly string[] {
    const states = targets.map((node) => this.states.get(node))
    // One that was removed meanwhile says so when it is asked.
    if (states.includes(undefined)) return targets
    const live = targets.filter((node) => replicas.includes(node)).length
    return this.readingOrder.of(states as NodeState[], live, physical).map(({ id }) => id)
  }

  private renumber(): void {
    this.ids = [...this.states.keys()]
    this.plainRoutes = undefined
  }

  /** Asks a node, and lets its circuit know how that went. */
  async ask<R>(node: string, question: () => Promise<R>): Promise<R> {
    const state = this.state(node)
    const asked = this.parts.clock.now()
    state.inFlight++
    try {
      const answer = await question()
      this.heard(state, asked)
      return answer
    } catch (error) {
      this.heardNot(state, asked, error)
      throw error
    }
  }

  /** A node has answered what it was asked at that time: so many questions, as one. */
  heard(state: NodeState, asked: number, questions = 1): void {
    const now = this.parts.clock.now()
    state.inFlight -= questions
    state.latency.record(now - asked)
    if (asked > state.provenAt) state.provenAt = asked
    if (state.isUp) state.detector.onSuccess(now)
  }

  /** What a node was asked at that time has failed. */
  heardNot(state: NodeState, asked: number, error: unknown, questions = 1): void {
    state.inFlight -= questions
    state.errors += questions
    const isLate = error instanceof CacheTimeoutError
    const took = this.parts.clock.now() - asked
    if (isLate) state.timeouts += questions
    if (isLate) state.latency.record(took)
    // Asked at the end of a budget that others had used up, a node is late through no fault of its own.
    const hadTime = !isLate || took >= this.hedges.patience
    // It has answered what it was asked later: that this one was lost, on a way that was cut since, say, is no news.
    const isNews = asked >= state.provenAt
    if (hadTime && isNews && isOutOfReach(error)) for (let i = 0; i < questions; i++) this.failed(state, error)
  }

  store(node: string, request: StoreRequest, budget: Budget) {
    return this.ask(node, () => this.verbs.store(node, request, budget))
  }

  /** Keeps a write for a node that missed it, and delivers it as soon as the node takes it. */
  keepHint(node: string, request: StoreRequest): void {
    if (!this.states.has(node) || isLeaseKey(request.key)) return
    this.hints.keep(node, request)
    if (this.isUp(node) && !this.closed) this.delivery.later(node)
  }

  /**
   * Waits before a call's next attempt; the first few follow at once, since the clock has moved past what stood in the
   * way: a record, a register or two. Writers who keep meeting part by chance, then. False when there is no time left, or
   * nobody waits any more.
   */
  async again(attempt: number, budget: Budget): Promise<boolean> {
    const { clock, random } = this.parts
    if (attempt <= AT_ONCE) return !budget.caller?.aborted
    this.waiting++
    const isTime = await pause(clock, backoffDelay(attempt - AT_ONCE - 1, RETRY, random), budget)
    this.waiting--
    return isTime
  }

  /** Counts a call that went on with fewer nodes than its quorum, and tells of it. */
  wentOnDegraded(call: CallKind, key: string | undefined): void {
    this.counts.degraded++
    this.events.degraded(call, key)
  }

  /** Lets `close` wait for something that never rejects and ends by a deadline. */
  beforeClosing<R>(word: Promise<R>): Promise<R> {
    const said = word.finally(() => this.lastWords.delete(said))
    this.lastWords.add(said)
    return said
  }

  /**
   * Ends: lets calls under way come to their end, tries once more to send hints to nodes that are up, and closes the connections.
   * Takes until the deadline of the last call at most, and a budget more where there are hints. Asked twice, it is one end.
   */
  close(): Promise<void> {
    this.closing ??= this.end()
    return this.closing
  }

  private async end(): Promise<void> {
    const { clock, operationTimeout, transport } = this.parts
    this.closed = true
    this.probes.close()
    const isBusy = () => this.isBusy
    await settled(clock, isBusy, () => this.until)
    const up = this.ids.filter((node) => this.isUp(node))
    await this.delivery.last(up, operationTimeout)
    this.hedges.close()
    for (const { hedges } of this.states.values()) hedges.close()
    await Promise.all(this.lastWords)
    await transport.close()
  }

  private get isBusy(): boolean {
    if (this.waiting > 0) return true
    for (const { inFlight } of this.states.values()) if (inFlight > 0) return true
    return false
  }

  private failed(state: NodeState, error: unknown): void {
    if (this.closed || !this.states.has(state.id)) return
    const wasUp = state.isUp
    state.detector.onFailure(this.parts.clock.now())
    if (state.isUp) return
    if (wasUp) this.events.nodeDown(state.id, error)
    this.probes.later(state.id, state.detector)
  }

  /** A node that was down answers again; before it counts as up, it is told what it missed. */
  private async welcome(node: string): Promise<void> {
    const state = this.states.get(node)
    if (state === undefined) return
    await this.verbs.ping(node, this.budget())
    await this.delivery.to(node, (request) => this.verbs.store(node, request, this.budget()))
    // It may have been removed meanwhile.
    if (!this.states.has(node)) return
    // What it knew of other times says nothing of now.
    state.detector.onSuccess(this.parts.clock.now())
    // What it missed since the last of them was sent.
    if (this.hints.sizeFor(node) > 0) this.delivery.later(node)
    this.events.nodeUp(node)
  }
}
