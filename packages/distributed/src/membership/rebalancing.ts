/**
 * What moves keys after a change of nodes: waits until every client knows, copies what the new owners lack, settles, and clears away
 * what lies where it does not belong any more. One client does it; where that one has vanished, another takes over. All of it may be
 * done twice without harm.
 */
import { CacheConnectionError, CacheError } from '@mtaio/exceptions'
import type { Cluster } from '../coordinator/cluster.js'
import { Comparison, type ComparisonCounts, newCounts, Stopped, type Walk } from '../coordinator/comparison.js'
import { ComparisonVerbs } from '../coordinator/comparison-verbs.js'
import { WHOLE, wholeMark } from '../coordinator/rebuild-claim.js'
import { patternsOf, type Whereabouts, whereaboutsOf } from '../coordinator/whereabouts.js'
import { backoffDelay } from '../health/backoff.js'
import { NO_VERSION } from '../record/version.js'
import { adding, type Member, type Members, removing, settledOn } from './members.js'
import type { Membership } from './membership.js'

/** How far keys have moved. */
export interface RebalanceProgress extends Readonly<ComparisonCounts> {
  /** `'waiting'` until all clients know, `'copying'`, `'clearing'` leftovers, `'done'`. */
  readonly phase: 'waiting' | 'copying' | 'clearing' | 'done'
  /** Nodes walked whole in this phase, and how many there are to walk. */
  readonly walked: number
  readonly of: number
}

/** Walks over all nodes before it is given up; the membership stays as it is then, and reads stay right. */
const MOST_ROUNDS = 40
const ROUND = { base: 200, cap: 30_000 }
/** Walks after which a node that leaves and cannot be walked is taken for dead: half a minute or so. */
const LAST_RESPECTS = 8
/** A mover that has not been heard of for so many leases is gone. */
const SILENT_LEASES = 6
const PURGE_STEP = 512

export class Rebalancing {
  private readonly comparison: Comparison
  private readonly verbs: ComparisonVerbs
  private running: Promise<void> | undefined

  /** @param client - by which this client is told from others */
  constructor(
    private readonly cluster: Cluster,
    private readonly membership: Membership,
    private readonly root: string,
    private readonly client: string,
    private readonly tell: (progress: RebalanceProgress) => void,
  ) {
    this.comparison = new Comparison(cluster)
    this.verbs = new ComparisonVerbs(cluster.verbs)
  }

  /** Publishes one more node and begins to move keys there. @throws CacheConnectionError when it does not answer */
  async add(member: Member): Promise<void> {
    await this.membership.refresh()
    // Refused before anything is done to the node.
    adding(this.membership.current, member, this.client)
    if (this.membership.current.from === undefined) await this.purge(member.id)
    await this.membership.change((members) => adding(members, member, this.client))
    this.begin()
  }

  /** Publishes that a node goes and begins to move its keys away. */
  async remove(id: string): Promise<void> {
    const { replicationFactor } = this.cluster.parts.quorums
    await this.membership.change((members) => removing(members, id, this.client, replicationFactor))
    this.begin()
  }

  /** Called when the membership has changed, or was found as it was: whether somebody has to take over. */
  look(): void {
    const { current, lease, changedAt } = this.membership
    if (current.from === undefined || this.running !== undefined) return
    if (current.mover === this.client) return this.begin()
    const silence = this.cluster.parts.clock.now() - changedAt
    if (silence >= SILENT_LEASES * lease) {
      const takeOver = this.membership.change((members) => ({ ...members, mover: this.client, beat: members.beat + 1 }))
      takeOver.then(
        () => this.begin(),
        () => undefined,
      )
    }
  }

  /** Resolves when no keys are moving. @throws CacheError `'REBALANCE_STALLED'` when this client could not move them */
  async rebalanced(signal: AbortSignal | undefined): Promise<void> {
    for (;;) {
      signal?.throwIfAborted()
      if (this.running !== undefined) await this.running
      else {
        await this.membership.refresh().catch(() => undefined)
        if (this.membership.current.from === undefined) return
        this.look()
        await this.wait(this.membership.lease / 3)
      }
      if (this.cluster.isClosed)
        throw new CacheError('the cache was disposed while keys were moving', { code: 'CLOSED' })
    }
  }

