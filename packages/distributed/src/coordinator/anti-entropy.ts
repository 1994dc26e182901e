/**
 * Copies made whole again without reads: of a node that is back, empty perhaps, and of all when asked to. What is to be done is
 * `Comparison`'s; here is who does it, and when.
 *
 * Every client sees a node come back, and one is enough to rebuild it: whoever puts a claim on the node does (`rebuild-claim.ts`). Until
 * it is done the node is not relied upon alone. A node that came back unseen is found by its mark (`lost-memory.ts`).
 */
import { backoffDelay } from '../health/backoff.js'
import type { Cluster } from './cluster.js'
import { Comparison, type ComparisonCounts, newCounts, Stopped } from './comparison.js'
import { ComparisonVerbs } from './comparison-verbs.js'
import { LostMemory } from './lost-memory.js'
import { RebuildClaim } from './rebuild-claim.js'
import { ownersOf } from './route.js'
import type { Whereabouts } from './whereabouts.js'

/** What is told of work in the background as it goes on. */
export interface RepairProgress extends Readonly<ComparisonCounts> {
  /** `'rebuild'`: of a node that is back. `'repair'`: of all, on request. */
  readonly work: 'rebuild' | 'repair'
  /** The node that is rebuilt. */
  readonly node: string | undefined
  /** The nodes that were walked whole, and how many there are to walk. */
  readonly walked: number
  readonly of: number
}

/** What a repair has done. */
export interface RepairReport extends Readonly<ComparisonCounts> {
  /** Nodes that could not be walked, each with its error: what they alone hold is not copied. */
  readonly failures: ReadonlyMap<string, unknown>
}

export interface RepairOptions {
  /** Ends the repair; what was copied stays. */
  readonly signal?: AbortSignal | undefined
}

const POLL_MS = 1000
const MOST_POLLS = 600
/** How often a node that could not be walked is tried again while it counts as up. */
const MOST_ROUNDS = 4
/** Pauses before a connection that was lost is opened again, ms. */
const REOPEN = { base: 50, cap: 1000 }

export class AntiEntropy {
  private readonly comparison: Comparison
  private readonly verbs: ComparisonVerbs
  /** For a node that could not be walked: those that were rebuilt without it, and are to be given what it holds. */
  private readonly owing = new Map<string, Set<string>>()
  private readonly lostMemory: LostMemory
  private readonly reopening = new Set<string>()
  private claims = 0

  /**
   * @param root - the outermost namespace
   * @param client - by which this client's claims are told from others'
   */
  constructor(
    private readonly cluster: Cluster,
    private readonly root: string,
    private readonly client: string,
    private readonly tell: (progress: RepairProgress) => void,
  ) {
    this.comparison = new Comparison(cluster)
    this.verbs = new ComparisonVerbs(cluster.verbs)
    this.lostMemory = new LostMemory(cluster, this.verbs, root, (node) => this.returned(node))
  }

  /** A connection to a node was opened: if it has lost its memory, unseen, it is rebuilt. Never rejects. */
  opened(node: string): Promise<void> {
    return this.lostMemory.look(node)
  }

  /**
   * A connection to a node has ended: it is opened again, so that one that comes back empty is known without anybody's call, and one that
   * does not come back, too. Never rejects.
   */
  async lost(node: string): Promise<void> {
    const { cluster, reopening } = this
    if (reopening.has(node)) return
    reopening.add(node)
    for (let attempt = 0; cluster.isUp(node) && !cluster.isClosed; attempt++) {
      await this.pause(backoffDelay(attempt, REOPEN, cluster.parts.random))
      const ping = cluster.isUp(node) && cluster.ask(node, () => cluster.verbs.ping(node, cluster.budget()))
      const isThere = await Promise.resolve(ping).then(
        () => true,
        () => false,
      )
      if (isThere) break
    }
    reopening.delete(node)
  }

  /** A node is back: rebuilds it, or waits until another client has. Never rejects. */
  async returned(node: string): Promise<void> {
    // It may have been removed while it was welcomed.
    if (!this.cluster.isUp(node)) return
    const state = this.cluster.state(node)
    state.recovering++
    try {
      await this.claimed(node)
      await this.payDebts()
    } catch {
      // It went away again, or this client ends. On its next return there is another attempt.
    } finally {
      state.recovering--
    }
  }

