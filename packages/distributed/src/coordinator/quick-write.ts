/**
 * The quick road of writes, for what nearly all of them are: the key stays where it is, and as many nodes as the quorum asks for
 * are up and store the record in time. Then a counter is all that has to be kept, and a hint for a replica that is down.
 *
 * How it agrees with the slow road (`write-coordinator.ts`): it sends the same to the same nodes under the same version, and
 * answers where that road would, at the acknowledgement that makes the quorum. If before that a replica fails, holds
 * something newer or takes long, that road is taken over the round that is under way: it hears all answers as if it had sent
 * the round itself. A replica that fails afterwards is kept a hint, as there. Linearizable writes always take the slow road.
 */
import type { Version } from '../record/version.js'
import type { Budget } from './budget.js'
import type { Cluster } from './cluster.js'
import type { Waiting } from './hedges.js'
import type { NodeState } from './node-state.js'
import type { PlainRoute } from './plain-routes.js'
import { type Asker, Question } from './question.js'
import type { StoreRequest } from './replica-verbs.js'
import { Turn } from './turn.js'
import type { WriteCoordinator } from './write-coordinator.js'
import { WritesTogether } from './writes-together.js'

export class QuickWrites {
  private readonly turn: Turn<WritesTogether>

  /** @param registers - those of all records without tags */
  constructor(
    private readonly cluster: Cluster,
    private readonly slow: WriteCoordinator,
    registers: readonly string[],
  ) {
    this.turn = new Turn(cluster, () => new WritesTogether(cluster, registers))
  }

  /**
   * Writes with a version of now, by whichever road. What it throws is the slow road's.
   *
   * @param name - the key as the user knows it
   * @param make - the request for a version
   * @param done - called in the turn in which it is known to be stored
   */
  write(name: string, make: (version: Version) => StoreRequest, budget: Budget, done: () => void): Promise<void> {
    const { cluster, slow } = this
    const { quorums } = budget
    const route = quorums.linearizable ? undefined : cluster.plainRoute(name, budget)
    if (route === undefined || route.targets.length < quorums.writeQuorum) {
      return slow.write(name, make, budget).then(done)
    }
    return new Promise((resolve, reject) => {
      const request = make(cluster.parts.versions.next())
      const stored = () => {
        try {
          resolve(done())
        } catch (error) {
          reject(error)
        }
      }
      const goOn = (questions: readonly Promise<Version | undefined>[], isLate: boolean) =>
        resolve(slow.write(name, make, budget, { request, route, questions, isLate }).then(done))
      new QuickWrite(cluster, request, budget, route, stored, goOn).send(this.turn.with(budget))
    })
  }
}

type GoOn = (questions: readonly Promise<Version | undefined>[], isLate: boolean) => void

class QuickWrite implements Waiting, Asker<Version | undefined> {
  isDone = false
  private isStored = false
  private readonly questions: Question<Version | undefined>[] = []
  private lacking: number
  private sentAt = 0

  constructor(
    private readonly cluster: Cluster,
    private readonly request: StoreRequest,
    private readonly budget: Budget,
    private readonly route: PlainRoute,
    private readonly stored: () => void,
    private readonly goOn: GoOn,
  ) {
    this.lacking = budget.quorums.writeQuorum
  }

  send(together: WritesTogether): void {
    const { cluster, request, budget } = this
    const { states } = this.route
    this.sentAt = cluster.parts.clock.now()
    for (let i = 0; i < states.length; i++) {
      const state = states[i]!
      state.inFlight++
      const question = new Question(this, state)
      this.questions.push(question)
      together.add(question, state.id, request)
    }
    // Nobody can stand in where all nodes are replicas, or where none may.
    if (budget.quorums.quorum === 'sloppy' && cluster.nodes.length > states.length) cluster.hedges.watchOver(this)
  }

  late(): void {
    this.turnOff(true)
  }

  hear(state: NodeState, inTheWay: Version | undefined): void {
    this.cluster.heard(state, this.sentAt)
    if (this.isDone) return
    if (inTheWay !== undefined) {
      this.turnOff(false)
      return
    }
    if (--this.lacking > 0) return
    this.isDone = this.isStored = true
    if (this.route.missing.length > 0) this.oweMissing()
    this.stored()
  }

  fail(state: NodeState, error: unknown): void {
    this.cluster.heardNot(state, this.sentAt, error)
    if (this.isStored) this.cluster.keepHint(state.id, this.request)
    else if (!this.isDone) this.turnOff(false)
  }

  private oweMissing(): void {
    const { cluster, request, route } = this
    cluster.wentOnDegraded('write', request.name)
    for (const node of route.missing) cluster.keepHint(node, request)
  }

  private turnOff(isLate: boolean): void {
    this.isDone = true
    this.goOn(
      this.questions.map((question) => question.outcome()),
      isLate,
    )
  }
}
