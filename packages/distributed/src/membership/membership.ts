/**
 * The membership as one client follows it, and changes it. What it knows holds for a lease; before that is over it asks the
 * nodes again, beside the traffic, and a call that comes after it waits for the answer. So whoever publishes a change and waits for a
 * lease knows that no client that makes calls has missed it.
 */
import { CacheConnectionError, CacheError, CacheQuorumError } from '@mtaio/exceptions'
import type { Budget } from '../coordinator/budget.js'
import type { Cluster } from '../coordinator/cluster.js'
import { Placement } from '../placement/placement.js'
import { majorityOf } from '../quorum/quorum-rule.js'
import { compareVersions, NO_VERSION, type Version } from '../record/version.js'
import { areAlike, everyone, type Member, type Members, requiredFor, settledOn } from './members.js'
import { MembersRegister, type Told } from './members-register.js'

export interface MembershipOptions {
  /** The outermost namespace. */
  readonly root: string
  /** How long what a client knows holds, ms. */
  readonly lease: number
  /** Opens the way to a node that is new, and closes it to one that is gone. */
  readonly admit: (node: string) => void
  readonly dismiss: (node: string) => void
  readonly changed: (members: Members) => void
}

/** It is asked again after this part of a lease. */
const REFRESH_PART = 3
/** The part of a call's budget that asking may take. */
const BUDGET_PART = 1 / 4

export class Membership {
  readonly lease: number
  private members: Members
  private version: Version = NO_VERSION
  /** When what is known was last known to be so, on the monotonic clock; and when it last changed. */
  private checkedAt = Number.NEGATIVE_INFINITY
  changedAt: number
  private refreshing: Promise<void> | undefined
  /** The change that this client makes, and those that wait for it. */
  private changing: Promise<unknown> = Promise.resolve()
  private readonly register: MembersRegister

  constructor(
    private readonly cluster: Cluster,
    private readonly options: MembershipOptions,
  ) {
    const { nodes } = cluster.parts.placement
    this.members = settledOn(nodes.map(({ id, weight = 1 }) => ({ id, weight })))
    this.lease = options.lease
    this.changedAt = cluster.parts.clock.now()
    this.register = new MembersRegister(cluster, options.root)
    cluster.membersStanding = () => this.standing
  }

  /** Where nodes keep what holds, and its version. */
  get standing(): readonly [key: string, version: Version] {
    return [this.register.key, this.version]
  }

  /** Tells all nodes what holds. Answers those that know of it, or of something newer. Never rejects. */
  inform(): Promise<ReadonlySet<string>> {
    const { cluster, register, members, version } = this
    return register.tell(cluster.nodes, register.envelopeOf(members, version), cluster.budget())
  }

  get current(): Members {
    return this.members
  }

  /** Until when calls may go by what is known, ms. */
  get holdsUntil(): number {
    return this.checkedAt + this.lease
  }

  /** Called before each call: what it must wait for, if anything. */
  beforeCall(budget: Budget): Promise<void> | undefined {
    const age = this.cluster.parts.clock.now() - this.checkedAt
    if (age < this.lease / REFRESH_PART) return undefined
    const isOver = age >= this.lease
    const refreshing = this.refresh(budget)
    if (isOver) return refreshing
    refreshing.catch(() => undefined)
    return undefined
  }

  /**
   * Asks the nodes what holds. One question at a time, shared by all who wait.
   *
   * @throws CacheQuorumError when a majority is to be asked and did not answer
   */
  refresh(budget = this.cluster.budget()): Promise<void> {
    this.refreshing ??= this.ask(budget).finally(() => {
      this.refreshing = undefined
    })
    return this.refreshing
  }

  /**
   * Makes a change and publishes it.
   *
   * @throws what `change` throws; CacheError `'CONFLICT'` when somebody else made a change at the same time; CacheConnectionError when too
   * few nodes took it. In both cases it may still come to hold: ask `cache.members` after a while.
   */
  change(change: (members: Members) => Members): Promise<void> {
    // Two at a time would be in each other's way, and neither might come to hold.
    const made = this.changing.then(() => this.make(change))
    this.changing = made.catch(() => undefined)
    return made
  }