  private begin(): void {
    if (this.membership.current.from === undefined || this.running !== undefined) return
    const running = this.run().finally(() => {
      this.running = undefined
    })
    // Who asks by `rebalanced` is told; nobody else is to be surprised.
    running.catch(() => undefined)
    this.running = running
  }

  private async run(): Promise<void> {
    const { cluster, membership } = this
    const { epoch } = membership.current
    const counts = newCounts()
    const isOff = () => cluster.isClosed || membership.current.epoch !== epoch
    const stopBeating = this.beat(isOff)
    try {
      this.tell({ ...counts, phase: 'waiting', walked: 0, of: 0 })
      // Calls that began before their client learned of it end a budget later.
      await this.wait(membership.lease + cluster.parts.operationTimeout)
      for (let round = 0; ; round++) {
        if (isOff()) return
        counts.missed = counts.failed = 0
        const sources = (membership.current.from ?? []).map(({ id }) => id)
        // A node that knows of the move takes no orders of those who do not: what is copied there now stays.
        const informed = await membership.inform()
        const isReady = (node: string) => informed.has(node)
        const failures = await this.walkAll('copying', sources, counts, { dropsStrays: false, isReady }, isOff)
        if (counts.missed === 0 && !this.misses(failures, sources, round)) break
        if (round === MOST_ROUNDS) throw stalled(counts)
        await this.wait(backoffDelay(round, ROUND, cluster.parts.random))
      }
      if (isOff()) return
      stopBeating()
      if (!(await this.settle(isOff))) return
    } finally {
      stopBeating()
    }
    const nodes = membership.current.nodes.map(({ id }) => id)
    const isGone = () => cluster.isClosed || membership.current.from !== undefined
    await this.walkAll('clearing', nodes, counts, { dropsStrays: membership.standing }, isGone)
    this.tell({ ...counts, phase: 'done', walked: nodes.length, of: nodes.length })
  }

  /**
   * Whether a write may have been acknowledged by such nodes alone as could not be walked. One that leaves may be dead: it is waited for,
   * but not for ever, and what it alone held is lost with it.
   */
  private misses(failures: ReadonlyMap<string, unknown>, sources: readonly string[], round: number): boolean {
    const spare = this.cluster.parts.quorums.writeQuorum - 1
    const staying = new Set(this.membership.current.nodes.map(({ id }) => id))
    const awaited = [...failures.keys()].filter((node) => round < LAST_RESPECTS || staying.has(node))
    return awaited.length > spare || failures.size === sources.length
  }

  /** @returns the nodes that could not be walked: what they hold lies on other replicas, or comes when they are back */
  private async walkAll(
    phase: 'copying' | 'clearing',
    sources: readonly string[],
    counts: ComparisonCounts,
    how: Pick<Walk, 'dropsStrays' | 'isReady'>,
    isOff: () => boolean,
  ): Promise<Map<string, unknown>> {
    const { cluster } = this
    const failures = new Map<string, unknown>()
    let walked = 0
    const owners = phase === 'copying' ? gainersOf(cluster) : ownersNow(cluster)
    for (const source of sources) {
      const onStep = () => {
        if (isOff()) throw new Stopped()
        this.tell({ ...counts, phase, walked, of: sources.length })
      }
      try {
        if (!cluster.isUp(source)) throw new Stopped(`${source} is down`)
        await this.comparison.walk(source, { root: this.root, owners, ...how, counts, onStep })
      } catch (error) {
        if (isOff()) return failures
        failures.set(source, error)
      }
      walked++
    }
    return failures
  }

