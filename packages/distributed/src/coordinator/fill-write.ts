/**
 * The write of a loaded value. It goes under the oldest version that can live (`fill-version.ts`), also where it carries tags:
 * a version of the loader's clock could be newer than that of a write which began long after the load did, and where
 * that write had not arrived yet, the fill would stand in its way, and be what a read finds.
 *
 * What its tags' registers say is known only where a record with tags was looked at. Else the first try finds out: a
 * register newer than the fill turns it away. Those that are older than the load are looked at then, and gone past.
 */
import { versionOf } from '../record/envelope.js'
import { compareVersions, newerVersion, type Version } from '../record/version.js'
import type { Budget } from './budget.js'
import type { Cluster } from './cluster.js'
import { fillVersion } from './fill-version.js'
import { gather } from './gather.js'
import type { ReadResult } from './read-request.js'
import type { StoreRequest } from './replica-verbs.js'
import { type Round, WriteCoordinator } from './write-coordinator.js'

/** What was found when the load began, and the version drawn then. */
export interface FillEvidence {
  readonly result: Pick<ReadResult, 'version' | 'registers' | 'tagged'>
  readonly version: Version
}

export class FillWrite {
  private readonly writes: WriteCoordinator

  constructor(private readonly cluster: Cluster) {
    this.writes = new WriteCoordinator(cluster)
  }

  /**
   * Stores in one round, or in three where the register of a tag was not known.
   *
   * @param make - the request for a version; its registers are those of the evidence, then those of the tags
   */
  async store(make: (version: Version) => StoreRequest, evidence: FillEvidence, budget: Budget): Promise<Round> {
    const { result, version } = evidence
    const random = this.cluster.parts.random()
    const dead = newerVersion(result.registers.reduce(newerVersion, result.version), result.tagged)
    const low = fillVersion(dead, version, random)
    const first = make(low)
    const tags = first.registers.slice(result.registers.length)
    const round = await this.once(first, result, low, result.version, budget)
    const { inTheWay } = round
    const mayBeTag = tags.length > 0 && inTheWay !== undefined && compareVersions(inTheWay, low) > 0
    if (round.outcome === 'stored' || !mayBeTag) return round
    const { targets } = this.cluster.route(first.name ?? first.key, budget)
    const look = (node: string) =>
      this.cluster.ask(node, () => this.cluster.verbs.read(node, [first.key, ...tags], budget))
    const { answers } = await gather(targets, look, () => false)
    const shown = [...answers.values()].map((each) =>
      each.map((bytes) => (bytes === null ? undefined : versionOf(bytes))),
    )
    const isNewer = (than: Version) => (held: Version | undefined) =>
      held !== undefined && compareVersions(held, than) > 0
    // Somebody has written the key, or invalidated a tag, since the load began: there is no second try.
    if (
      shown.some(([key, ...ofTags]) => isNewer(newerVersion(low, result.version))(key) || ofTags.some(isNewer(version)))
    )
      return round
    const register = shown
      .flatMap((each) => each.slice(1))
      .reduce((newest: Version, each) => newerVersion(newest, each ?? newest), dead)
    const own = fillVersion(register, version, random)
    // Where the first try was stored, the second replaces it.
    return this.once(make(own), result, own, newerVersion(low, result.version), budget)
  }

  /** @param standing - the newest that may stand under the key */
  private once(
    request: StoreRequest,
    { registers }: FillEvidence['result'],
    own: Version,
    standing: Version,
    budget: Budget,
  ): Promise<Round> {
    const ofTags = request.registers.slice(registers.length).map(() => own)
    return this.writes.tryOnce({ ...request, limits: [standing, ...registers, ...ofTags] }, budget)
  }
}