  private async make(change: (members: Members) => Members): Promise<void> {
    const { cluster } = this
    const budget = cluster.budget()
    await this.refresh(budget)
    const next = change(this.members)
    const { among, count } = requiredFor(next)
    for (const { id } of everyone(next)) this.welcome(id)
    const version = cluster.parts.versions.next()
    const nodes = everyone({ ...next, from: [...(this.members.from ?? []), ...this.members.nodes] }).map(({ id }) => id)
    const { held, isOvertaken } = await this.register.write(nodes, next, version, this.version, budget)
    const reached = held.filter((node) => among.includes(node)).length
    if (reached >= count && !isOvertaken) {
      this.take(next, version)
      return
    }
    await this.refresh(cluster.budget()).catch(() => undefined)
    if (isOvertaken) {
      throw new CacheError('another client changed the nodes at the same time: look at cache.members, and try again', {
        code: 'CONFLICT',
      })
    }
    const names = among.filter((node) => !held.includes(node)).join(', ')
    throw new CacheConnectionError(
      `${reached} of the ${count} nodes that must know of it took the change of nodes (not ${names}): it may come to hold later; look at cache.members before you try again`,
    )
  }

  /** Opens the way to a node that is no member yet, and closes it. */
  open(node: string): void {
    this.options.admit(node)
  }
  shut(node: string): void {
    this.options.dismiss(node)
  }

  private async ask(budget: Budget): Promise<void> {
    const { cluster } = this
    const asked = cluster.parts.clock.now()
    const majority = majorityOf(this.members.nodes.length)
    // What is left is for the call itself.
    const deadline = asked + (budget.deadline - asked) * BUDGET_PART
    const told = await this.register.read(majority, { ...budget, deadline })
    // A sloppy cache goes on with those that are there; whoever is not may know of a change.
    const required = cluster.parts.quorums.quorum === 'strict' ? majority : 0
    if (told.answered.length < required) {
      throw new CacheQuorumError(
        `${told.answered.length} of ${required} nodes answered who the nodes of this cache are (${[...told.causes.keys()].join(', ')} failed): that may have changed`,
        { required, acknowledged: told.answered.length, causes: told.causes, cause: told.causes.values().next().value },
      )
    }
    if (told.answered.length > 0) this.checkedAt = asked
    this.learn(told)
  }

  private learn({ members, version, bytes, answered, behind }: Told): void {
    const isNewer = compareVersions(version, this.version) > 0
    this.cluster.parts.versions.observe(version)
    if (isNewer && members !== undefined) this.take(members, version)
    if (bytes !== undefined && members !== undefined && (isNewer || behind.length > 0)) {
      // Nodes that came back empty, and those that only the new membership names.
      const others = this.cluster.nodes.filter((node) => behind.includes(node) || !answered.includes(node))
      void this.register.tell(others, bytes, this.cluster.budget())
    }
  }

  private take(members: Members, version: Version): void {
    const { cluster, options } = this
    // Of two changes that were made at the same time, each makes the same epoch.
    const isChange = !areAlike(members, this.members)
    this.version = version
    this.members = members
    this.changedAt = cluster.parts.clock.now()
    const all = everyone(members).map(({ id }) => id)
    for (const id of all) this.welcome(id)
    if (isChange)
      cluster.places = { placement: placementOf(members.nodes), before: members.from && placementOf(members.from) }
    for (const id of cluster.nodes.filter((node) => !all.includes(node))) {
      cluster.dismiss(id)
      options.dismiss(id)
    }
    if (isChange) options.changed(members)
  }

  private welcome(id: string): void {
    this.options.admit(id)
    this.cluster.admit(id)
  }
}

function placementOf(members: readonly Member[]): Placement {
  return new Placement(members.map(({ id, weight }) => ({ id, weight })))
}