  /** Compares every node with all others. Resolves when each was walked, or could not be. */
  repair({ signal }: RepairOptions): Promise<RepairReport> {
    return this.compare('repair', undefined, () => false, signal)
  }

  /**
   * Gives a node what the others hold. Those who could not be walked owe it that.
   *
   * @param isOff - whether it is no use any more
   */
  private async rebuild(node: string, isOff: () => boolean, sources?: readonly string[]): Promise<void> {
    let left = sources
    for (let round = 1; ; round++) {
      const { failures } = await this.compare('rebuild', node, isOff, undefined, left)
      left = [...failures.keys()]
      // Who was away only while it was walked is walked now; who stays away, on its return.
      if (round === MOST_ROUNDS || !left.some((source) => this.cluster.isUp(source))) break
      await this.pause(POLL_MS)
    }
    for (const source of left) this.owing.set(source, (this.owing.get(source) ?? new Set()).add(node))
  }

  /** What nodes hold is given to those who were rebuilt while they were away, as soon as both are there. */
  private async payDebts(): Promise<void> {
    const { cluster } = this
    for (const [source, targets] of this.owing) {
      // Those that are added meanwhile have failed just now: their turn is on the next return.
      for (const target of [...targets]) {
        if (!cluster.isUp(source) || !cluster.isUp(target)) continue
        targets.delete(target)
        await this.rebuild(target, () => false, [source])
      }
    }
  }

  private async compare(
    work: RepairProgress['work'],
    node: string | undefined,
    isOff: () => boolean,
    signal: AbortSignal | undefined,
    sources: readonly string[] = this.cluster.nodes.filter((each) => each !== node),
  ): Promise<RepairReport> {
    const { cluster } = this
    const counts = newCounts()
    const failures = new Map<string, unknown>()
    const isOver = () => cluster.isClosed || isOff() || (node !== undefined && !cluster.isUp(node))
    // Who the nodes are, as it stands now: what goes by it goes by nothing else.
    const { places } = cluster
    const isMoving = places.before !== undefined
    const { replicationFactor } = cluster.parts.quorums
    const standing = cluster.membersStanding?.() ?? true
    let walked = 0
    for (const source of sources) {
      const walk = {
        root: this.root,
        owners: (place: Whereabouts) =>
          place.kind === 'register' ? cluster.nodes : ownersOf(place.name, places, replicationFactor),
        targets: node === undefined ? undefined : (target: string) => target === node,
        // While nodes move, leftovers are what the others are made of.
        dropsStrays: node === undefined && !isMoving && standing,
        counts,
        onStep: () => {
          signal?.throwIfAborted()
          if (isOver()) throw new Stopped()
          this.tell({ ...counts, work, node, walked, of: sources.length })
        },
      }
      try {
        if (!cluster.isUp(source)) throw new Stopped(`${source} is down`)
        await this.comparison.walk(source, walk)
      } catch (error) {
        signal?.throwIfAborted()
        if (isOver()) throw error
        failures.set(source, error)
      }
      walked++
    }
    this.tell({ ...counts, work, node, walked, of: sources.length })
    return { ...counts, failures }
  }

  /** Rebuilds a node if no other client does; else waits until that one is done, or has vanished. */
  private async claimed(node: string): Promise<void> {
    const { cluster, verbs, root } = this
    for (let poll = 0; poll < MOST_POLLS && !cluster.isClosed && cluster.isUp(node); poll++) {
      const claim = new RebuildClaim(cluster, verbs, node, root, `${this.client}:${++this.claims}`)
      const state = await claim.take()
      if (state === 'done') return
      if (state === 'theirs') await this.pause(POLL_MS)
      else if (await this.fulfilled(claim, node)) return
    }
  }

  /** False where the node has lost its memory meanwhile, and all is to be done again. */
  private async fulfilled(claim: RebuildClaim, node: string): Promise<boolean> {
    try {
      return await claim.during(() => this.rebuild(node, () => claim.isLost))
    } catch (error) {
      if (claim.isLost) return false
      throw error
    }
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.cluster.parts.clock.setTimer(resolve, ms))
  }
}