  /** False where another change came in between: nothing has been copied for that. */
  private async settle(isOff: () => boolean): Promise<boolean> {
    for (let attempt = 0; !isOff(); attempt++) {
      try {
        await this.membership.change((members) => {
          if (isOff()) throw new Stopped()
          return settledOn(members.nodes, members.epoch + 1)
        })
        return true
      } catch (error) {
        if (attempt === MOST_ROUNDS) throw error
        await this.wait(backoffDelay(attempt, ROUND, this.cluster.parts.random))
      }
    }
    return false
  }

  /** Says once a lease that this client is still at it. */
  private beat(isOff: () => boolean): () => void {
    let isOver = false
    const next = () => {
      this.cluster.parts.clock.setTimer(() => {
        if (isOver || isOff()) return
        const again = (members: Members) => {
          // Another change came first.
          if (isOff()) throw new Stopped()
          return { ...members, mover: this.client, beat: members.beat + 1 }
        }
        this.membership.change(again).catch(() => undefined)
        next()
      }, this.membership.lease)
    }
    next()
    return () => {
      isOver = true
    }
  }

  /** Empties a node that is to be added of what it may still hold from other times: nothing could tell it from what is current. */
  private async purge(node: string): Promise<void> {
    const { cluster } = this
    const budget = () => cluster.budget()
    const isKnown = cluster.nodes.includes(node)
    this.membership.open(node)
    try {
      await cluster.verbs.ping(node, budget())
      // As long as nobody else adds it meanwhile.
      const [membersKey] = this.membership.standing
      const [members] = await this.verbs.heads(node, [membersKey], budget())
      const standing = [membersKey, members?.version ?? NO_VERSION] as const
      for (const pattern of patternsOf(this.root)) {
        let cursor = '0'
        do {
          const step = await cluster.verbs.scan(node, cursor, pattern, PURGE_STEP, budget())
          const keys = step.keys.filter((key) => key !== membersKey && whereaboutsOf(key, this.root) !== undefined)
          const heads = await this.verbs.heads(node, keys, budget())
          const held = keys
            .map((key, i) => [key, heads[i]?.version] as const)
            .filter(([, version]) => version !== undefined)
          await this.verbs.drop(
            node,
            held.map(([key]) => key),
            held.map(([, version]) => version!),
            budget(),
            standing,
          )
          cursor = step.cursor
        } while (cursor !== '0')
      }
      if (members !== undefined) await this.verbs.drop(node, [membersKey], [members.version], budget())
      // What belongs there is brought by the move, not by who finds it empty.
      await this.verbs.mark(node, wholeMark(this.root), WHOLE, budget())
    } catch (error) {
      if (!isKnown) this.membership.shut(node)
      throw new CacheConnectionError(
        `${node} cannot be added: it does not answer as a node should (${(error as Error).message})`,
        {
          node,
          cause: error,
        },
      )
    }
  }

  private wait(ms: number): Promise<void> {
    return new Promise((resolve) => this.cluster.parts.clock.setTimer(resolve, ms))
  }
}

/** Where a key belongs. */
function ownersNow({ nodes, places, parts }: Cluster): (place: Whereabouts) => readonly string[] {
  return (place) =>
    place.kind === 'register' ? nodes : places.placement.replicasFor(place.name, parts.quorums.replicationFactor)
}

/** Those among them to which it is new: what the others lack is repair's business, and keeps no move waiting. */
function gainersOf({ places, parts }: Cluster): (place: Whereabouts) => readonly string[] {
  const { placement, before } = places
  const { replicationFactor } = parts.quorums
  const news = placement.nodes.map(({ id }) => id).filter((id) => !before?.nodes.some((each) => each.id === id))
  return (place) => {
    if (place.kind === 'register') return news
    const former = before?.replicasFor(place.name, replicationFactor) ?? []
    return placement.replicasFor(place.name, replicationFactor).filter((node) => !former.includes(node))
  }
}

function stalled({ missed, failed }: ComparisonCounts): CacheError {
  return new CacheError(
    `keys could not be moved: ${missed} copies are missing on nodes that are down, ${failed} were refused. Reads consult both old and new nodes meanwhile; bring the nodes back and await cache.rebalanced() again, or undo the change`,
    { code: 'REBALANCE_STALLED' },
  )
}
