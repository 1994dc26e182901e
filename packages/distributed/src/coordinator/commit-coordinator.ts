/**
 * Commits of transactions. The first replica in placement order that can be asked checks what was read and applies the
 * writes in one script: its answer decides. The others are then told the outcome, each in one script, too, without the
 * checks of what was read, until a write quorum holds it.
 */
import { CacheConnectionError, CacheError, CacheTransactionError } from '@mtaio/exceptions'
import type { Version } from '../record/version.js'
import type { Budget } from './budget.js'
import type { Cluster } from './cluster.js'
import type { StoreRequest } from './replica-verbs.js'
import type { Route } from './route.js'
import { failureOf } from './write-coordinator.js'

const MOST_ATTEMPTS = 16

export class CommitCoordinator {
  constructor(private readonly cluster: Cluster) {}

  /**
   * @param place - any of the keys as the user knows it: they share a placement
   * @param reads - each physical key and register that was read, with the newest version that may stand there
   * @param make - the writes under a version; none for a transaction that only read
   * @returns the physical key that has changed, where one has: nothing was applied
   * @throws CacheQuorumError when too few replicas are up for a strict quorum: nothing was applied
   * @throws CacheTransactionError `'UNKNOWN_OUTCOME'` when some replica may have applied it and the quorum is not known to
   */
  async commit(
    place: string,
    reads: readonly (readonly [key: string, expected: Version])[],
    make: (version: Version) => StoreRequest[],
    budget: Budget,
  ): Promise<string | undefined> {
    const { versions } = this.cluster.parts
    const wasRead = new Set(reads.map(([key]) => key))
    for (let attempt = 1; ; attempt++) {
      const own = versions.next()
      const writes = make(own)
      const route = this.cluster.route(place, budget)
      const { targets } = route
      this.checkQuorum(route, writes, budget)
      const guards = guardsOf(writes, wasRead, own)
      const decided = await this.decide(targets, [...reads, ...guards], writes, budget)
      if (decided.inTheWay === undefined) {
        await this.spread(route, decided.node, guards, writes, budget)
        return undefined
      }
      const { key, version } = decided.inTheWay
      if (decided.inTheWay.wasRead && wasRead.has(key)) return key
      // A blind write of somebody else's stands where this one goes, or a register that would kill it: later than that,
      // and the same reads still checked.
      if (!versions.observe(version) || attempt === MOST_ATTEMPTS || !(await this.cluster.again(attempt, budget))) {
        throw new CacheError('others kept writing the keys of this transaction: nothing was applied', {
          code: 'CONTENDED',
        })
      }
    }
  }

  private checkQuorum({ targets, missing, more }: Route, writes: readonly StoreRequest[], budget: Budget): void {
    const required = budget.quorums.writeQuorum + more
    if (budget.quorums.quorum === 'sloppy' || targets.length >= required || writes.length === 0) return
    const causes = new Map(missing.map((node) => [node, new CacheConnectionError(`${node} is down`, { node })]))
    throw failureOf('transaction', writes[0]!.name, required, 0, causes, false)
  }

  private async decide(
    targets: readonly string[],
    reads: readonly (readonly [string, Version])[],
    writes: readonly StoreRequest[],
    budget: Budget,
  ) {
    const causes = new Map<string, unknown>()
    for (const node of targets) {
      try {
        const inTheWay = await this.cluster.ask(node, () => this.cluster.verbs.commit(node, { reads, writes }, budget))
        // A node asked before may have applied it and not been heard: then "in the way" is no proof that nothing was.
        if (inTheWay !== undefined && causes.size > 0) throw unknownOutcome(writes, causes)
        return { node, inTheWay }
      } catch (error) {
        if (error instanceof CacheTransactionError) throw error
        causes.set(node, error)
      }
    }
    if (writes.length > 0) throw unknownOutcome(writes, causes)
    throw failureOf('transaction', undefined, 1, 0, causes, true)
  }

  /** Tells the other replicas. What is newer there was written at the same time as this, and counts as later. */
  private async spread(
    { targets, missing, more }: Route,
    decider: string,
    guards: readonly (readonly [string, Version])[],
    writes: readonly StoreRequest[],
    budget: Budget,
  ): Promise<void> {
    if (writes.length === 0) return
    const { cluster } = this
    const { writeQuorum, quorum } = budget.quorums
    const causes = new Map<string, unknown>()
    const tell = async (node: string) => {
      const inTheWay = await cluster.ask(node, () => cluster.verbs.commit(node, { reads: guards, writes }, budget))
      if (inTheWay === undefined) return
      // One of the keys has been written anew there; the others are due all the same.
      for (const write of writes) await cluster.store(node, write, budget)
    }
    const others = targets.filter((node) => node !== decider)
    await Promise.all(others.map((node) => tell(node).catch((error: unknown) => causes.set(node, error))))
    for (const node of [...causes.keys(), ...missing]) for (const write of writes) cluster.keepHint(node, write)
    if (targets.length - causes.size >= writeQuorum + more) return
    if (quorum === 'strict') throw unknownOutcome(writes, causes)
    cluster.wentOnDegraded('transaction', writes[0]!.name)
  }
}

/** The registers that would kill what is written, and were not read: none may be newer than the writes. */
function guardsOf(writes: readonly StoreRequest[], wasRead: ReadonlySet<string>, own: Version) {
  const registers = new Set(writes.flatMap((write) => write.registers))
  return [...registers].filter((key) => !wasRead.has(key)).map((key) => [key, own] as const)
}

function unknownOutcome(writes: readonly StoreRequest[], causes: ReadonlyMap<string, unknown>): CacheTransactionError {
  return new CacheTransactionError(
    `the transaction may have taken effect, or not${causes.size === 0 ? '' : `: ${[...causes.keys()].join(', ')} did not answer`}; read before you run it again`,
    { code: 'UNKNOWN_OUTCOME', keys: writes.map(({ name, key }) => name ?? key), cause: causes.values().next().value },
  )
}
