/**
 * The write of a loaded value. It goes under the oldest version that can live (`fill-version.ts`), also where it carries tags:
 * a version of the loader's clock could be newer than that of a write which began long after the load did, and where
 * that write had not arrived yet, the fill would stand in its way, and be what a read finds.
 *
 * What its tags' registers say is known only where a record with tags was looked at. Else the first try finds out: a
 * register newer than the fill turns it away. Those that are older than the load are looked at then, and gone past.
 *
 * A register that is about prefixes has moved for the sake of some keys. Where it turns a fill away, its lists are asked whether
 * this key is one of them, and if it is not, the fill is sent once more, past what they were asked for.
 *
 * Two loads of one absence may each be stored by some replicas. A quorum decides: the one with the newer version, which
 * began later, is what reads find wherever they meet it; so it goes on, behind its caller's back, to all replicas. The other
 * one stays where it is, and is found by no read quorum once the first is through. What a write has done meanwhile
 * is newer than both. See docs/distributed.md.
 */
import { versionOf } from '../record/envelope.js'
import { compareVersions, isAboutPrefixes, NO_VERSION, newerVersion, type Version } from '../record/version.js'
import type { Budget } from './budget.js'
import type { Cluster } from './cluster.js'
import { areRivals, fillVersion } from './fill-version.js'
import { gather } from './gather.js'
import { PrefixRules } from './prefix-rules.js'
import { ReadRepair } from './read-repair.js'
import type { ReadResult } from './read-request.js'
import type { StoreRequest } from './replica-verbs.js'
import { failureOf, type Round, WriteCoordinator } from './write-coordinator.js'

/** What was found when the load began, and the version drawn then. */
export interface FillEvidence {
  readonly result: Pick<ReadResult, 'version' | 'registers' | 'tagged'>
  readonly version: Version
}

/** How often a load that shares its version with another draws a new one. */
const MOST_DRAWS = 8
/** How often a fill goes past registers that are about other keys' prefixes: while it is on its way, they may move again. */
const MOST_PASSES = 4

export class FillWrite {
  private readonly writes: WriteCoordinator
  private readonly prefixes: PrefixRules

  constructor(private readonly cluster: Cluster) {
    this.writes = new WriteCoordinator(cluster)
    this.prefixes = new PrefixRules(cluster, new ReadRepair(cluster))
  }

  /**
   * Stores in one round, or in three where the register of a tag was not known; linearizable in one more, since what was
   * written meanwhile must be seen by a quorum, not only by those that store.
   *
   * @param make - the request for a version; its registers are those of the evidence, then those of the tags
   */
  async store(make: (version: Version) => StoreRequest, evidence: FillEvidence, budget: Budget): Promise<Round> {
    const { result, version } = evidence
    const dead = await this.killedBy(make, evidence, budget)
    const low = fillVersion(dead, version, this.cluster.parts.random())
    const first = make(low)
    const tags = first.registers.slice(result.registers.length)
    if (budget.quorums.linearizable) {
      const inTheWay = await this.changedSince(evidence, first, low, budget)
      if (inTheWay !== undefined) return { outcome: 'overtaken', inTheWay, inTheWays: [inTheWay] }
    }
    const round = await this.once(first, evidence, low, result.version, budget)
    const { outcome, inTheWay } = round
    if (inTheWay === undefined) return round
    const order = compareVersions(inTheWay, low)
    const isContested = order === 0 || (order < 0 && outcome === 'overtaken')
    // Not so where it met what somebody has written since, too: the other load may have begun after that.
    const areLoads = round.inTheWays.every((each) => areRivals(each, low))
    if (isContested && areLoads) this.settle(make, low, evidence, budget).catch(() => undefined)
    if (outcome === 'stored' || order <= 0 || tags.length === 0) return round
    return this.pastTags(make, tags, dead, low, evidence, budget, round)
  }

