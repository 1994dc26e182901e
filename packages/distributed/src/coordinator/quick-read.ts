/**
 * The quick road of reads, for what nearly all of them are: the key stays where it is, as many of its replicas are up as are
 * asked, they answer in time, and all of them show the same live record, without tags and newer than its registers. Then nothing
 * is to be weighed, put right or waited for, and none of what the slow road needs for that is built: a value is decoded from
 * the bytes as they came in.
 *
 * How it agrees with the slow road (`read-coordinator.ts`): it asks the same nodes in the same order, and only ever answers
 * itself where that road would answer the same and send nothing. In every other case, a failure and a late answer among
 * them, that road is taken from its beginning over the questions that were asked here: it hears their answers as if it had
 * asked itself. Linearizable reads always take it.
 */
import { codecAt, decodeEnvelope, isPlainAt, PLAIN } from '../record/envelope.js'
import { compareVersionAt, compareVersions, NO_VERSION } from '../record/version.js'
import { isExpired } from '../record/wire-record.js'
import type { Budget } from './budget.js'
import type { Cluster } from './cluster.js'
import type { NodeState } from './node-state.js'
import type { PlainRoute } from './plain-routes.js'
import { type BatchedRead, copyOf, type Lateness, type ReadBatch } from './read-batch.js'
import type { BegunRead, ReadCoordinator } from './read-coordinator.js'
import type { ReadRequest, ReadResult, Shown } from './read-request.js'
import { ReadsTogether } from './reads-together.js'
import type { Told } from './replica-verbs.js'
import { Turn } from './turn.js'

/** Makes of what a read found what the caller wants. */
export interface Taker<R> {
  take(result: ReadResult): R | Promise<R>
  /** Whether a plain value may be taken as bytes, where it lies. */
  readonly takesBytes: boolean
  /** Takes a plain value: what a codec wrote, from `start` to `end`. The bytes hold until this returns. */
  takeBytes(codec: number, bytes: Uint8Array, start: number, end: number): R
}

export class QuickReads {
  private readonly turn: Turn<ReadsTogether>

  /** @param registers - those of all keys that are read */
  constructor(
    private readonly cluster: Cluster,
    private readonly slow: ReadCoordinator,
    registers: readonly string[],
    private readonly requestOf: (name: string, key: string) => ReadRequest,
  ) {
    this.turn = new Turn(cluster, () => new ReadsTogether(cluster, registers))
  }

  /** The budget of those who have asked in this turn, a moment ago, if anybody has. */
  get budget(): Budget | undefined {
    return this.turn.budget
  }

  /** Reads one record, by whichever road. What it throws is the slow road's. */
  read<R>(name: string, key: string, budget: Budget, taker: Taker<R>): Promise<R> {
    const { quorums } = budget
    const route = quorums.linearizable ? undefined : this.cluster.plainRoute(name, budget)
    if (route === undefined || route.live < quorums.readQuorum) return this.readSlowly(name, key, budget, taker)
    const order = this.cluster.readingOrder.of(route.states, route.live, key)
    // Who stands in for a replica may have come before one.
    if (route.live < order.length && order !== route.states) return this.readSlowly(name, key, budget, taker)
    return new Promise<R>((resolve, reject) => {
      const goOn = (begun: BegunRead) => resolve(this.readSlowly(name, key, budget, taker, begun))
      new QuickRead<R>(this.cluster, key, route, order, taker, resolve, reject, goOn).ask(
        this.turn.with(budget),
        quorums.readQuorum,
      )
    })
  }

  private readSlowly<R>(name: string, key: string, budget: Budget, taker: Taker<R>, begun?: BegunRead): Promise<R> {
    return this.slow.read(this.requestOf(name, key), budget, begun).then((result) => taker.take(result))
  }
}

/** What one node shows. */
interface Answer {
  readonly batch: ReadBatch
  readonly bytes: Uint8Array | null
  readonly start: number
  readonly end: number
}

class QuickRead<R> implements BatchedRead {
  private isDone = false
  private required = 1
  private slowest: NodeState | undefined
  /** Where several are asked: what came of each, by its place in the order. */
  private answers: (Answer | undefined)[] | undefined
  private first: Answer | undefined
  private lacking = 0
  private overdue: Lateness | undefined
  /** Who hears of those that had not answered when the slow road was taken. */
  private waiters: (Told<Shown> | undefined)[] | undefined

  constructor(
    private readonly cluster: Cluster,
    readonly key: string,
    private readonly route: PlainRoute,
    private readonly order: readonly NodeState[],
    private readonly taker: Taker<R>,
    private readonly resolve: (value: R | Promise<R>) => void,
    private readonly reject: (reason: unknown) => void,
    private readonly goOn: (begun: BegunRead) => void,
  ) {}

  ask(together: ReadsTogether, required: number): void {
    const { order } = this
    this.required = this.lacking = required
    this.cluster.hedgeBudget.earn()
    for (let i = 0; i < required; i++) {
      const state = order[i]!
      if (this.slowest === undefined || state.usual > this.slowest.usual) this.slowest = state
      together.add(this, state, required > 1)
    }
  }

