/**
 * Copies made whole again without reads: of a node that is back, empty perhaps, and of all when asked to. What is to be done is
 * `Comparison`'s; here is who does it, and when.
 *
 * Every client sees a node come back, and one is enough to rebuild it: whoever puts a claim on the node does. A claim that is not
 * renewed ends, and another client takes over. Until it is done the node is not relied upon alone.
 */
import type { CacheError } from '@mtaio/exceptions'
import type { Cluster } from './cluster.js'
import { Comparison, type ComparisonCounts, newCounts, Stopped } from './comparison.js'
import { ComparisonVerbs } from './comparison-verbs.js'
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

const CLAIM_MS = 15_000
/** Whoever sees the node come back a little later need not do it again. */
const DONE_MS = 15_000
const POLL_MS = 1000
const MOST_POLLS = 600
const DONE = 'done'

export class AntiEntropy {
  private readonly comparison: Comparison
  private readonly verbs: ComparisonVerbs
  /** For a node that could not be walked: those that were rebuilt without it, and are to be given what it holds. */
  private readonly owing = new Map<string, Set<string>>()

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
  }

  /** A node is back: rebuilds it, or waits until another client has. Never rejects. */
  async returned(node: string): Promise<void> {
    const state = this.cluster.state(node)
    state.recovering++
    try {
      await this.claimed(node, () => this.rebuild(node))
      await this.payDebts(node)
    } catch {
      // It went away again, or this client ends. On its next return there is another attempt.
    } finally {
      state.recovering--
    }
  }

  /** Compares every node with all others. Resolves when each was walked, or could not be. */
  repair({ signal }: RepairOptions): Promise<RepairReport> {
    return this.compare('repair', undefined, signal)
  }

  private async rebuild(node: string, sources?: readonly string[]): Promise<void> {
    const { failures } = await this.compare('rebuild', node, undefined, sources)
    for (const source of failures.keys()) {
      const targets = this.owing.get(source) ?? new Set()
      this.owing.set(source, targets.add(node))
    }
  }

  /** What a node holds is given to those who were rebuilt while it was away. Who is away itself is rebuilt on its return. */
  private async payDebts(source: string): Promise<void> {
    const targets = this.owing.get(source) ?? []
    this.owing.delete(source)
    for (const target of targets) if (this.cluster.isUp(target)) await this.rebuild(target, [source])
  }

  private async compare(
    work: RepairProgress['work'],
    node: string | undefined,
    signal: AbortSignal | undefined,
    sources: readonly string[] = this.cluster.nodes.filter((each) => each !== node),
  ): Promise<RepairReport> {
    const { cluster } = this
    const counts = newCounts()
    const failures = new Map<string, unknown>()
    let walked = 0
    for (const source of sources) {
      const walk = {
        root: this.root,
        owners: (place: Whereabouts) => (place.kind === 'register' ? cluster.nodes : cluster.ownersOf(place.name)),
        targets: node === undefined ? undefined : (target: string) => target === node,
        // While nodes move, leftovers are what the others are made of.
        dropsStrays: node === undefined && cluster.places.before === undefined,
        counts,
        onStep: () => {
          signal?.throwIfAborted()
          if (cluster.isClosed || (node !== undefined && !cluster.isUp(node))) throw new Stopped()
          this.tell({ ...counts, work, node, walked, of: sources.length })
        },
      }
      try {
        if (!cluster.isUp(source)) throw new Stopped(`${source} is down`)
        await this.comparison.walk(source, walk)
      } catch (error) {
        signal?.throwIfAborted()
        if (cluster.isClosed || (node !== undefined && !cluster.isUp(node))) throw error
        failures.set(source, error)
      }
      walked++
    }
    this.tell({ ...counts, work, node, walked, of: sources.length })
    return { ...counts, failures }
  }

  /** Runs `work` if no other client does; else waits until that one is done, or has vanished. */
  private async claimed(node: string, work: () => Promise<unknown>): Promise<void> {
    const { cluster, verbs, client } = this
    const { clock } = cluster.parts
    const key = `!repair:${this.root}`
    for (let poll = 0; poll < MOST_POLLS && !cluster.isClosed && cluster.isUp(node); poll++) {
      const isMine = await cluster.ask(node, () => verbs.claim(node, key, client, CLAIM_MS, cluster.budget()))
      if (isMine) {
        await this.holding(node, key, work)
        return
      }
      const holder = await cluster.ask(node, () => verbs.text(node, key, cluster.budget()))
      if (holder === DONE) return
      await new Promise<void>((resolve) => clock.setTimer(resolve, POLL_MS))
    }
  }

  private async holding(node: string, key: string, work: () => Promise<unknown>): Promise<void> {
    const { cluster, verbs, client } = this
    const { clock } = cluster.parts
    const hold = (text: string, ms: number) =>
      cluster.ask(node, () => verbs.hold(node, key, text, ms, cluster.budget())).catch((_: CacheError) => undefined)
    let isOver = false
    const renew = () => {
      if (isOver) return
      void hold(client, CLAIM_MS)
      clock.setTimer(renew, CLAIM_MS / 3)
    }
    clock.setTimer(renew, CLAIM_MS / 3)
    try {
      await work()
      await hold(DONE, DONE_MS)
    } finally {
      isOver = true
    }
  }
}