  /**
   * What the fill must be newer than, to live. No more than that: a register is a minute ahead of the clocks, so that a fill on top
   * of it is on top of a write that is under way, too, unless that had to go past the register itself. Writes go past one that is
   * about all of the namespace; not past those of tags that they do not carry, nor past one about other keys' prefixes. The latter
   * counts with what it says of this key, therefore; where nothing has to be linearizable, that is not worth a round.
   */
  private async killedBy(
    make: (version: Version) => StoreRequest,
    { result, version }: FillEvidence,
    budget: Budget,
  ): Promise<Version> {
    const { registers: seen } = result
    const { key, name = key, registers } = make(version)
    const hasTags = registers.length > seen.length
    const dead = hasTags ? newerVersion(result.version, result.tagged) : result.version
    if (!budget.quorums.linearizable || !seen.some(isAboutPrefixes)) return seen.reduce(newerVersion, dead)
    const { answers } = await this.look(
      this.cluster.route(name, budget).targets,
      registers.slice(0, seen.length),
      budget,
    )
    let newest = dead
    for (const [i, register] of seen.entries()) {
      const shown = new Map([...answers].map(([node, held]) => [node, held[i]![1] ?? NO_VERSION] as const))
      const inside = i === seen.length - 1 ? name : ''
      const ruling = isAboutPrefixes(register)
        ? await this.prefixes.ruling(registers[i]!, inside, shown, key, budget)
        : register
      // What came since is no business of what the load goes past.
      if (compareVersions(ruling, register) <= 0) newest = newerVersion(newest, ruling)
    }
    return newest
  }

  /** What a quorum shows that is newer than what was found. @throws CacheQuorumError when there is none in reach */
  private async changedSince(
    { result }: FillEvidence,
    { key, name = key, registers }: StoreRequest,
    low: Version,
    budget: Budget,
  ): Promise<Version | undefined> {
    const keys = [key, ...registers.slice(0, result.registers.length)]
    const { targets, missing, more } = this.cluster.route(name, budget)
    const required = budget.quorums.readQuorum + more
    const { answers, causes } = await this.look(targets, keys, budget, required)
    if (answers.size < required) {
      const all = new Map<string, unknown>([...missing.map((node) => [node, 'down'] as const), ...causes])
      throw failureOf('write', name, required, answers.size, all, false)
    }
    const newer = (shown: Looked, i: number, than: Version) => {
      const held = shown[i]![1]
      return held !== undefined && compareVersions(held, than) > 0 ? held : undefined
    }
    for (const shown of answers.values()) {
      const changed = newer(shown, 0, result.version)
      if (changed !== undefined) return changed
    }
    return (await this.pastPrefixes(result.registers, registers, key, name, answers, low, budget)).inTheWay
  }

  /**
   * Which versions of the namespaces' registers a load may go past: those that are about prefixes of other keys; or what stands in
   * its way after all.
   *
   * @param seen - of each register, when the load began
   */
  private async pastPrefixes(
    seen: readonly Version[],
    registers: readonly string[],
    key: string,
    name: string,
    answers: ReadonlyMap<string, Looked>,
    low: Version,
    budget: Budget,
  ): Promise<{ readonly inTheWay?: Version; readonly limits: readonly Version[] }> {
    const limits: Version[] = []
    for (const [i, limit] of seen.entries()) {
      const shown = new Map([...answers].map(([node, held]) => [node, held[1 + i]![1] ?? NO_VERSION] as const))
      const newest = [...shown.values()].reduce(newerVersion, limit)
      limits.push(newest)
      if (compareVersions(newest, limit) === 0) continue
      if (!isAboutPrefixes(newest)) return { inTheWay: newest, limits }
      const inside = i === seen.length - 1 ? name : ''
      const ruling = await this.prefixes.ruling(registers[i]!, inside, shown, key, budget)
      if (compareVersions(ruling, low) > 0) return { inTheWay: newest, limits }
    }
    return { limits }
  }