  hear(batch: ReadBatch, bytes: Uint8Array | null, start: number, end: number): void {
    if (this.isDone) return this.waiterOf(batch)?.heard(shownOf({ batch, bytes, start, end }))
    if (this.required === 1) {
      if (bytes === null || !this.settle(batch, bytes, start, end)) this.turnOff('no', { batch, bytes, start, end })
      return
    }
    const answer = { batch, bytes, start, end }
    this.answers ??= []
    this.answers[this.order.indexOf(batch.state)] = answer
    this.first ??= answer
    if (bytes === null || (answer !== this.first && !areSame(answer, this.first))) return this.turnOff('no')
    if (--this.lacking > 0) {
      if (this.overdue !== undefined && batch.state === this.slowest) this.turnOff(this.overdue)
    } else if (!this.settle(batch, bytes, start, end)) this.turnOff('no')
  }

  fail(batch: ReadBatch, reason: unknown): void {
    if (this.isDone) this.waiterOf(batch)?.failed(reason)
    else this.turnOff('no', undefined, { batch, reason })
  }

  late(batch: ReadBatch, lateness: Lateness): void {
    if (this.isDone) return
    // While a slower node is waited for, a quick one may take its time.
    const { slowest } = this
    const isSlowestWaitedFor = slowest !== batch.state && this.answers?.[this.order.indexOf(slowest!)] === undefined
    if (isSlowestWaitedFor) this.overdue = lateness
    else this.turnOff(lateness)
  }

  /** Answers the caller, if there is nothing to be done about what all have shown. */
  private settle(batch: ReadBatch, bytes: Uint8Array, start: number, end: number): boolean {
    const { key, taker } = this
    const { newestRegister, isDamaged } = batch
    if (isDamaged) return false
    const versionAt = start + PLAIN.version
    if (newestRegister !== undefined && compareVersionAt(bytes, versionAt, newestRegister) <= 0) return false
    if (taker.takesBytes && isPlainAt(bytes, start, end, key, batch.now)) {
      this.cluster.parts.versions.observeAt(bytes, versionAt)
      this.isDone = true
      try {
        this.resolve(taker.takeBytes(codecAt(bytes, start), bytes, start + PLAIN.payload, end - PLAIN.end))
      } catch (error) {
        this.reject(error)
      }
      return true
    }
    const result = this.resultOf(batch, copyOf(bytes, start, end))
    if (result === undefined) return false
    this.isDone = true
    try {
      this.resolve(taker.take(result))
    } catch (error) {
      this.reject(error)
    }
    return true
  }

  private resultOf(batch: ReadBatch, bytes: Uint8Array): ReadResult | undefined {
    let record: ReadResult['record']
    try {
      record = decodeEnvelope(bytes, this.key)
    } catch {
      return undefined
    }
    const { version, tombstone, tags } = record
    if (tombstone || tags.length > 0 || isExpired(record, batch.now)) return undefined
    const registers = batch.registerVersions.slice()
    for (const register of registers) if (compareVersions(register, version) >= 0) return undefined
    // What is written from here on must be newer than all of this; the record is newer than its registers.
    this.cluster.parts.versions.observe(version)
    const answered = this.order.slice(0, this.required).map(({ id }) => id)
    const nothing = { stale: undefined, tagged: NO_VERSION }
    return { ...nothing, record, version, registers, answered, degraded: false }
  }

  /** Takes the slow road, with all that is on its way. */
  private turnOff(late: BegunRead['late'], answer?: Answer, failure?: { batch: ReadBatch; reason: unknown }): void {
    this.isDone = true
    const outcome = (state: NodeState, place: number): Promise<Shown> => {
      const shown = answer?.batch.state === state ? answer : this.answers?.[place]
      if (shown !== undefined) return Promise.resolve(shownOf(shown))
      const told = new Promise<Shown>((heard, failed) => {
        if (failure?.batch.state === state) failed(failure.reason)
        else {
          this.waiters ??= []
          this.waiters[place] = { heard, failed }
        }
      })
      // It may have enough without this one.
      told.catch(() => undefined)
      return told
    }
    const { route, order } = this
    const questions = order.slice(0, this.required).map(outcome)
    this.goOn({ route, order: order.map(({ id }) => id), questions, late })
  }

  private waiterOf(batch: ReadBatch): Told<Shown> | undefined {
    return this.waiters?.[this.order.indexOf(batch.state)]
  }
}

/** The same as the slow road is shown it: arrays of its own. */
function shownOf({ batch, bytes, start, end }: Answer): Shown {
  return [bytes === null ? null : copyOf(bytes, start, end), ...batch.registers]
}

function areSame(one: Answer, other: Answer): boolean {
  const registers = other.batch.registers
  for (let i = 0; i < registers.length; i++) if (!isSame(one.batch.registers[i]!, registers[i]!)) return false
  const bytes = one.bytes as Buffer
  return bytes.compare(other.bytes!, other.start, other.end, one.start, one.end) === 0
}

function isSame(one: Uint8Array | null, other: Uint8Array | null): boolean {
  return one === null || other === null ? one === other : Buffer.compare(one, other) === 0
}