  /** Again, on top of what the registers of its tags say, if that is older than the load. */
  private async pastTags(
    make: (version: Version) => StoreRequest,
    tags: readonly string[],
    dead: Version,
    low: Version,
    evidence: FillEvidence,
    budget: Budget,
    round: Round,
  ): Promise<Round> {
    const { result, version } = evidence
    const { key, name = key } = make(low)
    const { targets } = this.cluster.route(name, budget)
    const { answers } = await this.look(targets, [key, ...tags], budget)
    const isNewer = (than: Version, held: Version | undefined) => held !== undefined && compareVersions(held, than) > 0
    const standing = newerVersion(low, result.version)
    let register = dead
    for (const [[, held], ...ofTags] of answers.values()) {
      // Somebody has written the key, or invalidated a tag, since the load began: there is no second try.
      if (isNewer(standing, held) || ofTags.some(([, each]) => isNewer(version, each))) return round
      for (const [, each] of ofTags) register = newerVersion(register, each ?? register)
    }
    const own = fillVersion(register, version, this.cluster.parts.random())
    // Where the first try was stored, the second replaces it.
    return this.once(make(own), evidence, own, standing, budget)
  }

  /** Where this load and another one of the same absence were stored, has all replicas hold the newer of the two. */
  private async settle(
    make: (version: Version) => StoreRequest,
    low: Version,
    evidence: FillEvidence,
    budget: Budget,
  ): Promise<void> {
    let own = low
    for (let draw = 0; draw < MOST_DRAWS; draw++) {
      const request = make(own)
      const { targets } = this.cluster.route(request.name ?? request.key, budget)
      const { answers } = await this.look(targets, [request.key], budget)
      let newest = own
      let isStored = false
      let isShared = false
      for (const [[bytes, held]] of answers.values()) {
        if (held === undefined) continue
        newest = newerVersion(newest, held)
        if (compareVersions(held, own) !== 0) continue
        if (areSame(bytes!, request.envelope)) isStored = true
        else isShared = true
      }
      if (compareVersions(newest, own) > 0 || !(isStored || isShared)) return
      if (isShared) own = fillVersion(own, own, this.cluster.parts.random())
      const { inTheWay } = await this.once(make(own), evidence, own, own, budget)
      if (inTheWay === undefined || compareVersions(inTheWay, own) !== 0) return
    }
  }

  /** What nodes show under the keys, with the version of each. */
  private async look(
    nodes: readonly string[],
    keys: readonly string[],
    budget: Budget,
    enough = Number.POSITIVE_INFINITY,
  ): Promise<{ answers: ReadonlyMap<string, Looked>; causes: ReadonlyMap<string, unknown> }> {
    const { cluster } = this
    const ask = (node: string) => cluster.ask(node, () => cluster.verbs.read(node, keys, budget))
    const { answers, causes } = await gather(nodes, ask, (shown) => shown.size >= enough)
    const withVersion = (bytes: Uint8Array | null) => [bytes, bytes === null ? undefined : versionOf(bytes)] as const
    return { answers: new Map([...answers].map(([node, each]) => [node, each.map(withVersion)])), causes }
  }

  /** @param standing - the newest that may stand under the key */
  private async once(
    request: StoreRequest,
    { result: { registers } }: FillEvidence,
    own: Version,
    standing: Version,
    budget: Budget,
  ): Promise<Round> {
    const { key, name = key } = request
    const ofTags = request.registers.slice(registers.length).map(() => own)
    const registerKeys = request.registers.slice(0, registers.length)
    let seen: readonly Version[] = registers
    for (let pass = 1; ; pass++) {
      const round = await this.writes.tryOnce(
        { ...request, limits: [standing, ...seen, ...ofTags], isLoaded: true },
        budget,
      )
      const { outcome, inTheWay } = round
      const isRegister = inTheWay !== undefined && compareVersions(inTheWay, own) > 0 && isAboutPrefixes(inTheWay)
      if (outcome === 'stored' || !isRegister || pass === MOST_PASSES) return round
      const { answers } = await this.look(this.cluster.route(name, budget).targets, [key, ...registerKeys], budget)
      const past = await this.pastPrefixes(registers, registerKeys, key, name, answers, own, budget)
      if (past.inTheWay !== undefined || !past.limits.some((limit, i) => compareVersions(limit, seen[i]!) > 0))
        return round
      seen = past.limits
    }
  }
}

/** What a node shows under some keys. */
type Looked = readonly (readonly [bytes: Uint8Array | null, version: Version | undefined])[]

function areSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}
